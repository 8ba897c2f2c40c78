"""Time that nobody waits for: where an event loop would sleep, the whole process's clock moves on.

The clock is moved under everything alike: the service's, the emulator's, tokens and signatures. A
blocking call runs at once, in its task's turn: the order of calls is the same in every run.
"""

import asyncio
import selectors
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from tests.crash.kill_switch import Killed, KillSwitch
from tests.rig.builders import NOON


@dataclass(slots=True)
class Time:
    """The process's clock: it stands still unless somebody sleeps."""

    traveller: time_machine.Traveller

    @staticmethod
    def now() -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    def pass_to(self, at: datetime) -> None:
        """Let time pass; it never goes back."""
        self.traveller.move_to(max(at, self.now()))


class _HurryingSelector(selectors.DefaultSelector):
    """Where an event loop would wait for the world, time passes; where it died, nothing does."""

    def __init__(self, time: Time, switch: KillSwitch) -> None:
        super().__init__()
        self._time = time
        self._switch = switch
        #: Once its process is dead, what it leaves is only cleared away.
        self._is_over = False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Never wait; a timeout of 0 says that something is ready to run."""
        if self._switch.stops_everything and not self._is_over:
            self._is_over = True
            raise Killed
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            message = "everybody waits for somebody else, and nobody sleeps"
            raise RuntimeError(message)
        if timeout > 0:
            rest = timedelta(microseconds=max(1, round(timeout * 1_000_000)))
            self._time.pass_to(self._time.now() + rest)
        return []


class HurryingLoop(asyncio.SelectorEventLoop):
    """An event loop of one process."""

    def __init__(self, time: Time, switch: KillSwitch) -> None:
        super().__init__(_HurryingSelector(time, switch))
        self._clock = time

    def time(self) -> float:
        """Seconds after noon: so few that a float tells microseconds apart."""
        return (self._clock.now() - NOON).total_seconds()

    def run_in_executor(  # type: ignore[override]
        self,
        executor: Executor | None,  # noqa: ARG002 - a thread's turn is its caller's
        func: Callable[..., Any],
        *args: object,
    ) -> asyncio.Future[Any]:
        """Run it here and now: the emulator is not atomic under threads."""
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future

    def bury(self) -> None:
        """End what a dead process has left: its stories get no further, and nobody hears them."""
        self.set_exception_handler(lambda *_: None)
        while left := asyncio.all_tasks(self):
            for task in left:
                task.cancel()
            self.call_soon(self.stop)
            self.run_forever()


class _Hurry(asyncio.DefaultEventLoopPolicy):
    def __init__(self, time: Time, switch: KillSwitch) -> None:
        super().__init__()
        self._clock = time
        self._switch = switch

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return HurryingLoop(self._clock, self._switch)


@contextmanager
def from_noon(switch: KillSwitch) -> Generator[Time]:
    """In the block it is noon, and every new event loop hurries."""
    before = asyncio.get_event_loop_policy()
    with time_machine.travel(NOON, tick=False) as traveller:
        time = Time(traveller)
        asyncio.set_event_loop_policy(_Hurry(time, switch))
        try:
            yield time
        finally:
            asyncio.set_event_loop_policy(before)
