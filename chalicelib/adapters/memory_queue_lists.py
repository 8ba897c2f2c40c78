"""Jobs by queue, and the paused queues, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.adapters.memory import Faults, MemoryJobStore
from chalicelib.model.agenda import open_shard_of, shard_of
from chalicelib.model.channel import Queue
from chalicelib.model.cursor import place
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Glimpse


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
        found = [_glimpse(job) for job in self._jobs(queue, shard) if job.status.is_open]
        return _sorted([each for each in found if after is None or each.place > after])[:most]

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> Sequence[Glimpse]:
        """Newest first."""
        found = [_glimpse(job) for job in self._jobs(queue, shard) if job.status is status]
        behind = [each for each in found if before is None or each.place < before]
        return _sorted(behind)[::-1][:most]

    def _jobs(self, queue: Queue, shard: int) -> list[Job]:
        jobs = [entry.job for entry in self.store.entries.values()]
        return [job for job in jobs if job.queue is queue and _shard(job) == shard]


def _shard(job: Job) -> int:
    return open_shard_of(job.id, job.priority) if job.status.is_open else shard_of(job.id)


def _glimpse(job: Job) -> Glimpse:
    at = (job.attention_at or job.due_at) if job.status.is_open else job.completed_at
    return Glimpse(
        place=place(at or job.updated_at, job.id),
        job_id=job.id,
        status=job.status,
        due_at=job.due_at,
        priority=job.priority,
    )


def _sorted(glimpses: list[Glimpse]) -> list[Glimpse]:
    return sorted(glimpses, key=lambda each: each.place)
