"""Time in memory: it passes only while everybody sleeps, and wakes the sleepers in its order."""

import asyncio
import heapq
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

T = TypeVar("T")

_Sleeper = tuple[datetime, int, asyncio.Future[None]]


@dataclass(slots=True)
class MemoryClock:
    """`ports.Clock`: on its own event loop (`run`) nothing but sleeping takes time.

    Whoever sleeps is woken when nobody else has anything to do: in order of time, those of one
    instant in the order in which they fell asleep. asyncio's own time-outs follow the same time.
    The same story always takes the same course. On any other event loop there is nobody to wait
    for: time passes at once.
    """

    at: datetime = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    #: How much later than asked the next sleeper wakes, as on a busy machine.
    oversleep: Callable[[], timedelta] = timedelta
    _sleepers: list[_Sleeper] = field(default_factory=list[_Sleeper], init=False, repr=False)
    _numbers: "count[int]" = field(default_factory=count, init=False, repr=False)

    def now(self) -> datetime:
        """The present instant."""
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        """Return at once where the instant has passed."""
        if at <= self.at:
            return
        wake_at = at + self.oversleep()
        loop = asyncio.get_running_loop()
        if not isinstance(loop, _IdlingLoop):
            self.at = wake_at
            return
        alarm: asyncio.Future[None] = loop.create_future()
        heapq.heappush(self._sleepers, (wake_at, next(self._numbers), alarm))
        await alarm

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """What the story returns or raises.

        RuntimeError where everybody waits and nobody sleeps: it would never end.
        """
        with asyncio.Runner(loop_factory=lambda: _IdlingLoop(self)) as runner:
            return runner.run(story)

    def pass_on(self, at_most: timedelta | None) -> None:
        """Let time pass to the next sleeper, or for that long where nobody wakes before."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if at_most is not None and (not self._sleepers or self._sleepers[0][0] > self.at + at_most):
            self.at += at_most
            return
        if not self._sleepers:
            message = "everybody waits for somebody else, and nobody sleeps"
            raise RuntimeError(message)
        at, _, alarm = heapq.heappop(self._sleepers)
        self.at = max(self.at, at)
        alarm.set_result(None)


class _IdlingSelector(selectors.DefaultSelector):
    """Where an event loop would wait for the world, time passes instead."""

    def __init__(self, clock: MemoryClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Never wait; a timeout of 0 says that something is ready to run."""
        if timeout is None:
            self._clock.pass_on(None)
        elif timeout > 0:
            self._clock.pass_on(timedelta(microseconds=max(1, round(timeout * 1_000_000))))
        return super().select(0)


class _IdlingLoop(asyncio.SelectorEventLoop):
    def __init__(self, clock: MemoryClock) -> None:
        super().__init__(_IdlingSelector(clock))
        self._clock = clock
        self._started_at = clock.now()

    def time(self) -> float:
        """Seconds since the story began."""
        return (self._clock.now() - self._started_at).total_seconds()
