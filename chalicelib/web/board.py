"""Bull Board at `/admin/queues`: its page, its files and its API (docs/decisions/0010-pages.md).

Chalice has no greedy paths: there is a route for each depth. The UI's contract is that of
@bull-board/api 9.10.2.
"""

from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import unquote

from chalice.app import Blueprint, Request, Response

from chalicelib.errors import (
    Forbidden,
    NotFound,
    OperatorError,
    RetryableError,
    Unauthenticated,
)
from chalicelib.observe import logger
from chalicelib.web import board_commands as do
from chalicelib.web import board_page
from chalicelib.web import board_reads as tell
from chalicelib.web.board_access import board_user, challenged
from chalicelib.web.board_calls import Call
from chalicelib.web.board_faults import board_answering
from chalicelib.web.board_page import MOUNT
from chalicelib.web.http_request import header

routes = Blueprint(__name__)

_ANY_TYPE = ["*/*"]
_PAGES = frozenset({"", "metrics-history", "job-schedulers"})
Handler: TypeAlias = Callable[[Call], Response]

#: By method and path below `api`; `:` is any segment, and literal paths stand before those.
_API: dict[tuple[str, str], Handler] = {
    ("GET", "queues"): tell.queues,
    ("GET", "job-schedulers"): tell.job_schedulers,
    ("GET", "redis/stats"): tell.datastore,
    ("PUT", "queues/pause"): do.pause_all,
    ("PUT", "queues/resume"): do.resume_all,
    ("GET", "queues/:/metrics"): tell.metrics,
    ("GET", "queues/:/workers"): tell.workers,
    ("GET", "queues/:/rate-limit"): tell.rate_limit,
    ("GET", "queues/:/default-job-options"): tell.default_job_options,
    ("GET", "queues/:/job-data-schema"): tell.job_data_schema,
    ("PUT", "queues/:/pause"): do.pause,
    ("PUT", "queues/:/resume"): do.resume,
    ("PUT", "queues/:/promote"): do.promote_all,
    ("PUT", "queues/:/empty"): do.empty,
    ("PUT", "queues/:/obliterate"): do.not_here,
    ("PUT", "queues/:/concurrency"): do.not_here,
    ("PUT", "queues/:/rate-limit"): do.not_here,
    ("POST", "queues/:/add"): do.add,
    ("GET", "queues/:/:"): tell.job,
    ("PUT", "queues/:/retry/:"): do.retry_all,
    ("PUT", "queues/:/clean/:"): do.clean_all,
    ("GET", "queues/:/:/logs"): tell.logs,
    ("GET", "queues/:/:/flow"): tell.flow,
    ("PUT", "queues/:/:/retry"): do.retry,
    ("PUT", "queues/:/:/promote"): do.promote,
    ("PUT", "queues/:/:/clean"): do.clean,
    ("PATCH", "queues/:/:/update-data"): do.update_data,
    ("PATCH", "queues/:/:/delay"): do.reschedule,
    ("PATCH", "queues/:/:/priority"): do.prioritise,
}


@routes.route(MOUNT, methods=["GET"], content_types=_ANY_TYPE, name="board page")
@routes.route(f"{MOUNT}/{{a}}", methods=["GET"], content_types=_ANY_TYPE, name="board page 1")
@routes.route(f"{MOUNT}/queue/{{a}}", methods=["GET"], content_types=_ANY_TYPE, name="board page 2")
@routes.route(
    f"{MOUNT}/queue/{{a}}/{{b}}", methods=["GET"], content_types=_ANY_TYPE, name="board page 3"
)
def page(**segments: str) -> Response:
    """The board; its script finds in the address what to show."""

    def shown() -> Response:
        if "/queue/" not in _path() and segments.get("a", "") not in _PAGES:
            raise NotFound("There is no such page.")
        return board_page.page(_base())

    return _plainly(shown)


@routes.route(f"{MOUNT}/static/{{a}}", methods=["GET"], content_types=_ANY_TYPE, name="board file")
@routes.route(
    f"{MOUNT}/static/{{a}}/{{b}}", methods=["GET"], content_types=_ANY_TYPE, name="board file 2"
)
@routes.route(
    f"{MOUNT}/static/{{a}}/{{b}}/{{c}}",
    methods=["GET"],
    content_types=_ANY_TYPE,
    name="board file 3",
)
def static(**segments: str) -> Response:
    """A file that the page loads."""
    return _plainly(lambda: board_page.static("/".join(segments.values())))


_METHODS = ["GET", "PUT", "POST", "PATCH"]


@routes.route(f"{MOUNT}/api/{{a}}", methods=_METHODS, content_types=_ANY_TYPE, name="board api 1")
@routes.route(
    f"{MOUNT}/api/{{a}}/{{b}}", methods=_METHODS, content_types=_ANY_TYPE, name="board api 2"
)
@routes.route(
    f"{MOUNT}/api/{{a}}/{{b}}/{{c}}",
    methods=_METHODS,
    content_types=_ANY_TYPE,
    name="board api 3",
)
@routes.route(
    f"{MOUNT}/api/{{a}}/{{b}}/{{c}}/{{d}}",
    methods=_METHODS,
    content_types=_ANY_TYPE,
    name="board api 4",
)
@routes.route(
    f"{MOUNT}/api/{{a}}/{{b}}/{{c}}/{{d}}/{{e}}",
    methods=_METHODS,
    content_types=_ANY_TYPE,
    name="board api 5",
)
def api(**segments: str) -> Response:
    """What the page asks for, and what its buttons do."""
    return challenged(_called(tuple(unquote(segments[name]) for name in sorted(segments))))


@board_answering
def _called(segments: tuple[str, ...]) -> Response:
    request = _request()
    caller = board_user(request)
    for (method, pattern), handler in _API.items():
        if method == request.method and _fits(pattern, segments):
            return handler(Call(request, caller, segments))
    raise NotFound("The board has nothing at this path and method.")


def _fits(pattern: str, segments: tuple[str, ...]) -> bool:
    parts = pattern.split("/")
    return len(parts) == len(segments) and all(
        part in {":", segment} for part, segment in zip(parts, segments, strict=True)
    )


def _plainly(show: Callable[[], Response]) -> Response:
    """What it shows to those who may see it, or a sentence for a person."""
    try:
        board_user(_request())
        return show()
    except (Forbidden, NotFound, Unauthenticated) as error:
        return challenged(_sentence(error.message, status=error.status))
    except (OperatorError, RetryableError) as error:
        logger().error("the board cannot be shown: %s", error)
        return _sentence("The board cannot be shown now; the service's logs say why.", status=503)


def _sentence(text: str, *, status: int) -> Response:
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return Response(text, status_code=status, headers={**headers})


def _path() -> str:
    """The public path of the request, with the stage that it may be under."""
    context: dict[str, Any] = getattr(_request(), "context", None) or {}
    return str(context.get("path") or MOUNT)


def _base() -> str:
    """Where the board is, as the browser sees it: a proxy that hides the stage says so."""
    prefix, _, _ = _path().partition(MOUNT)
    told = header(_request(), "x-forwarded-prefix")
    return f"{prefix if told is None else told.rstrip('/')}{MOUNT}"


def _request() -> Request:
    request: Request = routes.current_request
    return request
