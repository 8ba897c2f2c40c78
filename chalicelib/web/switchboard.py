"""Connects the routes to the app; the only web module that `app.py` knows."""

from collections.abc import Callable

from chalice.app import Chalice, Request, Response

from chalicelib.web import (
    administration,
    analytics,
    board,
    bulk_operations,
    documentation,
    health,
    metrics,
    operations,
    pages,
    scheduling,
    workspaces,
)
from chalicelib.web.answers import request_id
from chalicelib.web.cors import cors_headers, preflight
from chalicelib.web.tracing import traced

_ROOMS = (
    scheduling,
    administration,
    operations,
    bulk_operations,
    health,
    metrics,
    analytics,
    workspaces,
    documentation,
    board,
    pages,
)


def connect(app: Chalice) -> None:
    """Register every blueprint, a preflight on every path, and the headers of every answer."""
    for room in _ROOMS:
        app.register_blueprint(room.routes)
    for path in tuple(app.routes):
        app.route(path, methods=["OPTIONS"], name=f"{path} preflight")(preflight)
    app.middleware("http")(_with_headers)


def _with_headers(event: Request, get_response: Callable[[Request], Response]) -> Response:
    """Every answer says which request it belongs to, and which pages may read it."""
    response = traced(event, get_response)
    response.headers.update({"X-Request-Id": request_id(event), **cors_headers(event)})
    return response
