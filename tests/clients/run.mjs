/** Carries out each line of standard input with the JavaScript client, and answers each with a line of JSON. */

import { createInterface } from "node:readline";

import { MessageQueue, QueueError } from "../../infra/clients/javascript/message-queue.mjs";
import { NotGenuineError, verifyCallback } from "../../infra/clients/javascript/verify-callback.mjs";

const deeds = {
  async call({ url, tokens, bounds, name, args }) {
    const token = tokens.length === 1 ? tokens[0] : async () => tokens.shift();
    return Object.assign(new MessageQueue(url, token), bounds)[name](...args);
  },
  async verify({ headers, body, secrets, options }) {
    await verifyCallback(headers, Buffer.from(body, "base64"), secrets, options);
    return "genuine";
  },
};

async function outcome({ deed, ...request }) {
  try {
    return { value: await deeds[deed](request) };
  } catch (error) {
    if (error instanceof QueueError) return { refused: { ...error, message: error.message } };
    return error instanceof NotGenuineError ? { value: "not genuine" } : { broken: String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await outcome(JSON.parse(line)))}\n`);
}
