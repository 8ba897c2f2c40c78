// Talks to the API with the token of this tab.

const KEYS = { token: "token", workspace: "workspace" };

/** What a role may do; the API has the last word. */
const ROLES = {
  admin: ["view", "retry", "cancel", "administer"],
  manager: ["view", "retry", "cancel"],
  support: ["view", "retry"],
  user: [],
};

/** An answer that is none of 2xx; `message` is the API's own sentence. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const session = {
  get token() { return sessionStorage.getItem(KEYS.token) ?? ""; },
  get workspace() { return sessionStorage.getItem(KEYS.workspace) ?? ""; },
  begin(token, workspace) {
    sessionStorage.setItem(KEYS.token, token);
    sessionStorage.setItem(KEYS.workspace, workspace);
  },
  end() {
    Object.values(KEYS).forEach((key) => sessionStorage.removeItem(key));
  },
  get role() { return claims(this.token).role ?? "unknown"; },
  may(permission) { return (ROLES[this.role] ?? []).includes(permission); },
};

/** What a token says; nothing where it is none. Whether it holds, only the API knows. */
export function claims(token) {
  try {
    const text = atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return {};
  }
}

const queueOf = (workspace) => `api/businesses/${encodeURIComponent(workspace)}/communication-queue`;
const settingsOf = (workspace) => `api/workspaces/${encodeURIComponent(workspace)}/settings`;

/** A request below the workspace's queue, or another base; the response, or a Refused. */
async function request(path, options = {}, base = queueOf(session.workspace)) {
  const headers = { Authorization: `Bearer ${session.token}` };
  if (options.body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`${base}${path}`, { ...options, headers });
  } catch (error) {
    throw new Refused(0, `No answer came: ${error.message}`);
  }
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    const faults = (said.errors ?? []).map((each) => `${each.path} ${each.message}`).join("; ");
    throw new Refused(response.status, faults || said.message || `Status ${response.status}`);
  }
  return response;
}

function query(params) {
  const given = Object.entries(params).filter(([, value]) => value);
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const json = async (path, options) => (await request(path, options)).json();
const one = (id) => `/${encodeURIComponent(id)}`;
const post = (path, body) => json(path, { method: "POST", body: body && JSON.stringify(body) });

export const api = {
  stats: () => json("/stats"),
  jobs: (params) => json(`/jobs${query(params)}`),
  job: (id) => json(one(id)),
  communication: (id) => json(`/by-communication${one(id)}`),
  backends: async () => (await (await request("", {}, "api/metrics?limit=1")).json()).backends,
  settings: async () => (await request("", {}, settingsOf(session.workspace))).json(),
  analytics: (params) => json(`/analytics${query(params)}`),
  retry: (id) => post(`${one(id)}/retry`),
  cancel: (id) => post(`${one(id)}/cancel`),
  remove: (id) => request(one(id), { method: "DELETE" }),
  processNow: () => post("/process-now"),
  retryFailed: (body) => post("/retry-failed", body),
  /** All failed jobs as CSV, page after page. */
  async csv() {
    const parts = [];
    let cursor = "";
    do {
      const response = await request(`/failed.csv${query({ cursor })}`);
      parts.push(await response.text());
      cursor = response.headers.get("X-Next-Cursor");
    } while (cursor);
    return parts;
  },
};
