"""A backend that takes every callback and shows what arrived, in the terminal and on a page."""

import html
import json
import sys
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from infra.local.lifeline import die_with_supervisor

_SHOWN_COUNT = 200
_MAX_BODY_BYTES = 16 * 1024 * 1024
_COLUMNS = ("time", "path", "recipient", "job", "attempt")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One callback, as a person wants to see it."""

    time: str
    path: str
    recipient: str
    job: str
    attempt: str


_ARRIVALS = web.AppKey("arrivals", deque[Arrival])


def sample_backend() -> web.Application:
    """The application: POST anything, GET / for the latest arrivals."""
    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    app[_ARRIVALS] = deque(maxlen=_SHOWN_COUNT)
    app.router.add_get("/", _page)
    app.router.add_post("/{path:.*}", _take)
    return app


async def _take(request: web.Request) -> web.Response:
    arrived_at = datetime.now(UTC)
    arrival = _arrival(arrived_at, request.path, body=await _body(request))
    request.app[_ARRIVALS].appendleft(arrival)
    print("callback", *(getattr(arrival, column) for column in _COLUMNS), flush=True)
    return web.json_response({"received": True})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _arrival(at: datetime, path: str, *, body: dict[str, Any]) -> Arrival:
    return Arrival(
        time=at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        path=path,
        recipient=str(body.get("to", "-")),
        job=str(body.get("jobId", "-")),
        attempt=str(body.get("attempt", "-")),
    )


async def _page(request: web.Request) -> web.Response:
    heads = "".join(f"<th>{column}</th>" for column in _COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(getattr(row, c))}</td>" for c in _COLUMNS) + "</tr>"
        for row in request.app[_ARRIVALS]
    )
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Sample backend</title>"
        "<meta http-equiv=refresh content=2>"
        "<style>body{font:14px system-ui;margin:2rem}td,th{padding:.2rem .8rem;text-align:left}"
        "td{font-family:monospace}</style>"
        f"<h1>What arrived</h1><p>The latest {_SHOWN_COUNT} callbacks, newest first.</p>"
        f"<table><tr>{heads}</tr>{rows}</table></html>"
    )
    return web.Response(text=page, content_type="text/html")


def main() -> None:
    """Serve on the port that the first argument names, until SIGTERM or the supervisor's end."""
    die_with_supervisor()
    web.run_app(
        sample_backend(), host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None
    )


if __name__ == "__main__":
    main()
