// Charts of what happened, by uPlot; the same figures as a table below each.

import { $, make, table, time } from "./ops-view.js";

const HOUR_MS = 3_600_000;
export const RANGES = {
  hour: { bucket: "minute", lengthMs: HOUR_MS },
  day: { bucket: "hour", lengthMs: 24 * HOUR_MS },
  week: { bucket: "hour", lengthMs: 7 * 24 * HOUR_MS },
};
const CHARTS = [
  { title: "Throughput", lines: { Accepted: (p) => p.accepted, Completed: (p) => p.completed } },
  { title: "Failures", lines: { Failed: (p) => p.failed } },
  { title: "Rate limited (429)", lines: { "Rate limited": (p) => p.rateLimited } },
  { title: "Lateness (ms)", lines: {
    p50: (p) => p.latenessMs.p50, p90: (p) => p.latenessMs.p90, p99: (p) => p.latenessMs.p99 } },
];
const COLOURS = { light: ["#0a5a9c", "#0b6b34", "#8a4b00"], dark: ["#7cc0ff", "#7fdca0", "#ffc46b"] };
const HEIGHT = 180;
const darkly = matchMedia("(prefers-color-scheme: dark)");
let plots = [];

export function paramsOf(range, now = Date.now()) {
  const { bucket, lengthMs } = RANGES[range];
  return { bucket, from: new Date(now - lengthMs).toISOString(), to: new Date(now).toISOString() };
}

export function showCharts(series) {
  const open = [...$("charts").querySelectorAll("details")].map((each) => each.open);
  plots.forEach((plot) => plot.destroy());
  plots = [];
  $("charts").replaceChildren(...CHARTS.map((chart, i) => figure(chart, series, open[i] ?? false)));
  CHARTS.forEach((chart, i) => draw(chart, series, $("charts").children[i].querySelector(".plot")));
}

function figure({ title, lines }, series, isOpen) {
  const rows = series.map((point) => [time(point.at), ...Object.values(lines).map((of) => text(of(point)))]);
  const figures = make("details", [
    make("summary", `${title} as a table`),
    table(["From", ...Object.keys(lines)], rows.reverse(), title),
  ], { open: isOpen });
  const plot = make("div", "", { className: "plot" });
  plot.setAttribute("aria-hidden", "true");
  return make("figure", [make("figcaption", title), plot, figures]);
}

function draw({ lines }, series, box) {
  const style = getComputedStyle(document.body);
  const colours = COLOURS[darkly.matches ? "dark" : "light"];
  const axis = { stroke: style.color, grid: { stroke: style.getPropertyValue("--soft") } };
  const options = {
    width: box.clientWidth || 320,
    height: HEIGHT,
    axes: [axis, { ...axis, size: 60 }],
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.1)] } },
    series: [{}, ...Object.keys(lines).map((label, i) => ({ label, stroke: colours[i], width: 2, spanGaps: true }))],
  };
  const data = [series.map((point) => Date.parse(point.at) / 1000),
    ...Object.values(lines).map((of) => series.map((point) => of(point)))];
  plots.push(new uPlot(options, data, box));
}

addEventListener("resize", () => plots.forEach((plot) => {
  const width = plot.root.parentElement?.clientWidth;
  if (width) plot.setSize({ width, height: HEIGHT });
}));

const text = (value) => (value === null ? "" : String(value));
