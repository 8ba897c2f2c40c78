// Jobs in lists and in detail, and what can be done to them.

import { api, session } from "./ops-api.js";
import { $, button, confirmed, facts, make, table, time } from "./ops-view.js";

const RETRIABLE = new Set(["failed", "cancelled"]);
const CANCELLABLE = new Set(["pending", "processing"]);
/** The API looks for at most so much of an error. */
const LONGEST_ERROR = 200;

/** Does something, says how it went, and refreshes; set by the page. */
export const desk = { act: async () => {}, say: () => {} };

export function jobsTable(jobs, label) {
  const heads = ["Job", "Status", "Channel", "Contact", "When", "Error", "Do"];
  return table(heads, jobs.map((job) => [
    make("span", job.id, { className: "id" }), job.status, job.channel, job.contactId,
    time(job.completedAt ?? job.scheduledAt), job.lastError,
    make("span", [named(button("Detail", () => showDetail(job.id)), "Detail of", job), ...acts(job)]),
  ]), label);
}

function named(element, verb, job) {
  element.setAttribute("aria-label", `${verb} ${job.id}`);
  return element;
}

function acts(job) {
  const found = [];
  if (RETRIABLE.has(job.status) && session.may("retry")) {
    found.push(named(button("Retry", () => desk.act(() => api.retry(job.id))), "Retry", job));
  }
  if (CANCELLABLE.has(job.status) && session.may("cancel")) {
    found.push(named(button("Cancel", () => sure(`Cancel job ${job.id}?`, () => api.cancel(job.id))), "Cancel", job));
  }
  return found;
}

async function sure(question, act) {
  if (await confirmed(question)) await desk.act(act);
}

export async function showDetail(id) {
  const job = await desk.act(() => api.job(id), { quietly: true });
  if (!job) return;
  const close = (made) => {
    made.addEventListener("click", () => $("detail").close());
    return made;
  };
  $("detail-title").textContent = `Job ${job.id}`;
  const all = acts(job).map(close);
  if (session.may("administer") && job.status !== "processing") {
    all.push(close(button("Delete", () => sure(`Delete job ${job.id} with its history?`, () => api.remove(job.id)))));
  }
  $("detail-acts").replaceChildren(...all);
  $("detail-facts").replaceChildren(...facts([
    ["Status", job.status], ["Queue", job.queue], ["Priority", job.priority],
    ["Communication", job.communicationId], ["Contact", job.contactId],
    ["Due", time(job.scheduledAt)], ["Started", time(job.startedAt)], ["Ended", time(job.completedAt)],
    ["Attempts", `${job.attempts} of ${job.maxAttempts}`], ["Last error", job.lastError],
  ]));
  $("detail-payload").textContent = JSON.stringify(JSON.parse(job.payload), null, 2);
  $("detail-history").replaceChildren(table(
    ["Attempt", "Started", "Outcome", "Status", "ms", "Error"],
    job.history.map((each) => [each.attempt, time(each.startedAt), each.outcome, each.statusCode, each.durationMs, each.error]),
    "Attempts",
  ));
  $("detail").showModal();
}

/** The failed jobs of a page, those with the same error together. */
export function showGroups({ jobs, cursor }) {
  const open = new Set([...$("groups").querySelectorAll("details[open]")].map((each) => each.dataset.error));
  const groups = Map.groupBy(jobs, (job) => job.lastError ?? "(no error is known)");
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  $("failed-about").textContent = jobs.length
    ? `${cursor ? `The newest ${jobs.length}` : jobs.length} failed jobs, by their error.`
    : "No job has failed.";
  $("groups").replaceChildren(...sorted.map(([error, some]) => group(error, some, open.has(error))));
}

function group(error, jobs, isOpen) {
  const box = make("details", [make("summary", `${jobs.length} × ${error}`)], { open: isOpen });
  box.dataset.error = error;
  if (session.may("retry") && jobs[0].lastError) {
    box.append(button("Retry all with this error …", () => retryMany({ error: error.slice(0, LONGEST_ERROR) })));
  }
  box.append(jobsTable(jobs, error));
  return box;
}

/** Count first, ask, then go on by the cursor until nothing is left. */
export async function retryMany(filter) {
  const matched = await desk.act(() => counted(filter), { quietly: true });
  if (matched === undefined) return;
  if (!matched) return desk.say("No job matches any more.");
  if (!(await confirmed(`${matched} failed jobs match. Retry them all?`))) return;
  await desk.act(async () => {
    let changed = 0, cursor = null;
    do {
      const done = await api.retryFailed({ filter, ...(cursor ? { cursor } : {}) });
      changed += done.changed;
      cursor = done.cursor;
      desk.say(`${changed} retried, ${done.remaining} left …`);
    } while (cursor);
    return { message: `${changed} jobs are queued for retry.` };
  });
}

async function counted(filter) {
  let matched = 0, cursor = null;
  do {
    const found = await api.retryFailed({ filter, dryRun: true, ...(cursor ? { cursor } : {}) });
    matched += found.matched;
    cursor = found.cursor;
  } while (cursor);
  return matched;
}
