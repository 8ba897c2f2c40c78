"""Our own pages: HTML, styles and modules, served as they lie in `assets/pages`."""

from functools import cache
from pathlib import Path

from chalice.app import Blueprint, Response

from chalicelib.errors import NotFound
from chalicelib.web.answers import answering

routes = Blueprint(__name__)

_ANY_TYPE = ["*/*"]
_PAGES = Path(__file__).parent / "assets" / "pages"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
#: Nothing from anywhere else, no inline script or style, and nobody frames it.
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@routes.route("/test-sms", methods=["GET"], content_types=_ANY_TYPE)
@answering
def test_sms() -> Response:
    """A form that schedules an SMS and follows it."""
    return _form("sms", title="Test SMS")


@routes.route("/test-email", methods=["GET"], content_types=_ANY_TYPE)
@answering
def test_email() -> Response:
    """A form that schedules an email and follows it."""
    return _form("email", title="Test email")


@routes.route("/ops", methods=["GET"], content_types=_ANY_TYPE)
@answering
def ops() -> Response:
    """What a workspace's people look at: figures, charts, failures, search."""
    return _page(_text("ops.html"))


@routes.route("/assets/{name}", methods=["GET"], content_types=_ANY_TYPE)
@answering
def asset(name: str) -> Response:
    """A style or a script of the pages."""
    text = _files().get(name)
    if text is None:
        raise NotFound("There is no such file.")
    headers = {"Content-Type": _TYPES[Path(name).suffix], "Cache-Control": "no-cache"}
    return Response(text, headers={**_SECURITY, **headers})


def _form(channel: str, *, title: str) -> Response:
    values = {
        "title": title,
        "path": f"api/schedule-{channel}",
        "fields": _text(f"fields-{channel}.html"),
    }
    text = _text("test-form.html")
    for name, value in values.items():
        text = text.replace(f"{{{{{name}}}}}", value)
    return _page(text)


def _text(name: str) -> str:
    return (_PAGES / name).read_text(encoding="utf-8")


def _page(text: str) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Response(text, headers={**_SECURITY, **headers})


@cache
def _files() -> dict[str, str]:
    """What may be asked for, by name: nothing that is not in the folder."""
    return {
        file.name: file.read_text(encoding="utf-8")
        for file in (*_PAGES.iterdir(), *_PAGES.parent.iterdir())
        if file.suffix in _TYPES
    }
