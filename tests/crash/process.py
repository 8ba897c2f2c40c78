"""One process of the service after the other: each with fresh wiring, over the same world."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from chalicelib import triggers, wiring
from tests.crash.backend import WiredBackend
from tests.crash.emulator import WORKERS
from tests.crash.hurry import HurryingLoop
from tests.crash.kill_switch import Killed, KillSwitch, Point
from tests.integration.service import forget

T = TypeVar("T")

#: The function that answers HTTP.
API = "app"


@dataclass(slots=True)
class Processes:
    """All of them; one of them, once it is told of, is the one that may die."""

    switch: KillSwitch
    backend: WiredBackend
    #: Where the next one dies, and after it others of the same function, as many as are named.
    point: Point | None = None
    deaths: int = 0
    #: The function that was chosen; what the first process of it called, and whether it died.
    chosen: str | None = None
    calls: list[str] = field(default_factory=list[str])
    has_died: bool = False

    def run(self, call: Callable[[], T], *, function: str = API) -> T | None:
        """What the call answers; None where the process of that function died before."""
        if not self.deaths or self.chosen not in {None, function}:
            return self._run(call, point=None, function=function)
        is_first, self.chosen = self.chosen is None, function
        self.deaths -= 1
        try:
            return self._run(call, point=self.point, function=function)
        finally:
            if is_first:
                self.calls, self.has_died = self.switch.calls, self.switch.is_dead

    def _run(self, call: Callable[[], T], *, point: Point | None, function: str) -> T | None:
        with self.switch.watching(point), _alone():
            self._connect(function)
            with suppress(Killed):
                answer = call()
                if not self.switch.is_dead:  # who has died has not answered
                    return answer
        return None

    def _connect(self, function: str) -> None:
        """Put the backend at the other end of the function's HTTP client, where it has one."""
        http = httpx.AsyncClient(transport=self.backend)
        match function:
            case "post_notice":
                wiring.post_notices().callbacks._client = http  # type: ignore[attr-defined]
            case _ if function in WORKERS.values():
                wiring.deliver().attempts.callbacks._client = http  # type: ignore[attr-defined]


@contextmanager
def _alone() -> Generator[None]:
    """From nothing to nothing: what it kept is gone, and so are its threads and its event loop."""
    forget()
    pools = [wiring.store().pool, wiring.queues().pool]
    for pool in pools:
        pool._max_workers = 1  # the emulator is not atomic under several
    try:
        yield
    finally:
        for pool in pools:
            pool.shutdown()
        if triggers._loop.cache_info().currsize:
            loop = triggers._loop()
            assert isinstance(loop, HurryingLoop)
            loop.bury()
            forget()  # closes what lives on the loop
            loop.close()
            triggers._loop.cache_clear()
        forget()
