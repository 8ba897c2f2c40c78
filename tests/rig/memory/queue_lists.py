"""Jobs by queue, and the paused queues, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Glimpse
from tests.rig.memory.agenda import place_of
from tests.rig.memory.jobs import Faults, MemoryJobStore


@dataclass(slots=True)
class MemoryPauses:
    """`ports.Pauses` in a dict."""

    since: dict[Queue, datetime] = field(default_factory=dict[Queue, datetime])
    faults: Faults = field(default_factory=Faults)

    def paused(self) -> frozenset[Queue]:
        """Those that have an entry."""
        self.faults.strike("paused")
        return frozenset(self.since)

    def pause(self, queue: Queue, *, at: datetime) -> None:
        """The first one to pause says since when."""
        self.since.setdefault(queue, at)

    def resume(self, queue: Queue) -> None:
        """Forget the entry."""
        self.since.pop(queue, None)


@dataclass(frozen=True, slots=True)
class MemoryQueueLists:
    """`ports.QueueLists` over the memory store; an index that is never behind."""

    store: MemoryJobStore

    def ahead(self, queue: Queue, shard: int, *, after: str | None, most: int) -> Sequence[Glimpse]:
        """Soonest first."""
        found = self.store.entries.ahead(queue, shard, after=after or "", most=most)
        return [_glimpse(job) for job in found]

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> Sequence[Glimpse]:
        """Newest first."""
        found = self.store.entries.ended(queue, shard, status=status, before=before, most=most)
        return [_glimpse(job) for job in found]


def _glimpse(job: Job) -> Glimpse:
    return Glimpse(
        place=place_of(job),
        job_id=job.id,
        status=job.status,
        due_at=job.due_at,
        priority=job.priority,
    )
