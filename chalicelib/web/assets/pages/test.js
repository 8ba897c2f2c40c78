// The test forms: send what the form says, show the answer, and follow the job to its end.

const FINAL = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
/** Between two looks at the job: often at first, then every few seconds. */
const SOON_MS = 1000, LATER_MS = 5000, SOON_LOOKS = 30;

const form = document.querySelector("#message");
const element = (id) => document.getElementById(id);
const fields = [...form.elements].filter((field) => field.name && field.name !== "token");
const token = form.elements.token;
let following = 0;

for (const field of fields) addFault(field);
token.value = sessionStorage.getItem("token") ?? "";
form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

/** A line below a field for what is wrong with it. */
function addFault(field) {
  const line = document.createElement("p");
  line.className = "fault";
  line.id = `${field.id}-fault`;
  field.after(line);
  const described = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", described ? `${described} ${line.id}` : line.id);
}

async function send() {
  following += 1;
  element("job").hidden = true;
  clearFaults();
  const body = read();
  if (body === null) return;
  sessionStorage.setItem("token", token.value.trim());
  const button = form.querySelector("button");
  button.disabled = true;
  const answer = await call(form.dataset.path, { method: "POST", body: JSON.stringify(body) });
  button.disabled = false;
  show(answer);
  if (answer.json.jobId) follow(answer.json.jobId, following);
}

/** The request's body; null where a field cannot be read, which then says so. */
function read() {
  const body = {}, metadata = {};
  let isReadable = true;
  for (const field of fields) {
    const text = field.value.trim();
    if (!text) continue;
    try {
      const value = parse(text, field.dataset.kind);
      if (field.name === "metadata") Object.assign(metadata, value);
      else if (field.dataset.in) metadata[field.name] = value;
      else body[field.name] = value;
    } catch (error) {
      isReadable = false;
      blame(field, error.message);
    }
  }
  if (body.sendAt !== undefined || body.dayNumber !== undefined) {
    if (body.delay === 0) delete body.delay; // what the form began with, not what was asked for
  }
  if (Object.keys(metadata).length) body.metadata = metadata;
  if (!isReadable) element("said").textContent = "Not sent: see the fields.";
  return isReadable ? body : null;
}

function parse(text, kind) {
  if (kind === "number") {
    if (!/^-?\d+$/.test(text)) throw new Error("must be a whole number");
    return Number(text);
  }
  if (kind !== "json") return text;
  const value = JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new Error("must be a JSON object");
  }
  return value;
}

async function call(path, options = {}) {
  const headers = { "Content-Type": "application/json" };
  if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
  try {
    const response = await fetch(path, { ...options, headers });
    return { status: response.status, json: await response.json() };
  } catch (error) {
    return { status: 0, json: { message: `No answer came: ${error.message}` } };
  }
}

function show({ status, json }) {
  element("answer").textContent = JSON.stringify(json, null, 2);
  element("said").textContent = status ? `${status}: ${json.message ?? ""}` : json.message;
  for (const { path, message } of json.errors ?? []) {
    const name = path.split(".").at(-1);
    const field = fields.find((each) => each.name === path || each.name === name);
    if (field) blame(field, message);
  }
  if (status === 401) blame(token, json.message);
  form.querySelector("[aria-invalid=true]")?.focus();
}

function blame(field, message) {
  field.setAttribute("aria-invalid", "true");
  element(`${field.id}-fault`).textContent = message;
  const hidden = field.closest("details");
  if (hidden) hidden.open = true;
}

function clearFaults() {
  for (const field of [token, ...fields]) {
    field.removeAttribute("aria-invalid");
    element(`${field.id}-fault`).textContent = "";
  }
}

/** Look at the job until it is final, or another one is sent; a hidden tab does not look. */
async function follow(jobId, mine) {
  for (let looks = 0; mine === following; looks += 1) {
    if (!document.hidden) {
      const { status, json } = await call(`api/job-status/${encodeURIComponent(jobId)}`);
      if (mine !== following) return;
      if (status === 200) tell(json);
      else element("said").textContent = `The job's status: ${json.message}`;
      if (FINAL.has(json.status)) return;
    }
    await new Promise((wake) => setTimeout(wake, looks < SOON_LOOKS ? SOON_MS : LATER_MS));
  }
}

function tell(job) {
  element("job").hidden = false;
  const state = element("status");
  if (state.textContent !== job.status) {
    state.textContent = job.status;
    state.className = `state ${job.status}`;
  }
  const about = `${job.jobId} in ${job.queue}, due ${job.scheduledFor}, ` +
    `attempt ${job.attempts} of ${job.maxAttempts}${job.error ? `: ${job.error}` : ""}`;
  if (element("about").textContent !== about) element("about").textContent = about;
  element("attempts").replaceChildren(...job.job.history.map(row));
}

function row(attempt) {
  const line = document.createElement("tr");
  const { attempt: number, startedAt, outcome, statusCode, durationMs, error } = attempt;
  for (const value of [number, startedAt, outcome, statusCode, durationMs, error]) {
    const cell = document.createElement("td");
    cell.textContent = value ?? "";
    line.append(cell);
  }
  return line;
}
