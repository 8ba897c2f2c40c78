"""Bull Board's own files: the page, rendered as its template wants, and what it loads."""

import html
import json
import re
import zipfile
from functools import cache
from pathlib import Path

from chalice.app import Response

from chalicelib.errors import NotFound

_ARCHIVE = Path(__file__).parent / "assets" / "board.zip"
MOUNT = "/admin/queues"

_HASHED = re.compile(r"\.[0-9a-f]{10}\.(js|css)$")
_FONTS = re.compile(r'<link href="https://fonts[^>]*>')
_VARIABLE = re.compile(r"<%([=-]) (\w+) %>")
#: What the UI needs and nothing else; inline styles are its own (../docs/decisions/0010-pages.md).
POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
SECURITY: dict[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_ICON = "static/images/logo.svg"
_MISSING = (
    "<!doctype html><html lang=en><title>Queues</title><h1>The board's files are not here</h1>"
    "<p>They are fetched when the service is packed. Run <code>make ui</code> and start or deploy "
    "the service again.</p>"
)
_CONFIG = {
    "boardTitle": "Queues",
    "favIcon": {"default": _ICON, "alternative": _ICON},
    "miscLinks": [
        {"text": "Operations", "url": "../ops"},
        {"text": "API", "url": "../docs"},
        {"text": "Health", "url": "../health"},
    ],
    "hideDocsLink": True,
    "hideRedisDetails": True,
    "showMetrics": True,
    "showWorkers": False,
}


def page(base: str) -> Response:
    """The one page of the board; `base` is its public path."""
    try:
        template = _member("index.ejs")
    except FileNotFoundError:
        return _html(_MISSING, status=503)
    config = json.dumps(_CONFIG).replace("<", "\\u003c").replace(">", "\\u003e")
    values = {
        "basePath": f"{base}/",
        "title": "Queues",
        "favIconAlternative": _ICON,
        "favIconDefault": _ICON,
        "uiConfig": config,
    }

    def filled(found: re.Match[str]) -> str:
        value = values[found[2]]
        return html.escape(value) if found[1] == "=" else value

    return _html(_VARIABLE.sub(filled, _FONTS.sub("", template)))


def static(name: str) -> Response:
    """A file of the UI; NotFound where it is none of them."""
    kind = _TYPES.get(Path(name).suffix)
    try:
        text = _member(f"static/{name}") if kind else None
    except (FileNotFoundError, KeyError):
        text = None
    if kind is None or text is None:
        raise NotFound("There is no such file.")
    kept = "public, max-age=31536000, immutable" if _HASHED.search(name) else "public, max-age=3600"
    return Response(text, headers={**SECURITY, "Content-Type": kind, "Cache-Control": kept})


def _html(text: str, *, status: int = 200) -> Response:
    headers = {**SECURITY, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Response(text, status_code=status, headers={**headers})


def _member(name: str) -> str:
    return _archive().read(name).decode()


@cache
def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(_ARCHIVE)
