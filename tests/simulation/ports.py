"""The ports of one process: those in memory, behind a network that fails and a life that ends."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from greenlet import getcurrent, greenlet

from chalicelib.errors import RetryableError
from tests.rig.memory.clock import MemoryClock
from tests.simulation.fates import Fates, Life

T = TypeVar("T")

#: How likely each fault is at one call.
THROTTLED = 0.012
UNANSWERED = 0.008
REPEATED = 0.012
DIES = 0.0025
STEPS_BACK = 0.002
#: How often a call takes time before its effect, and as often after it.
WAITS = 0.6

#: Calls over many items: those that fail may have had their effect on some of them.
BATCHES = frozenset({"add", "add_payloads", "add_jobs", "move_many", "touch_many", "delete_many"})
#: Whoever repeats these is told that it was theirs (a mark of the move, a transaction's token).
KNOWN_AGAIN = frozenset({"move", "move_many", "delete", "delete_many", "rewrite"})


@dataclass(slots=True)
class SkewedClock:
    """`ports.Clock` of one process: its hands are off, and step back now and then."""

    real: MemoryClock
    life: Life
    fates: Fates
    skew: timedelta

    def now(self) -> datetime:
        """By its own hands."""
        self.life.check()
        return self.real.now() + self.skew

    async def sleep_until(self, at: datetime) -> None:
        """By its own hands; a process may die in its sleep."""
        self.life.check()
        waiting = getcurrent().parent
        if waiting is None:
            await self.real.sleep_until(at - self.skew)
        elif at - self.skew > self.real.now():
            waiting.switch(at - self.skew - self.real.now())
        self.life.check()
        if self.fates.strikes("dies asleep", DIES / 4):
            self.life.end()
        if self.fates.has_skew and self.fates.strikes("clock steps back", STEPS_BACK):
            self.skew = min(self.skew, self.fates.skew())
            await self.sleep_until(at)


@dataclass(slots=True)
class Interleaved:
    """`ports.Offload`: a blocking call, whose calls of AWS let the others go on meanwhile."""

    clock: MemoryClock

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """Run it as far as its next wait, wait, and so on."""
        inner = greenlet(call)
        waits: Any = inner.switch(*args)
        while not inner.dead:
            await self.clock.sleep_until(self.clock.now() + waits)
            waits = inner.switch()
        return waits


@dataclass(frozen=True, slots=True)
class FaultyPort:
    """Any port that blocks. What is no call of the port is passed on as it is."""

    real: Any
    life: Life
    fates: Fates

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self.real, name)
        is_call = callable(attribute) and not isinstance(attribute, type)
        return partial(self._call, name, attribute) if is_call else attribute

    def _call(self, name: str, call: Callable[..., T], *args: Any, **named: Any) -> T:
        self.life.check()
        self._wait()
        if self.fates.strikes("throttled", THROTTLED):
            raise RetryableError("throttled", delay_s=0.05)
        if self.fates.strikes("dies before", DIES):
            self.life.end()
        if name in BATCHES and len(args[0]) > 1 and self.fates.strikes("half applied", DIES):
            return self._half(call, args[0])
        answer = call(*args, **named)
        if self.fates.strikes("dies after", DIES):
            self.life.end()
        if self.fates.strikes("unanswered", UNANSWERED):
            raise RetryableError("no answer came", delay_s=0.05)
        if name not in KNOWN_AGAIN and self.fates.strikes("repeated", REPEATED):
            answer = call(*args, **named)
        self._wait()
        return answer

    def _half(self, call: Callable[..., Any], items: Sequence[Any]) -> Any:
        call(items[: self.fates.random.randint(1, len(items) - 1)])
        if self.fates.random.random() < 0.5:
            self.life.end()
        raise RetryableError("only some were written", delay_s=0.05)

    def _wait(self) -> None:
        """Let the others go on now and then, where somebody waits for a blocking call."""
        waiting = getcurrent().parent
        if waiting is not None and self.fates.random.random() < WAITS:
            waiting.switch(self.fates.latency())
            self.life.check()


def driven(story: Coroutine[Any, Any, T]) -> T:
    """What a story returns whose only waits are for the clock: to be called by `Interleaved`."""
    try:
        story.send(None)
    except StopIteration as end:
        return end.value
    message = "the story waits for something else than the clock"
    raise RuntimeError(message)
