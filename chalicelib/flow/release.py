"""Brings what waits far ahead, or was lost on its way, (back) to the queues."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from chalicelib.errors import ServiceError
from chalicelib.flow.dispatch import Dispatch, Turn
from chalicelib.model.agenda import SHARDS
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.outcome import LOST
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Clock

T = TypeVar("T")

#: Jobs read and handed over at a time.
PAGE = 100
#: Jobs that one run of the rescue hands over from one shard of one queue's agenda.
RESCUED_A_SHARD = 200
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Release:
    """The two verbs that read the agenda."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch

    def release(self, bucket_at: datetime) -> int:
        """Hand over the jobs that wait for the timer of a minute bucket; answers how many."""
        jobs = self._needing_attention(since=bucket_at, until=bucket_at + MINUTE, limit=None)
        waiting = (job for job in jobs if not job.handed_over)
        return self._attend_all(waiting)

    def rescue(self) -> int:
        """Hand over again what is overdue: lost messages, dead workers, missed timers.

        Bounded, so that it never amplifies a backlog; answers how many jobs it touched.
        """
        now = self.clock.now()
        jobs = self._needing_attention(since=None, until=now, limit=RESCUED_A_SHARD)
        return self._attend_all(jobs)

    def _needing_attention(
        self, *, since: datetime | None, until: datetime, limit: int | None
    ) -> Iterator[Job]:
        """The jobs of every queue and shard, as they are now."""
        for queue in Queue:
            for shard in range(SHARDS):
                ids = self.store.needing_attention(
                    queue, shard, since=since, until=until, limit=limit
                )
                for page in _pages(ids):
                    yield from self.store.get_jobs(page).values()

    def _attend_all(self, jobs: Iterable[Job]) -> int:
        """Page by page; one that fails keeps no other, and is raised for Lambda to try again."""
        count = 0
        errors: list[ServiceError] = []
        for page in _pages(jobs):
            try:
                count += self._attend(page)
            except ServiceError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return count

    def _attend(self, jobs: Sequence[Job]) -> int:
        """Look after each job by its state; answers how many there were."""
        now = self.clock.now()
        lost = [self._give_up(job) for job in jobs if _is_lost(job, now)]
        for job in jobs:
            if job.lease_until is not None and not _is_lost(job, now):
                self.store.touch(job.with_attention(job.lease_until, handed_over=True))
        waiting = [job for job in jobs if job.status is Status.PENDING]
        waiting += [job for job in lost if job is not None and job.status is Status.PENDING]
        turns = [_turn_of(job, now) for job in waiting]
        kept = self.store.touch_many(self.dispatch.prepared(turns))
        self.dispatch.hand_over([turn for turn, ours in zip(turns, kept, strict=True) if ours])
        return len(jobs)

    def _give_up(self, job: Job) -> Job | None:
        """End an attempt whose worker was lost; None where somebody else was faster."""
        now = self.clock.now()
        after = job.record(LOST, at=now, wait=timedelta()).with_attention(now)
        return after if self.store.move(job, after) else None


def _is_lost(job: Job, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until <= now


def _turn_of(job: Job, now: datetime) -> Turn:
    """The turn that a job was given when it was scheduled; a crowd must not be spread twice."""
    return Turn(job, max(job.attention_at or job.due_at, now))


def _pages(entries: Iterable[T]) -> Iterator[list[T]]:
    left = iter(entries)
    while page := list(islice(left, PAGE)):
        yield page
