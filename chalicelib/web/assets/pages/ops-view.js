// Small things that the page is made of; data only ever becomes text.

export const $ = (id) => document.getElementById(id);

/** An element with text or children, and its properties. */
export function make(tag, content = "", properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  if (Array.isArray(content)) element.append(...content);
  else element.textContent = content ?? "";
  return element;
}

export const button = (text, act) => make("button", text, { type: "button", onclick: act });

/** A table in a box of its own that scrolls where it is too wide. */
export function table(heads, rows, label) {
  const head = make("tr", heads.map((each) => make("th", each, { scope: "col" })));
  const body = rows.map((cells) => make("tr", cells.map(cell)));
  const box = make("div", [make("table", [make("thead", [head]), make("tbody", body)])]);
  box.className = "scroll";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", label);
  return box;
}

function cell(value) {
  return value instanceof Node ? make("td", [value]) : make("td", value ?? "");
}

export function time(iso) {
  return iso ? new Date(iso).toLocaleString() : "";
}

/** Names and values, side by side. */
export function facts(pairs) {
  return pairs.flatMap(([name, value]) => [make("dt", name), make("dd", value ?? "–")]);
}

/** Ask; true for yes. The focus goes back to where it was. */
export function confirmed(text) {
  const dialog = $("confirm");
  $("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((decide) => {
    dialog.addEventListener("close", () => decide(dialog.returnValue === "yes"), { once: true });
  });
}
