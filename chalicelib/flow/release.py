"""Brings what waits far ahead, or was lost on its way, (back) to the queues."""

import heapq
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import TypeVar

from chalicelib.errors import RetryableError, ServiceError
from chalicelib.flow import labels
from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.feed import Feed
from chalicelib.flow.spread import Spread
from chalicelib.flow.turns import Turn
from chalicelib.model.agenda import OPEN_SHARDS
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.figure import Figure, Name, counted
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.model.outcome import LOST
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Glimpse, JobStore
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)

T = TypeVar("T")

#: Jobs read and handed over at a time.
PAGE = 100
#: Jobs that one run of the rescue hands over from one shard of one queue's agenda.
RESCUED_A_SHARD = 200
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Rescued:
    """What one run of the rescue found: how many jobs it touched, and the oldest lost ones."""

    touched: int = 0
    oldest_due: dict[Channel, timedelta] = field(default_factory=dict[Channel, timedelta])

    def see(self, job: Job, now: datetime) -> None:
        """A job of the agenda; a turn that is held back is none that was missed."""
        if _is_lost(job, now) or (job.status is Status.PENDING and job.handed_over):
            waited = max(now - job.due_at, timedelta())
            self.oldest_due[job.channel] = max(waited, self.oldest_due.get(job.channel, waited))

    def figures(self) -> list[Figure]:
        """By channel, 0 where nobody was lost."""
        waited_s = {c: self.oldest_due.get(c, timedelta()).total_seconds() for c in Channel}
        return [counted(Name.OLDEST_DUE, each, channel=c) for c, each in waited_s.items()]


@dataclass(frozen=True, slots=True)
class Release:
    """The two verbs that read the agenda."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch
    feed: Feed

    def release(self, bucket_at: datetime, *, until: datetime | None = None) -> int:
        """Hand over the jobs that wait for the timer of a minute bucket; answers how many.

        Of a crowd, the first ones go: those behind them are held back, and fed to the workers.
        RetryableError where `until` comes before the end: the next run goes on, and those it has
        not seen are fed as well, in the order of their due instants.
        """
        spread = Spread(self.clock.now())
        awake: dict[Channel, datetime] = {}
        waiting = (
            job
            for job in self._of_minute(bucket_at)
            if job.status is Status.PENDING and not job.handed_over
        )
        return self._go(
            waiting,
            by=lambda page: self._send([spread.turn(job) for job in page], awake=awake),
            until=until,
        )

    def _of_minute(self, bucket_at: datetime) -> Iterator[Job]:
        """The jobs that need attention in a minute, as they are now, soonest first."""
        shards = (
            self._glimpses(queue, shard, since=bucket_at)
            for queue in Queue
            for shard in OPEN_SHARDS
        )
        seen: set[str] = set()  # whoever goes behind others is met there again
        for page in _pages(heapq.merge(*shards, key=lambda each: each.place)):
            ids = [each.job_id for each in page if each.job_id not in seen]
            seen.update(ids)
            found = self.store.get_jobs(ids)
            yield from (found[job_id] for job_id in ids if job_id in found)

    def _glimpses(self, queue: Queue, shard: int, *, since: datetime) -> Iterator[Glimpse]:
        after, end = to_iso(since), to_iso(since + MINUTE)
        while page := self.feed.held.lists.ahead(queue, shard, after=after, most=PAGE):
            yield from takewhile(lambda each: each.place < end, page)
            after = page[-1].place
            if after >= end:
                return

    def rescue(self) -> Rescued:
        """Hand over again what is overdue: lost messages, dead workers, missed timers.

        Bounded, so that it never amplifies a backlog. What is held back is not overdue: it is its
        backlog that may have been forgotten.
        """
        found = Rescued()
        found.touched = self._go(
            self._overdue(self.clock.now()), by=lambda jobs: self._attend(jobs, found)
        )
        return found

    def _overdue(self, now: datetime) -> Iterator[Job]:
        """Of every queue and shard, those that need attention most, as they are now."""
        for queue in Queue:
            for shard in OPEN_SHARDS:
                ids = self.store.needing_attention(
                    queue, shard, since=None, until=now, limit=RESCUED_A_SHARD
                )
                for page in _pages(ids):
                    yield from self.store.get_jobs(page).values()

    def _go(
        self,
        jobs: Iterable[Job],
        *,
        by: Callable[[Sequence[Job]], int],
        until: datetime | None = None,
    ) -> int:
        """Page by page; one that fails keeps no other, and is raised for Lambda to try again."""
        count = 0
        errors: list[ServiceError] = []
        for page in _pages(jobs):
            if until is not None and self.clock.now() >= until:
                errors.append(RetryableError(f"out of time after {count} jobs: to be continued"))
                break
            try:
                count += by(page)
            except ServiceError as error:
                errors.append(error)
        for channel in Channel:
            try:
                self.feed(channel)
            except ServiceError as error:
                errors.append(error)
        if errors:
            raise errors[0]
        return count

    def _attend(self, jobs: Sequence[Job], found: Rescued) -> int:
        """Look after each job by its state; answers how many were lost or left behind."""
        now = self.clock.now()
        lost = [self._give_up(job) for job in jobs if _is_lost(job, now)]
        for job in jobs:
            found.see(job, now)
            if job.lease_until is not None and not _is_lost(job, now):
                self.store.touch(job.with_attention(job.lease_until, handed_over=True))
        turns = [_turn_of(job, now) for job in jobs if job.status is Status.PENDING]
        turns += [Turn(job, now) for job in lost if job and job.status is Status.PENDING]
        self._send(turns)
        return len(jobs) - sum(turn.is_held for turn in turns)

    def _send(self, turns: Sequence[Turn], *, awake: dict[Channel, datetime] | None = None) -> int:
        planned = self.dispatch.prepared(turns)
        changed = [after for after, turn in zip(planned, turns, strict=True) if after != turn.job]
        kept = zip(changed, self.store.touch_many(changed), strict=True)
        gone = {job.id for job, ours in kept if not ours}
        mine = [turn for turn in turns if turn.job.id not in gone]
        self.dispatch.hand_over(mine, awake=awake)
        if sent := [turn.job for turn in mine if not turn.is_held]:
            _log.info("handed over", extra=labels.of_jobs(sent))
        return len(turns)

    def _give_up(self, job: Job) -> Job | None:
        """End an attempt whose worker was lost; None where somebody else was faster."""
        now = self.clock.now()
        _log.warning("the worker of an attempt was lost", extra=labels.of_job(job))
        after = job.record(LOST, at=now, wait=timedelta()).with_attention(now)
        return after if self.store.move(job, after) else None


def _is_lost(job: Job, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until <= now


def _turn_of(job: Job, now: datetime) -> Turn:
    """Now, for what was handed over and lost; its own, for what is held back."""
    if job.handed_over:
        return Turn(job, now)
    return Turn.given(job)


def _pages(entries: Iterable[T]) -> Iterator[list[T]]:
    left = iter(entries)
    while page := list(islice(left, PAGE)):
        yield page
