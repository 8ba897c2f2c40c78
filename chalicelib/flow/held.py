"""Who is held back and comes next: reads the agenda from where a backlog begins."""

import hashlib
import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from chalicelib.flow.turns import AHEAD
from chalicelib.model.agenda import SHARDS_OF
from chalicelib.model.backlog import SEEN_AFTER, Backlog
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.cursor import place
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.model.restraint import Restraint
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Pauses
from chalicelib.ports.jobs import Glimpse, JobStore, QueueLists
from chalicelib.ports.steering import Restraints
from chalicelib.ports.world import Clock

#: Once so many were met who may not go yet, nobody is looked for behind them: of a workspace with
#: a limit, thousands wait for their turns, and would be read twice a second. Who may go at any time
#: stands before them: a channel is never further ahead than the turns of those.
MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class Lane:
    """The jobs of one priority that are held back and come next, and what was known of them."""

    known: Backlog
    #: Who may go, in the order of their turns: more than are needed, where there are more.
    ready: Sequence[Job]
    #: Who was met and may not go yet.
    waiting: Sequence[Job]
    #: Those whose workspace pauses: they make room for the others.
    pausing: Sequence[Job]

    @property
    def waiting_from(self) -> datetime | None:
        """The turn of the first of those who may not go yet."""
        return min(map(_turn_at, self.waiting), default=None)

    def after(self, fed: int, *, now: datetime, look_at: datetime) -> Backlog | None:
        """What is known once so many have gone; None where nobody is left."""
        left = [_turn_at(job) for job in self.ready[fed : fed + 1]]
        if left:
            turn_at = min([*left, *filter(None, [self.waiting_from])])
            return replace(self.known, turn_at=turn_at, look_at=look_at)
        if self.waiting_from is not None:
            wait_until = max(look_at, self.waiting_from - AHEAD)
            return replace(self.known, turn_at=self.waiting_from, look_at=wait_until)
        if self.pausing or now < self.known.held_at + SEEN_AFTER:
            return replace(self.known, look_at=look_at)
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """The verb."""

    clock: Clock
    store: JobStore
    lists: QueueLists
    restraints: Restraints
    pauses: Pauses

    def lane(self, channel: Channel, known: Backlog, *, size: int, but: Collection[str]) -> Lane:
        """More than so many that may go, where there are more.

        `but` has the marks of those that are on their way already.
        """
        ready: list[Job] = []
        pausing: list[Job] = []
        waiting: list[Job] = []
        for jobs in self._pages(channel, known, size=size + 1, but=but):
            now = self.clock.now()
            by = self.restraints.of(channel, {job.workspace_id for job in jobs})
            for job in jobs:
                restraint = by[job.workspace_id]
                if restraint.paused_until(now):
                    pausing.append(job)
                elif _ready_at(job, restraint) <= now + AHEAD:
                    ready.append(job)
                else:
                    waiting.append(job)
            if len(ready) > size or len(waiting) > MOST_WAITING:
                break
        return Lane(known, ready, waiting, pausing)

    def oldest_turn_at(self, queue: Queue, priority: Priority) -> datetime | None:
        """Where the open jobs of a queue begin; None where there are none."""
        found = [
            each
            for shard in SHARDS_OF[priority]
            for each in self.lists.ahead(queue, shard, after=None, most=1)
        ]
        jobs = self.store.get_jobs([each.job_id for each in found]).values()
        return min((_turn_at(job) for job in jobs if not job.is_parked), default=None)

    def _pages(
        self, channel: Channel, known: Backlog, *, size: int, but: Collection[str]
    ) -> Iterator[Sequence[Job]]:
        """In the order of their turns; what is paused is left out."""
        paused = self.pauses.paused()
        queues = [each for each in Queue if each.channel is channel and each not in paused]
        shards = [
            self._glimpses(queue, shard, since=known.turn_at, size=size // 3 + 1)
            for queue in queues
            for shard in SHARDS_OF[known.priority]
        ]
        ids = (
            each.job_id
            for each in heapq.merge(*shards, key=lambda each: each.place)
            if each.status is Status.PENDING and _mark(each.place) not in but
        )
        while page := list(islice(ids, size)):
            found = self.store.get_jobs(page)
            yield [found[job_id] for job_id in page if _is_held(found.get(job_id))]

    def _glimpses(
        self, queue: Queue, shard: int, *, since: datetime, size: int
    ) -> Iterator[Glimpse]:
        after = to_iso(since)
        while page := self.lists.ahead(queue, shard, after=after, most=size):
            yield from page
            if len(page) < size:
                return
            after = page[-1].place


def mark_of(job: Job) -> str:
    """What a job is remembered by once it was fed: whoever comes back has another turn."""
    return _mark(place(_turn_at(job), job.id))


def _mark(at: str) -> str:
    return hashlib.blake2b(at.encode(), digest_size=8).hexdigest()


def _is_held(job: Job | None) -> bool:
    return (
        job is not None
        and job.status is Status.PENDING
        and not job.handed_over
        and not job.is_parked
    )


def _turn_at(job: Job) -> datetime:
    return job.attention_at or job.due_at


def _ready_at(job: Job, restraint: Restraint) -> datetime:
    """When it may go: where the workspace has a limit, its turn is also its time."""
    return max(job.due_at, _turn_at(job)) if restraint.limit else job.due_at
