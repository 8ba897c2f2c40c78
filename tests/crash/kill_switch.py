"""Kills a process before or after any of its calls to the outside, and keeps it dead.

Calls to AWS are met where botocore sends them, callbacks where httpx does: nothing of ours is
replaced. `Killed` is a BaseException, so that no `except Exception` outlives it; what a dead
process still tries, in a `finally` or in another task, is refused and has no effect.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST

from chalicelib.adapters import aws_clients

_EVENT = "before-send"


class Killed(BaseException):
    """The process is gone."""


class Side(StrEnum):
    """Of a call: it was not made, or its answer was never seen."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a process dies: before or after its n-th call, the first one being 1."""

    number: int
    side: Side


@dataclass(slots=True)
class KillSwitch:
    """Watches one process at a time; whatever else calls AWS meanwhile is a test's own business."""

    point: Point | None = None
    #: What the watched process has called, such as "dynamodb.PutItem".
    calls: list[str] = field(default_factory=list[str])
    is_dead: bool = False
    _is_watching: bool = False

    @contextmanager
    def watching(self, point: Point | None) -> Generator[None]:
        """A process runs: until it ends, or until it dies there."""
        assert not self._is_watching
        self.point, self.calls, self.is_dead, self._is_watching = point, [], False, True
        try:
            yield
        finally:
            self._is_watching = False

    @property
    def stops_everything(self) -> bool:
        """A dead process gets no further, whoever waits in it for whatever."""
        return self._is_watching and self.is_dead

    def before(self, call: str) -> None:
        """A call is about to leave the process."""
        if not self._is_watching:
            return
        if self.is_dead:
            raise Killed
        self.calls.append(call)
        self._strike(Side.BEFORE)

    def after(self) -> None:
        """The world has done what it was asked for, and the answer is on its way."""
        if self._is_watching:
            self._strike(Side.AFTER)

    def _strike(self, side: Side) -> None:
        if self.point == Point(len(self.calls), side):
            self.is_dead = True
            raise Killed


@contextmanager
def on_the_wire(switch: KillSwitch) -> Generator[None]:
    """Meet every request of all AWS clients that are made in the block, around the emulator."""

    def before(event_name: str, **_: Any) -> None:  # noqa: ANN401 - as botocore emits it
        switch.before(event_name.removeprefix(f"{_EVENT}."))

    def after(**_: Any) -> None:  # noqa: ANN401 - as botocore emits it
        switch.after()

    handlers = [(_EVENT, before, REGISTER_FIRST), (_EVENT, after, REGISTER_LAST)]
    BUILTIN_HANDLERS.extend(handlers)
    _forget_clients()
    try:
        yield
    finally:
        for handler in handlers:
            BUILTIN_HANDLERS.remove(handler)
        _forget_clients()


def _forget_clients() -> None:
    for made in (aws_clients._session, aws_clients._client):
        made.cache_clear()
