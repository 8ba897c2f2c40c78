"""The routes that describe the API: for programs, and for people."""

import json
from functools import cache
from typing import Any, cast

from chalice.app import Blueprint, Response

from chalicelib.web.answers import JSON_HEADERS, answering

routes = Blueprint(__name__)

#: The description changes with a deployment only.
_KEPT = "public, max-age=300"


@routes.route("/openapi.json", methods=["GET"], content_types=["*/*"])
@answering
def openapi_json() -> Response:
    """This description, in OpenAPI 3.1."""
    text = json.dumps(_description(), ensure_ascii=False, separators=(",", ":"))
    return Response(text, headers={**JSON_HEADERS, "Cache-Control": _KEPT})


@routes.route("/docs", methods=["GET"], content_types=["*/*"])
@answering
def docs() -> Response:
    """This description, for people."""
    from chalicelib.web.docs_page import page  # noqa: PLC0415 - as below

    text, security_policy = page(_description())
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": security_policy,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": _KEPT,
    }
    return Response(text, headers=headers)


@cache
def _description() -> dict[str, Any]:
    """Made when first asked for: no other request's cold start pays for it."""
    from chalicelib.web.openapi import View, description  # noqa: PLC0415

    app = cast("Any", routes).current_app
    return description(
        {
            (method, path): View(entry.view_function.__name__, _first_line(entry.view_function))
            for path, methods in app.routes.items()
            for method, entry in methods.items()
        }
    )


def _first_line(view: object) -> str:
    return (view.__doc__ or "").strip().partition("\n")[0]
