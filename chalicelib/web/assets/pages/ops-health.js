// The cards, and the rules by which they are well.

import { $, make } from "./ops-view.js";

const LONGEST_WAIT_S = 5 * 60;
const RULES = [
  { key: "pending", name: "Pending", limit: 100, says: (n) => `${n} jobs are pending: 100 or more` },
  { key: "processing", name: "Processing", limit: 20, says: (n) => `${n} jobs are processing: 20 or more` },
  { key: "failed", name: "Failed", limit: 10, says: (n) => `${n} jobs have failed: 10 or more` },
];

const WEBHOOK = {
  failing: ({ failingSince, lastError }) =>
    `The webhook has been failing since ${when(failingSince)}; five days of it disable it (last error: ${plain(lastError)})`,
  disabled: ({ disabledAt, lastError }) =>
    `The webhook is disabled since ${when(disabledAt)}: nothing is told until the settings are put again (last error: ${plain(lastError)})`,
};

const DOWN = (channel, openedAt) =>
  `The backend of ${channel} is down since ${when(openedAt)}: its jobs wait, and use no attempts`;

/**
 * Show the figures; `recent` is the last hour's failures and ends, `webhook` how the webhook is doing:
 * null where it is not known. `backends` has the state of each channel's circuit breaker.
 */
export function showHealth(stats, { recent, webhook, backends }, now = Date.now()) {
  const waits = stats.oldestPending ? (now - Date.parse(stats.oldestPending)) / 1000 : 0;
  const rate = failureRate(stats, recent);
  const alerts = RULES.filter((rule) => stats[rule.key] >= rule.limit)
    .map((rule) => rule.says(stats[rule.key]));
  if (waits >= LONGEST_WAIT_S) alerts.push(`The oldest pending job is ${age(waits)} overdue: 5 min or more`);
  if (rate >= 0.05) alerts.push(`${percent(rate)} of the jobs fail: 5 % or more`);
  if (webhook && WEBHOOK[webhook.state]) alerts.push(WEBHOOK[webhook.state](webhook));
  for (const [channel, { state, openedAt }] of Object.entries(backends)) {
    if (state !== "closed") alerts.push(DOWN(channel, openedAt));
  }
  showAlerts(alerts);
  $("cards").replaceChildren(
    ...RULES.map((rule) => card(rule.name, stats[rule.key], stats[rule.key] >= rule.limit)),
    card("Completed", stats.completed, false),
    card("Cancelled", stats.cancelled, false),
    card("Oldest pending", stats.oldestPending ? due(waits) : "none", waits >= LONGEST_WAIT_S),
    card("Average processing", `${stats.avgProcessingTimeSeconds} s`, false),
    card("Failure rate", percent(rate), rate >= 0.05),
  );
}

function failureRate(stats, recent) {
  const { completed, failed } = recent ?? stats;
  return completed + failed ? failed / (completed + failed) : 0;
}

function showAlerts(alerts) {
  const lines = alerts.length
    ? alerts.map((text) => make("li", `Alert: ${text}.`, { className: "alert" }))
    : [make("li", "All is well.", { className: "good" })];
  const shown = [...$("alerts").children].map((line) => line.textContent).join();
  if (shown !== lines.map((line) => line.textContent).join()) $("alerts").replaceChildren(...lines);
}

function card(name, value, isBad) {
  const box = make("div", [make("dt", name), make("dd", String(value))]);
  if (isBad) {
    box.className = "bad";
    box.lastChild.append(make("span", " (alert)", { className: "hint" }));
  }
  return box;
}

const when = (instant) => new Date(instant).toLocaleString();
const plain = (sentence) => sentence.replace(/\.$/, "");
const percent = (rate) => `${(100 * rate).toFixed(1)} %`;
const due = (waits) => (waits < 0 ? `due in ${age(-waits)}` : `${age(waits)} overdue`);

function age(seconds) {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}
