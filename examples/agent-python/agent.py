"""An agent in Python: a model of Anthropic's that meets its mail over MCP.

    pip install -r examples/agent-python/requirements.txt
    ANTHROPIC_API_KEY=... turncoat agent --agent agent-python-v1 -- python3 examples/agent-python/agent.py

The client finds ANTHROPIC_BASE_URL, which turncoat agent sets, so what the model
reasons and writes is recorded beside what it does.
"""

import asyncio
import os
import pathlib

import anthropic
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

MODEL = os.environ.get("AGENT_MODEL", "claude-opus-4-1")
MAX_TURNS = 60


def told(name: str) -> str:
    return pathlib.Path(os.environ[name]).read_text(encoding="utf-8")


async def main() -> None:
    headers = {"Authorization": "Bearer " + os.environ["TURNCOAT_MCP_TOKEN"]}
    async with (
        streamablehttp_client(os.environ["TURNCOAT_MCP_URL"], headers=headers) as (read, write, _),
        ClientSession(read, write) as mail,
    ):
        await mail.initialize()
        tools = [
            {"name": t.name, "description": t.description, "input_schema": t.inputSchema}
            for t in (await mail.list_tools()).tools
        ]
        await work(mail, tools)


async def work(mail: ClientSession, tools: list[dict]) -> None:
    """Asks the model for the next calls until it has none, or has finished."""
    model = anthropic.AsyncAnthropic()
    messages: list[dict] = [{"role": "user", "content": told("TURNCOAT_TASK_FILE")}]
    for _ in range(MAX_TURNS):
        reply = await model.messages.create(
            model=MODEL, max_tokens=4096, system=told("TURNCOAT_SYSTEM_FILE"), tools=tools, messages=messages
        )
        messages.append({"role": "assistant", "content": reply.content})
        calls = [block for block in reply.content if block.type == "tool_use"]
        if not calls:
            return
        results = []
        for call in calls:
            result = await mail.call_tool(call.name, call.input)
            results.append(
                {
                    "type": "tool_result",
                    "tool_use_id": call.id,
                    "content": "\n".join(part.text for part in result.content),
                    "is_error": result.isError,
                }
            )
            if call.name == "finish":
                return
        messages.append({"role": "user", "content": results})


asyncio.run(main())
