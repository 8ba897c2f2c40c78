"""Canaries in memory."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.model.canary import Flock
from chalicelib.model.channel import Queue
from tests.rig.memory.jobs import Faults


@dataclass(slots=True)
class MemoryCanaries:
    """`ports.Canaries` in one value."""

    known: Flock = field(default_factory=Flock)
    faults: Faults = field(default_factory=Faults)

    def flock(self) -> Flock:
        """As it is."""
        self.faults.strike("flock")
        return self.known

    def release(self, *, visible_at: datetime) -> None:
        """Instead of those that were sent before."""
        self.faults.strike("release")
        self.known = replace(self.known, visible_at=visible_at)

    def meet(self, queue: Queue, *, visible_at: datetime) -> None:
        """The newest one stays."""
        self.faults.strike("meet")
        newest = max(visible_at, self.known.met.get(queue, visible_at))
        self.known = replace(self.known, met={**self.known.met, queue: newest})
