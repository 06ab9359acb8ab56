// An agent in Node that meets its mail over MCP. It has no model: where it
// decides what to do, yours would be asked.
//
//   npm install
//   turncoat agent --agent agent-node-v1 -- node examples/agent-node/agent.mjs
import { readFile } from "node:fs/promises";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const env = process.env;
const system = await readFile(env.TURNCOAT_SYSTEM_FILE, "utf8");
const task = await readFile(env.TURNCOAT_TASK_FILE, "utf8");
console.log(`I am told: ${system.split("\n")[0]}`);
console.log(`My task: ${task.split("\n")[0]}`);

const mail = new Client({ name: "agent-node", version: "1.0.0" });
await mail.connect(
  new StreamableHTTPClientTransport(new URL(env.TURNCOAT_MCP_URL), {
    requestInit: { headers: { Authorization: `Bearer ${env.TURNCOAT_MCP_TOKEN}` } },
  }),
);

// use calls a tool and returns its text. An error of a tool is an answer, which
// says what to do instead.
async function use(name, args = {}) {
  const result = await mail.callTool({ name, arguments: args });
  const text = result.content.map((part) => part.text).join("\n");
  console.log(`${name}: ${text.split("\n")[0]}`);
  return text;
}

const { tools } = await mail.listTools();
console.log(`Tools: ${tools.map((tool) => tool.name).join(", ")}`);

// A model would be given `system`, `task` and `tools`, and asked for the next
// call until it has none. This agent reads everything and reports to its sender.
const inbox = await use("list_mail", { order: "oldest", limit: 50 });
const numbers = [...inbox.matchAll(/^(\d+) \|/gm)].map((match) => match[1]);
let last = "";
for (const message of numbers) {
  last = await use("read_mail", { message });
}
const sender = last.match(/^From: .*<(.+)>$/m)[1];
await use("send_mail", {
  to: [sender],
  subject: "The new mail",
  body: `I have read all ${numbers.length} messages.`,
});
await use("finish", { summary: `Read ${numbers.length} messages and reported.` });
await mail.close();
