// A worker process: takes jobs of all five queues, calls the application's backend back.

import { Worker } from 'bullmq';
import { Agent, request } from 'undici';

import { CHANNELS, connection } from './queues.js';

const CALLBACK_TIMEOUT_MS = 10_000;
const concurrency = Number(process.env.CONCURRENCY);
const dispatcher = new Agent({ connections: 256, keepAliveTimeout: 60_000 });

function bodyOf(job) {
  const { delay, ...message } = job.data;
  const to = message.to ?? message.phoneNumber;
  return JSON.stringify({ jobId: job.id, to, ...message, attempt: job.attemptsMade + 1 });
}

async function call(job) {
  const { url, endpoint } = CHANNELS[job.name];
  const { statusCode, body } = await request(
    `${url}${job.data.metadata?.callbackEndpoint ?? endpoint}`,
    {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bodyOf(job),
      signal: AbortSignal.timeout(CALLBACK_TIMEOUT_MS),
    },
  );
  const answer = await body.text();
  if (statusCode >= 300) throw new Error(`The backend answered ${statusCode}`);
  return { statusCode, answer };
}

const queues = Object.values(CHANNELS).flatMap(({ now, scheduled, limiter }) =>
  [...new Set([now, scheduled])].map((name) => ({ name, limiter })),
);
const workers = queues.map(
  ({ name, limiter }) => new Worker(name, call, { connection, concurrency, limiter }),
);
for (const worker of workers) worker.on('error', () => {}); // ioredis connects again
await Promise.all(workers.map((worker) => worker.waitUntilReady()));
console.log('ready worker');
