"""AWS on a bad day: answers of our choice in place of moto's, for one operation of one service."""

import io
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse

from chalicelib.adapters.aws_clients import client

Json = dict[str, Any]

#: An error that no list knows, and one that no repetition mends.
UNKNOWN = "SomethingNewException"
DENIED = "AccessDeniedException"


@dataclass(frozen=True)
class Reply:
    """What AWS says: a status, and the answer as botocore parses it."""

    body: Json
    status_code: int = 200


#: What comes back for a request; None leaves it to moto.
Handler = Callable[[Json], Reply | None]


def an_error(code: str, *, said: str = "made up") -> Handler:
    """Refuse with an error, and do nothing."""
    error = {"Error": {"Code": code, "Message": said}, "ResponseMetadata": {}}
    return lambda _request: Reply(error, status_code=400)


@contextmanager
def handling(service: str, operation: str, *handlers: Handler) -> Generator[None]:
    """Each handler takes one request, in their order, and the last one all that follow."""
    left = list(handlers)

    def before_call(params: Json, **_: Any) -> tuple[Reply, Json] | None:  # noqa: ANN401
        handler = left.pop(0) if len(left) > 1 else left[0]
        reply = handler(json.loads(params["body"]))
        return None if reply is None else (reply, reply.body)

    with _registered(service, f"before-call.{service}.{operation}", before_call):
        yield


@contextmanager
def losing_the_first_answer(service: str, operation: str) -> Generator[None]:
    """Do what is asked for and lose the answer, once: botocore then asks again."""
    lost = [AWSResponse("", 500, {}, _Raw(b"{}"))]

    def before_send(**_: Any) -> AWSResponse | None:  # noqa: ANN401
        return lost.pop() if lost else None  # moto has its turn in either case

    with _registered(service, f"before-send.{service}.{operation}", before_send):
        yield
    assert not lost


@contextmanager
def _registered(service: str, event: str, handler: Callable[..., object]) -> Generator[None]:
    events = client(service).meta.events
    events.register_first(event, handler)
    try:
        yield
    finally:
        events.unregister(event, handler)


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:  # noqa: ANN401
        """As urllib3 hands out a body."""
        while chunk := self.read():
            yield chunk
