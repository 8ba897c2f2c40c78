"""The API's description as a page: plain HTML, no script, nothing fetched from anywhere."""

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --accent: #0a62a9; }
@media (prefers-color-scheme: dark) { :root { --accent: #6cb4ee; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2rem; text-transform: capitalize; }
nav a { margin-right: 1rem; text-transform: capitalize; } a { color: var(--accent); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; }
details > div { border-top: 1px solid var(--line); padding: .25rem .75rem .75rem; }
code, pre { font: .875rem/1.45 ui-monospace, monospace; }
pre { background: var(--soft); border-radius: 6px; overflow: auto; padding: .75rem; }
.method { display: inline-block; font-weight: 700; min-width: 4.5em; color: var(--accent); }
.says { display: block; } table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left;
  vertical-align: top; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
"""


def page(document: Json) -> tuple[str, str]:
    """The page, and the Content-Security-Policy under which it works: its own style only."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"
    )
    return "\n".join(_lines(document)), policy


def _lines(document: Json) -> Iterator[str]:
    title = escape(document["info"]["title"])
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}: API</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1><p>{escape(document['info']['description'])}</p>"
    yield "<p>Send a token as <code>Authorization: Bearer …</code>. For programs: "
    yield '<a href="openapi.json">openapi.json</a>.</p>'
    by_tag: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            lines = _operation(method.upper(), path, operation=operation)
            by_tag.setdefault(operation["tags"][0], []).extend(lines)
    links = [f'<a href="#{tag}">{tag}</a>' for tag in (*by_tag, "shapes")]
    yield f"<nav>{''.join(links)}</nav><main>"
    for tag, lines in by_tag.items():
        yield f'<h2 id="{tag}">{tag}</h2>'
        yield from lines
    yield '<h2 id="shapes">Shapes</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        yield f"<div>{_pre(schema)}</div></details>"
    yield "</main></body></html>"


def _operation(method: str, path: str, *, operation: Json) -> Iterator[str]:
    yield f'<details id="{operation["operationId"]}"><summary><span class="method">{method}</span>'
    yield f'<code>{escape(path)}</code> <span class="says">{escape(operation["summary"])}</span>'
    yield f"</summary><div><p>{escape(operation['description'])}</p>"
    if operation["parameters"]:
        yield "<h3>Parameters</h3><table>"
        for each in operation["parameters"]:
            yield _row(each["name"], each["in"], _pre(each["schema"]), each.get("description", ""))
        yield "</table>"
    if "requestBody" in operation:
        yield f"<h3>Body</h3>{_content(operation['requestBody'])}"
    yield "<h3>Answers</h3><table>"
    for status, response in operation["responses"].items():
        yield _row(status, escape(response["description"]), _content(response))
    yield "</table></div></details>"


def _row(name: str, *cells: str) -> str:
    return f"<tr><th>{escape(name)}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _content(holder: Json) -> str:
    return "".join(
        f"<code>{escape(media_type)}</code> {_pre(content['schema'])}"
        for media_type, content in holder.get("content", {}).items()
    )


def _pre(schema: Json) -> str:
    """A schema: a link where it is one of the shapes."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}"><code>{name}</code></a>'
    return f"<pre>{escape(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>"
