"""The two clients as one: the same calls, by the same names, with the same error."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from infra.clients.python.message_queue import MessageQueue, QueueError
from tests.architecture.sources import REPOSITORY
from tests.clients.node import Node

CLIENTS = REPOSITORY / "infra" / "clients"


class Caller(Protocol):
    """A client in some language."""

    def call(self, name: str, *args: Any, **fields: Any) -> Any:  # noqa: ANN401 - any JSON
        """Make a call by its Python name; QueueError where the client says so."""
        ...

    def close(self) -> None:
        """End its connections."""
        ...


@dataclass(frozen=True)
class Bounds:
    """What a client may spend."""

    timeout_s: float = 10
    patience_s: float = 30
    tries: int = 5


class PythonCaller:
    """The Python client, in this process."""

    def __init__(self, url: str, tokens: Sequence[str], bounds: Bounds) -> None:
        ways = iter(tokens)
        self._queue = MessageQueue(url, tokens[0] if len(tokens) == 1 else lambda: next(ways))
        self._queue.timeout_s, self._queue.patience_s = bounds.timeout_s, bounds.patience_s
        self._queue.tries = bounds.tries

    def call(self, name: str, *args: Any, **fields: Any) -> Any:  # noqa: ANN401 - any JSON
        """Call the method."""
        return getattr(self._queue, name)(*args, **fields)

    def close(self) -> None:
        """Close the client."""
        self._queue.http.close()


@dataclass(frozen=True)
class NodeCaller:
    """The JavaScript client, in a Node process."""

    node: Node
    url: str
    tokens: Sequence[str]
    bounds: Bounds

    def call(self, name: str, *args: Any, **fields: Any) -> Any:  # noqa: ANN401 - any JSON
        """Call the method of the same name in camelCase, with its own kind of arguments."""
        said = self.node.do(
            "call",
            url=self.url,
            tokens=self.tokens,
            bounds=_in_javascript(vars(self.bounds)),
            name=_camel(name),
            args=_arguments(name, args, fields),
        )
        if "refused" in said:
            raise _as_in_python(said["refused"])
        if "broken" in said:
            raise TypeError(said["broken"])
        return said["value"]

    def close(self) -> None:
        """The process is not only ours."""


def _arguments(name: str, args: Sequence[Any], fields: dict[str, Any]) -> list[Any]:
    if name.endswith("_bulk"):
        return [[_in_javascript(message) for message in args[0]], _in_javascript(fields)]
    if name.startswith("schedule_"):
        return [_in_javascript(fields)]
    return [*args, *_in_javascript(fields).values()]


def _in_javascript(fields: dict[str, Any]) -> dict[str, Any]:
    """Names in camelCase, and seconds as milliseconds."""
    return {
        _camel(re.sub("_s$", "_ms", name)): value * 1000 if name.endswith("_s") else value
        for name, value in fields.items()
    }


def _camel(name: str) -> str:
    return re.sub("_(.)", lambda letter: letter[1].upper(), name)


def _as_in_python(said: dict[str, Any]) -> QueueError:
    return QueueError(
        said["message"],
        said["code"],
        said["status"],
        errors=said["errors"],
        request_id=said["requestId"],
        retry_after_s=said["retryAfterMs"] / 1000,
        idempotency_key=said["idempotencyKey"],
        job_ids=said["jobIds"],
    )
