"""Which trace a request belongs to, and what the log says of the request."""

import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, cast

from chalice.app import Request, Response

from chalicelib import wiring
from chalicelib.model.trace import Trace, trace_in
from chalicelib.observe import logger
from chalicelib.web.answers import request_id
from chalicelib.web.http_request import header

_trace: ContextVar[Trace | None] = ContextVar("trace", default=None)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: What a path says is the caller's to make up: no job has any other id.
_JOB_ID = re.compile(r"[0-9A-Z]{26}", re.ASCII)
_OWNER = "workspace_id"


def current_trace() -> Trace | None:
    """The trace of the request that is being answered; None where there is no request."""
    return _trace.get()


def traced(event: Request, get_response: Callable[[Request], Response]) -> Response:
    """Answer a request within its trace: its caller's where it names one, or else a new one."""
    trace = trace_in(header(event, "traceparent")) or Trace(wiring.chance().seed())
    token = _trace.set(trace)
    started_s = time.perf_counter()
    try:
        with logger().append_context_keys(request_id=request_id(event), trace_id=trace.id):
            response = get_response(event)
            _log(event, response, took_ms=round((time.perf_counter() - started_s) * 1000))
    finally:
        logger().remove_keys([_OWNER])
        _trace.reset(token)
    return response


def let_in(workspace_id: str) -> None:
    """From here on, the lines of the request name the workspace that its caller was let into.

    Before that it is a word of anybody's.
    """
    logger().append_keys(**{_OWNER: workspace_id})


def _log(event: Request, response: Response, *, took_ms: int) -> None:
    """One line a request; what was only read, and went well, is told where DEBUG is on."""
    status = response.status_code
    write = logger().debug if event.method in _READING and status < 400 else logger().info  # noqa: PLR2004
    write(
        "a request was answered",
        extra={
            "method": event.method,
            "route": event.path,  # the resource, not what the caller asked for
            "status": status,
            "duration_ms": took_ms,
            **_job_in(cast("Mapping[str, Any] | None", event.uri_params) or {}),
        },
    )


def _job_in(path: Mapping[str, str]) -> dict[str, str]:
    """The job that the path names, if it is one."""
    job_id = path.get("job_id", "")
    return {"job_id": job_id} if _JOB_ID.fullmatch(job_id) else {}
