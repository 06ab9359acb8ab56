// An agent that starts its MCP server as a process, as mcp-stdio.json tells.
import { readFile } from "node:fs/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const { mail: server } = JSON.parse(await readFile(process.env.TURNCOAT_MCP_STDIO_CONFIG, "utf8")).mcpServers;
const client = new Client({ name: "stdio", version: "1.0.0" });
await client.connect(new StdioClientTransport({ ...server, env: { ...process.env, ...server.env } }));
await client.listTools();
await client.callTool({ name: "read_mail", arguments: { message: process.env.WANTED } });
const failed = await client.callTool({ name: "read_mail", arguments: { message: "999" } });
if (!failed.isError) throw new Error("a message that there is not can be read");
await client.close();
