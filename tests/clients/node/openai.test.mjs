// The official `openai` package for Node as the client of a gateway before the scripted upstream.
// The gateway and the script are started by `tests/run`; GATEWAY and DIRECT are their base URLs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const packages = createRequire(pathToFileURL(process.env.NODE_PACKAGES + "/").href);
const OpenAI = packages("openai").default;
const model = "scripted-large";
const options = { apiKey: "sk-test", maxRetries: 0 };
const client = new OpenAI({ ...options, baseURL: process.env.GATEWAY });
const direct = new OpenAI({ ...options, baseURL: process.env.DIRECT });
const tasks = JSON.parse(readFileSync(new URL("../tasks.json", import.meta.url), "utf8"));
const asked = (prompt, more = {}) => ({ model, messages: [{ role: "user", content: prompt }], ...more });

async function texts(stream) {
  const parts = [];
  for await (const chunk of stream) {
    for (const choice of chunk.choices) {
      parts[choice.index] = (parts[choice.index] ?? "") + (choice.delta.content ?? "");
    }
  }
  return parts;
}

test("models are listed", async () => {
  const names = [];
  for await (const entry of client.models.list()) names.push(entry.id);
  assert.ok(names.includes(model));
});

for (const task of tasks) {
  test(task.name, async () => {
    const { data, response } = await client.chat.completions.create(asked(task.prompt)).withResponse();
    const text = data.choices[0].message.content;
    assert.deepEqual(await texts(await client.chat.completions.create(asked(task.prompt, { stream: true }))), [text]);
    for (const part of task.with ?? []) assert.ok(text.includes(part), `${part} is missing in ${text}`);
    for (const part of task.without ?? []) assert.ok(!text.includes(part), `${part} is in ${text}`);
    assert.ok(task.verdict.includes(response.headers.get("x-sallyport-verdict")), response.headers.get("x-sallyport-verdict"));
    if (task.same) {
      assert.equal(text, (await direct.chat.completions.create(asked(task.prompt))).choices[0].message.content);
    }
  });
}

test("two choices", async () => {
  const request = asked(tasks[2].prompt, { n: 2 });
  const answer = await client.chat.completions.create(request);
  assert.deepEqual(answer.choices.map((choice) => choice.index), [0, 1]);
  for (const choice of answer.choices) assert.ok(!choice.message.content.includes("'%s'\" % name"));
  const streamed = await texts(await client.chat.completions.create({ ...request, stream: true }));
  assert.deepEqual(streamed, answer.choices.map((choice) => choice.message.content));
});

test("tool calls", async () => {
  const properties = { path: { type: "string" }, content: { type: "string" } };
  const tool = { type: "function", function: { name: "write_file", parameters: { type: "object", properties } } };
  const request = asked("In Python, load a YAML file with settings and return them as a dictionary.", { tools: [tool] });
  const answer = await client.chat.completions.create(request);
  const call = answer.choices[0].message.tool_calls[0];
  const { content } = JSON.parse(call.function.arguments);
  assert.ok(content.includes("def load_settings(path):"));
  assert.ok(!content.includes("yaml.Loader)"), content);
  let streamed = "";
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    for (const part of chunk.choices[0]?.delta.tool_calls ?? []) streamed += part.function.arguments ?? "";
  }
  assert.deepEqual(JSON.parse(streamed), JSON.parse(call.function.arguments));
});

test("usage comes when it is asked for", async () => {
  const request = asked(tasks[0].prompt, { stream: true });
  for await (const chunk of await client.chat.completions.create(request)) assert.ok(!chunk.usage);
  let last;
  for await (const chunk of await client.chat.completions.create({ ...request, stream_options: { include_usage: true } })) last = chunk;
  assert.ok(last.usage.completion_tokens > 0);
});

for (const [name, status] of [["no-such-model", 404], ["scripted-status-429", 429], ["scripted-status-500", 500], ["scripted-status-400", 400]]) {
  for (const stream of [false, true]) {
    test(`an error is the upstream's: ${name}${stream ? ", streamed" : ""}`, async () => {
      const error = await client.chat.completions.create({ ...asked("Hello"), model: name, stream }).then(() => null, (error) => error);
      assert.ok(error instanceof OpenAI.APIError);
      assert.equal(error.status, status);
      assert.match(error.requestID, /^req-scripted-/);
    });
  }
}

test("a stream can be left", async () => {
  const stream = await client.chat.completions.create(asked(tasks[0].prompt, { stream: true }));
  for await (const _ of stream) break;
  assert.ok((await client.chat.completions.create(asked("Hello"))).choices.length);
});
