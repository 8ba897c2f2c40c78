"""Backends in memory: they answer as they are told, and remember every callback."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.model.channel import Channel
from chalicelib.model.outcome import Answer
from chalicelib.ports.delivery import Call
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.jobs import Faults


@dataclass(slots=True)
class MemoryCallbacks:
    """`ports.Callbacks`: answers by the list in `answers`, then 200; remembers every call."""

    clock: MemoryClock
    takes: Callable[[], timedelta] = timedelta
    #: What every callback is answered now; None: as `answers` has it.
    manners: Callable[[Call], Answer | None] = lambda _: None
    answers: list[Answer] = field(default_factory=list[Answer])
    calls: list[tuple[datetime, Call]] = field(default_factory=list[tuple[datetime, Call]])
    faults: Faults = field(default_factory=Faults)

    async def prepare(self) -> None:
        """Nothing has to be prepared."""

    async def post(self, call: Call) -> Answer:
        """The next answer, after the time that it takes."""
        self.calls.append((self.clock.now(), call))
        self.faults.strike("post")
        answer = self.manners(call)
        if answer is None:
            answer = self.answers.pop(0) if self.answers else Answer(200, "{}")
        await self.clock.sleep_until(self.clock.now() + self.takes())
        return answer


@dataclass(frozen=True, slots=True)
class MemoryBackends:
    """`ports.Backends`."""

    def base_url(self, channel: Channel) -> str:
        """A host a channel."""
        return f"https://{channel}.example"
