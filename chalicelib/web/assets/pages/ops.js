// The operations page of one workspace: signs in, looks again and again, and shows what it saw.

import { api, claims, Refused, session } from "./ops-api.js";
import { paramsOf, showCharts } from "./ops-charts.js";
import { showHealth } from "./ops-health.js";
import { desk, jobsTable, retryMany, showGroups } from "./ops-jobs.js";
import { $, make } from "./ops-view.js";

const STATS_EVERY_MS = 30_000, LISTS_EVERY_MS = 60_000;
const FAILED_SHOWN = 100, FOUND_SHOWN = 50;
/** The filter that matches every failed job: an empty one is refused, as a likely mistake. */
const EVERYTHING = { from: "1970-01-01T00:00:00Z" };

let range = "hour";
let statsAt = 0, listsAt = 0;
let search = null;

desk.act = act;
desk.say = (text) => { $("said").textContent = text; };

/** Do it; what it says is shown, and all is looked at anew. `quietly`: only faults are shown. */
async function act(verb, { quietly = false } = {}) {
  try {
    const answer = await verb();
    if (quietly) return answer;
    desk.say(answer?.message ?? "Done.");
    await refresh();
    if (search) await find(search.params);
    return answer;
  } catch (error) {
    fail(error);
    return undefined;
  }
}

function fail(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) signOut(`Signed out: ${error.message}`);
  else if (error.status === 404 && $("desk").hidden) signOut(error.message);
  else if (error.status === 403 && $("desk").hidden) signOut(`This role may not see the page. ${error.message}`);
  else desk.say(error.message);
}

async function refresh() {
  await Promise.all([lookAtStats(), lookAtLists()]);
}

async function lookAtStats() {
  statsAt = Date.now();
  const [stats, hour, backends, settings] = await Promise.all([
    api.stats(), api.analytics(paramsOf("hour")), api.backends(),
    session.may("administer") ? api.settings() : null,
  ]);
  const sum = (name) => hour.series.reduce((all, point) => all + point[name], 0);
  const recent = { completed: sum("completed"), failed: sum("failed") };
  const ended = recent.completed + recent.failed ? recent : null;
  showHealth(stats, { recent: ended, webhook: settings?.webhook, backends });
  const series = range === "hour" ? hour.series : (await api.analytics(paramsOf(range))).series;
  showCharts(series);
  $("updated").textContent = `updated ${new Date().toLocaleTimeString()}`;
}

async function lookAtLists() {
  listsAt = Date.now();
  showGroups(await api.jobs({ status: "failed", limit: FAILED_SHOWN }));
}

/** Only a tab that somebody sees looks again. */
async function tick() {
  if (document.hidden || $("desk").hidden) return;
  const now = Date.now();
  try {
    if (now - statsAt >= STATS_EVERY_MS) await lookAtStats();
    if (now - listsAt >= LISTS_EVERY_MS) await lookAtLists();
  } catch (error) {
    fail(error);
  }
}

async function signIn() {
  $("sign-in-fault").textContent = "";
  try {
    await api.stats();
  } catch (error) {
    return fail(error);
  }
  $("workspace-name").textContent = session.workspace;
  $("role").textContent = session.role;
  for (const element of document.querySelectorAll("[data-permission]")) {
    element.hidden = !session.may(element.dataset.permission);
  }
  $("sign-in").hidden = true;
  $("desk").hidden = false;
  $("refresh").focus();
  await act(refresh, { quietly: true });
}

function signOut(message = "") {
  session.end();
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  $("desk").hidden = true;
  $("sign-in").hidden = false;
  $("sign-in-fault").textContent = message;
  $("token").value = "";
  $("token").focus();
}

/** A token of some workspaces says which they are. */
function offerWorkspaces() {
  const named = claims($("token").value.trim()).workspaces;
  const ids = Array.isArray(named) ? named : [];
  $("workspaces").replaceChildren(...ids.map((id) => make("option", "", { value: id })));
  if (ids.length && !ids.includes($("workspace").value)) $("workspace").value = ids[0];
}

async function find(params) {
  search = { params, jobs: [], cursor: "" };
  if (params.id) search.jobs = [await api.job(params.id)].filter((job) => matches(job, params));
  else if (params.communication) {
    search.jobs = (await api.communication(params.communication)).filter((job) => matches(job, params));
  } else await findMore();
  showFound();
}

async function findMore() {
  const { id, communication, ...rest } = search.params;
  const page = await api.jobs({ ...rest, limit: FOUND_SHOWN, cursor: search.cursor });
  search.jobs.push(...page.jobs);
  search.cursor = page.cursor ?? "";
}

/** What the API does not narrow by itself where an id was given. */
function matches(job, { contact, status, channel, error }) {
  return (!contact || job.contactId === contact) && (!status || job.status === status) &&
    (!channel || job.channel === channel) && (!error || (job.lastError ?? "").includes(error));
}

function showFound() {
  const { jobs, cursor } = search;
  $("found-about").textContent = `${jobs.length}${cursor ? " or more" : ""} jobs found.`;
  $("found").replaceChildren(...(jobs.length ? [jobsTable(jobs, "Found jobs")] : []));
  $("more").hidden = !cursor;
}

async function download() {
  const parts = await api.csv();
  const link = make("a", "", { href: URL.createObjectURL(new Blob(parts, { type: "text/csv" })) });
  link.download = `failed-${session.workspace}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const quietly = (verb) => () => act(verb, { quietly: true });

$("token").addEventListener("input", offerWorkspaces);
$("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  session.begin($("token").value.trim(), $("workspace").value.trim());
  signIn();
});
$("sign-out").addEventListener("click", () => signOut());
$("refresh").addEventListener("click", quietly(refresh));
$("process-now").addEventListener("click", () => act(api.processNow));
$("retry-all").addEventListener("click", () => retryMany(EVERYTHING));
$("csv").addEventListener("click", quietly(download));
$("more").addEventListener("click", quietly(async () => {
  await findMore();
  showFound();
}));
$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  const params = Object.fromEntries([...new FormData(event.target)].map(([name, text]) => [name, text.trim()]));
  for (const name of ["from", "to"]) if (params[name]) params[name] = new Date(params[name]).toISOString();
  act(() => find(params), { quietly: true });
});
for (const each of $("ranges").children) {
  each.addEventListener("click", quietly(async () => {
    range = each.dataset.range;
    for (const other of $("ranges").children) other.setAttribute("aria-pressed", other === each);
    await lookAtStats();
  }));
}
document.addEventListener("visibilitychange", tick);
setInterval(tick, 1000);
if (session.token && session.workspace) signIn();
