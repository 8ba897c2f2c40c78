// The five queues and their limits, and how both processes reach Redis.

export const CHANNELS = {
  sms: {
    now: 'send-sms-queue',
    scheduled: 'scheduled-sms-queue',
    limiter: { max: 50, duration: 1000 },
    url: process.env.SMS_API_URL,
    endpoint: '/send-sms',
  },
  email: {
    now: 'send-email-queue',
    scheduled: 'scheduled-email-queue',
    limiter: { max: 100, duration: 1000 },
    url: process.env.EMAIL_API_URL,
    endpoint: '/api/email/send',
  },
  other: {
    now: 'my-queue',
    scheduled: 'my-queue',
    limiter: undefined,
    url: process.env.SMS_API_URL,
    endpoint: '/jobs',
  },
};

// Workers must wait for a Redis that is away rather than fail (BullMQ, "Going to production").
export const connection = {
  host: '127.0.0.1',
  port: Number(process.env.REDIS_PORT),
  maxRetriesPerRequest: null,
};
