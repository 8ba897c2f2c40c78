// The API process: takes messages over HTTP, puts them into their queues.

import { randomUUID } from 'node:crypto';

import { Queue } from 'bullmq';
import express from 'express';

import { CHANNELS, connection } from './queues.js';

const defaultJobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 2000 },
  removeOnComplete: { age: 24 * 3600, count: 20_000 },
};
const STATUS_WORDS = { active: 'PROCESSING', completed: 'COMPLETED', failed: 'FAILED' };
const names = new Set(Object.values(CHANNELS).flatMap(({ now, scheduled }) => [now, scheduled]));
const queues = new Map(
  [...names].map((name) => [name, new Queue(name, { connection, defaultJobOptions })]),
);

// An id names its queue, so that one look-up finds a job.
const entryOf = (queue, channel, message) => ({
  name: channel,
  data: message,
  opts: { delay: message.delay ?? 0, jobId: `${queue}.${randomUUID()}` },
});
const queueOf = (channel, message) =>
  message.delay > 0 ? CHANNELS[channel].scheduled : CHANNELS[channel].now;
const isWhole = (channel, message) =>
  Boolean(message.workspaceId && message.contactId && message[channel === 'sms' ? 'phoneNumber' : 'to']);

const app = express();
app.disable('x-powered-by').disable('etag');
app.use(express.json({ limit: '20mb' }));

const refuse = (response) =>
  response.status(400).json({ success: false, message: 'A field is missing' });

for (const [channel, word] of [['sms', 'SMS'], ['email', 'Email']]) {
  app.post(`/api/schedule-${channel}`, async (request, response) => {
    const message = request.body;
    if (!isWhole(channel, message)) return refuse(response);
    const queue = queueOf(channel, message);
    const { name, data, opts } = entryOf(queue, channel, message);
    const job = await queues.get(queue).add(name, data, opts);
    return response.json({ success: true, jobId: job.id, message: `${word} scheduled successfully` });
  });

  app.post(`/api/schedule-${channel}/bulk`, async (request, response) => {
    const { workspaceId, defaults, messages } = request.body;
    const whole = messages.map((message) => ({ workspaceId, ...defaults, ...message }));
    if (!whole.every((message) => isWhole(channel, message))) return refuse(response);
    const jobIds = [];
    for (const queue of new Set(whole.map((message) => queueOf(channel, message)))) {
      const mine = whole.filter((message) => queueOf(channel, message) === queue);
      const entries = mine.map((message) => entryOf(queue, channel, message));
      jobIds.push(...(await queues.get(queue).addBulk(entries)).map((job) => job.id));
    }
    return response.json({ success: true, accepted: jobIds.length, jobIds });
  });
}

app.get('/api/job-status/:jobId', async (request, response) => {
  const { jobId } = request.params;
  const job = await queues.get(jobId.split('.')[0])?.getJob(jobId);
  if (!job) return response.status(404).json({ success: false, message: 'Unknown job' });
  return response.json({
    success: true,
    jobId,
    status: STATUS_WORDS[await job.getState()] ?? 'SCHEDULED',
    scheduledFor: new Date(job.timestamp + (job.opts.delay ?? 0)).toISOString(),
    attempts: job.attemptsMade,
    queue: job.queueName,
  });
});

app.get('/health', async (request, response) => {
  await (await queues.get('my-queue').client).ping();
  response.json({ status: 'ok' });
});

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`ready http://127.0.0.1:${server.address().port}`);
});
for (const queue of queues.values()) queue.on('error', () => {}); // ioredis connects again
