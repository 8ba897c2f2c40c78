"""How routes answer: JSON bodies, and errors in the contract's shape."""

import functools
import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from chalice.app import Request, Response
from pydantic import BaseModel

from chalicelib.errors import (
    CallerError,
    Fault,
    InProgress,
    InvalidRequest,
    OperatorError,
    RetryableError,
    Unauthenticated,
    UnfitSecret,
)
from chalicelib.observe import logger
from chalicelib.web.answer_shapes import ErrorAnswer, FaultAnswer

P = ParamSpec("P")
R = TypeVar("R", bound=Response)

JSON_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}


def answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401
    """A JSON answer."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status_code=status, headers={**JSON_HEADERS, **(headers or {})})


def no_content() -> Response:
    """Done, and there is nothing to say."""
    return Response("", status_code=204, headers={"Cache-Control": "no-store"})


def document(body: BaseModel) -> Response:
    """A JSON answer in a shape of its own."""
    return Response(body.model_dump_json(), headers={**JSON_HEADERS})


def answering(view: Callable[P, Response]) -> Callable[P, Response]:
    """Map a view's errors to answers; stands right under `@route`.

    Chalice's own middleware never sees a view's exception.
    """

    @functools.wraps(view)
    def mapped(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except CallerError as error:
            return caller_error(error)
        except RetryableError as error:
            logger().warning("a request could not be served now: %s", error)
            return failure(
                503,
                "unavailable",
                message="The service is busy. Try again in a moment.",
                retry_after_s=1,
            )
        except OperatorError as error:
            logger().error("a request cannot be served: %s", error)
            said = "The service is not set up for this. Its operators have been told."
            return failure(status_of(error), "misconfigured", message=said)
        except Exception:  # noqa: BLE001 - the last wall: a caller never sees internals
            logger().exception("a request failed")
            return failure(500, "internal_error", message="Something went wrong on our side.")

    return mapped


def status_of(error: OperatorError) -> int:
    """503 where a secret stops the service: it goes on, without a deployment, once that is fit."""
    return 503 if isinstance(error, UnfitSecret) else 500


def caller_error(error: CallerError) -> Response:
    """The answer to what the caller has to mend."""
    body: ErrorAnswer = {"success": False, "message": error.message, "code": error.code}
    if isinstance(error, InvalidRequest):
        body["errors"] = [_told(fault) for fault in error.faults]
    return answer(body, status=error.status, headers=_how_to_go_on(error))


def _told(fault: Fault) -> FaultAnswer:
    told: FaultAnswer = {"path": fault.path, "message": fault.message}
    if fault.code is not None:
        told["code"] = fault.code
    return told


def _how_to_go_on(error: CallerError) -> dict[str, str]:
    match error:
        case Unauthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case InProgress():
            return {"Retry-After": str(error.retry_after_s)}
        case _:
            return {}


def failure(status: int, code: str, *, message: str, retry_after_s: int | None = None) -> Response:
    """An answer of ours that is no fault of the caller's; no internals in it."""
    headers = {"Retry-After": str(retry_after_s)} if retry_after_s is not None else {}
    body: ErrorAnswer = {"success": False, "message": message, "code": code}
    return answer(body, status=status, headers=headers)


def request_id(request: Request | None) -> str:
    """The id that API Gateway gave the request."""
    context: dict[str, Any] = getattr(request, "context", None) or {}
    return str(context.get("requestId") or context.get("extendedRequestId") or "local")
