/**
 * A client of the message queue: one file to copy into an application; for Node 20, Deno and browsers.
 * What scheduling takes has, of delay (in ms), sendAt and dayNumber (with sendTime), at most one.
 * @typedef {{
 *   workspaceId?: string, contactId?: string, metadata?: Record<string, unknown>, communicationId?: string,
 *   phoneNumber?: string, message?: string, to?: string, subject?: string, html?: string,
 *   data?: unknown, callbackEndpoint?: string, priority?: "high" | "normal" | "low", maxAttempts?: number,
 *   delay?: number, sendAt?: string | Date, dayNumber?: number, sendTime?: string, timezone?: string,
 * }} Message
 * @typedef {Message & { idempotencyKey?: string }} Fields
 * @typedef {Fields & { workspaceId: string }} Defaults
 */

const FIELDS = new Set([
  "workspaceId", "contactId", "metadata", "communicationId", "phoneNumber", "message", "to", "subject", "html",
  "data", "callbackEndpoint", "priority", "maxAttempts", "delay", "sendAt", "dayNumber", "sendTime", "timezone",
]);
/** Of one request; the bytes are those of its body as a text in the JSON event of a Lambda. */
const [MOST_MESSAGES, MOST_BYTES] = [5_000, 5_900_000];

/** A refusal, or no answer (status null); a bulk's earlier jobIds were accepted. */
export class QueueError extends Error {
  /** @param {string} message @param {string} code @param {number | null} [status] @param {unknown} [cause] */
  constructor(message, code, status = null, cause = undefined) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.retryAfterMs = 0;
    /** @type {{ path: string, message: string }[]} */ this.errors = [];
    /** @type {string | null} */ this.requestId = null;
    /** @type {string | null} */ this.idempotencyKey = null;
    /** @type {string[]} */ this.jobIds = [];
  }
}

/** One service; repeats only what is safe: reads, and scheduling by its Idempotency-Key. */
export class MessageQueue {
  /** of one request */ timeoutMs = 30_000;
  /** of one call, with its repeats and pauses */ patienceMs = 90_000;
  tries = 5;

  /** @param {string} baseUrl @param {string | (() => string | Promise<string>)} token a function is asked each time */
  constructor(baseUrl, token) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.token = typeof token === "function" ? token : () => token;
  }

  /** @param {Fields} sms @returns {Promise<string>} the job's id */
  scheduleSms(sms) { return this.#schedule("/api/schedule-sms", sms); }
  /** @param {Fields} email @returns {Promise<string>} the job's id */
  scheduleEmail(email) { return this.#schedule("/api/schedule-email", email); }
  /** @param {Fields} job @returns {Promise<string>} the job's id */
  scheduleJob(job) { return this.#schedule("/api/jobs", job); }
  /** @param {Message[]} messages @param {Defaults} defaults @returns {Promise<string[]>} the jobs' ids, in order */
  scheduleSmsBulk(messages, defaults) { return this.#scheduleAll("/api/schedule-sms/bulk", messages, defaults); }
  /** @param {Message[]} messages @param {Defaults} defaults @returns {Promise<string[]>} the jobs' ids, in order */
  scheduleEmailBulk(messages, defaults) { return this.#scheduleAll("/api/schedule-email/bulk", messages, defaults); }
  /** @param {string} jobId @param {number} [withinMs] */
  jobStatus(jobId, withinMs) { return this.#ask("GET", path("job-status", jobId), { withinMs }); }
  /** The status once it is final. @param {string} jobId @param {number} timeoutMs */
  async waitUntilFinal(jobId, timeoutMs) {
    for (const endsAt = performance.now() + timeoutMs;;) {
      const found = await this.jobStatus(jobId, Math.max(endsAt - performance.now(), 1_000));
      if (["COMPLETED", "FAILED", "CANCELLED"].includes(found.status)) return found;
      if (performance.now() >= endsAt) throw new QueueError(`The job is still ${found.status}`, "not_final");
      await sleep(Math.min(endsAt - performance.now(), 1_000));
    }
  }

  /** @param {string} workspaceId @param {string} jobId */
  async retry(workspaceId, jobId) { return (await this.#ask("POST", queue(workspaceId, jobId, "retry"))).job; }
  /** @param {string} workspaceId @param {string} jobId */
  async cancel(workspaceId, jobId) { return (await this.#ask("POST", queue(workspaceId, jobId, "cancel"))).job; }
  /** @param {string} workspaceId */
  pending(workspaceId, limit = 10) { return this.#ask("GET", `${queue(workspaceId, "pending")}?limit=${limit}`); }
  /** @param {string} workspaceId */
  failed(workspaceId, limit = 50) { return this.#ask("GET", `${queue(workspaceId, "failed")}?limit=${limit}`); }
  /** @param {string} workspaceId */
  stats(workspaceId) { return this.#ask("GET", queue(workspaceId, "stats")); }

  async #schedule(path, { idempotencyKey: key = `${crypto.randomUUID()}`, ...fields }) {
    return (await this.#ask("POST", path, { key, body: JSON.stringify(known(fields)) })).jobId;
  }

  async #scheduleAll(path, messages, { idempotencyKey: key = `${crypto.randomUUID()}`, workspaceId, ...defaults }) {
    const waiting = [messages.map(known)], ids = /** @type {string[]} */ ([]);
    for (let part; (part = waiting.pop())?.length;) {
      const body = JSON.stringify({ workspaceId, defaults: known(defaults), messages: part });
      const isLong = part.length > MOST_MESSAGES || new Blob([JSON.stringify(body)]).size > MOST_BYTES;
      if (isLong && part.length > 1) {
        const cut = Math.min(MOST_MESSAGES, Math.ceil(part.length / 2));
        waiting.push(part.slice(cut), part.slice(0, cut));
        continue;
      }
      const answer = await this.#ask("POST", path, { body, key: `${key}.${ids.length}` }).catch((error) => {
        throw Object.assign(error, { idempotencyKey: key, jobIds: ids });
      });
      ids.push(...answer.jobIds);
    }
    return ids;
  }

  /** @param {string} method @param {string} path @param {{ body?: string, key?: string, withinMs?: number }} [rest] */
  async #ask(method, path, { body, key, withinMs = this.patienceMs } = {}) {
    for (let tried = 0, endsAt = performance.now() + withinMs;;) {
      const answer = await this.#answer(method, path, { body, key, left: endsAt - performance.now() });
      if (!(answer instanceof QueueError)) return answer;
      const isBusy = answer.code === "idempotency_in_progress";
      const passes = isBusy || ([null, 429, 502, 503, 504].includes(answer.status) && ++tried < this.tries);
      const pause = Math.max(answer.retryAfterMs, Math.random() * Math.min(10_000, 200 * 2 ** tried));
      if (!(passes && performance.now() + pause < endsAt && (key || method === "GET"))) {
        throw Object.assign(answer, { idempotencyKey: key ?? null });
      }
      await sleep(pause);
    }
  }

  async #answer(method, path, { body, key, left }) {
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${await this.token()}` };
    if (key) headers["Idempotency-Key"] = key;
    const signal = AbortSignal.timeout(Math.ceil(Math.max(Math.min(this.timeoutMs, left), 1)));
    try {
      const answer = await fetch(this.baseUrl + path, { method, headers, body, signal, redirect: "manual" });
      return answer.ok ? await answer.json() : await refusal(answer);
    } catch (cause) {
      return new QueueError(`No answer: ${cause}`, "no_answer", null, cause);
    }
  }
}

async function refusal(answer) {
  const text = await answer.text();
  let said = { message: text.slice(0, 200) || answer.statusText, code: "unknown" };
  try { said = { ...said, ...JSON.parse(text) }; } catch { /* not ours: a gateway's page */ }
  const later = answer.headers.get("Retry-After") ?? "0";
  const error = new QueueError(said.message, said.code, answer.status);
  error.errors = said.errors ?? [];
  error.requestId = answer.headers.get("X-Request-Id");
  error.retryAfterMs = /^\d+$/.test(later) ? Number(later) * 1_000 : Date.parse(later) - Date.now() || 0;
  return error;
}

function known(fields) {
  for (const name in fields) if (!FIELDS.has(name)) throw new TypeError(`There is no field ${name}`);
  return fields;
}

const path = (...parts) => `/api/${parts.map(encodeURIComponent).join("/")}`;
const queue = (workspaceId, ...parts) => path("businesses", workspaceId, "communication-queue", ...parts);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
