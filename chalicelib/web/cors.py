"""Which pages of other origins may read our answers (the Fetch standard, section 3.2)."""

from chalice.app import Request, Response

from chalicelib.settings import settings
from chalicelib.web.http_request import header

#: A browser may keep what a preflight said for so long (Chromium's limit).
_KEPT_S = 7200
_METHODS = "GET, POST, PUT, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key"
_ANSWER_HEADERS = "X-Request-Id, Retry-After, X-Next-Cursor, Idempotency-Replayed"


def preflight(**_path: str) -> Response:
    """What an OPTIONS request is answered on every path; its headers say what is allowed."""
    return Response("", status_code=204)


def cors_headers(request: Request) -> dict[str, str]:
    """The headers that let the request's origin read the answer; none where it may not.

    Tokens are sent by scripts, never by the browser on its own: credentials are not allowed.
    """
    allowed = settings().cors_origins
    if not allowed:
        return {}
    headers = {"Vary": "Origin"}
    origin = header(request, "origin")
    if origin is None or not {origin, "*"}.intersection(allowed):
        return headers
    headers["Access-Control-Allow-Origin"] = "*" if "*" in allowed else origin
    headers["Access-Control-Expose-Headers"] = _ANSWER_HEADERS
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = _METHODS
        headers["Access-Control-Allow-Headers"] = _REQUEST_HEADERS
        headers["Access-Control-Max-Age"] = str(_KEPT_S)
    return headers
