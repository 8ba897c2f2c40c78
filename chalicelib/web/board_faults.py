"""How the board hears of errors: the UI shows nothing at all where `error` is missing."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

from chalice.app import Response

from chalicelib.errors import CallerError, InvalidRequest, OperatorError, RetryableError, WrongState
from chalicelib.observe import logger
from chalicelib.web.answers import answer, status_of

P = ParamSpec("P")
Json = dict[str, Any]


class BoardFault(CallerError):
    """An error in the board's own words, which the UI translates."""

    def __init__(
        self, status: int, key: str, *, options: Json | None = None, said: Json | None = None
    ) -> None:
        super().__init__(key, code=key.lower())
        self.status = status
        error = {"key": f"ERRORS.{key}", **({"options": options} if options else {})}
        self.body: Json = {"error": error, **(said or {})}


def invalid(key: str, **options: str | int) -> BoardFault:
    """A query or a body that does not say what the board needs."""
    return BoardFault(400, key, options=options, said={"code": "INVALID_REQUEST"})


def refused(title: str, message: str, *, status: int = 400) -> Response:
    """An error in our own words."""
    return answer({"error": title, "message": message}, status=status)


def board_answering(view: Callable[P, Response]) -> Callable[P, Response]:
    """Map a view's errors to what the UI shows; stands right under `@route`."""

    @functools.wraps(view)
    def mapped(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return view(*args, **kwargs)
        except CallerError as error:
            return _said(error)
        except RetryableError as error:
            logger().warning("the board could not be served now: %s", error)
            return refused("The service is busy", "Try again in a moment.", status=503)
        except OperatorError as error:
            logger().error("the board cannot be served: %s", error)
            title = "The service is not set up for this"
            return refused(title, "See its logs.", status=status_of(error))
        except Exception:  # noqa: BLE001 - the last wall: the UI shows only what has an `error`
            logger().exception("the board failed")
            return refused("Something went wrong on our side", "See the logs.", status=500)

    return mapped


def _said(error: CallerError) -> Response:
    match error:
        case BoardFault():
            return answer(error.body, status=error.status)
        case InvalidRequest():
            faults = "; ".join(f"{each.path}: {each.message}" for each in error.faults)
            return refused("This cannot be taken", faults or error.message)
        case WrongState():
            return refused("Not in this state", error.message, status=error.status)
        case _:
            return refused("This cannot be done", error.message, status=error.status)
