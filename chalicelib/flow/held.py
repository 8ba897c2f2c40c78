"""Who is held back and comes next: reads the agenda from where a backlog begins."""

import base64
import hashlib
import heapq
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.flow.turns import AHEAD
from chalicelib.model.agenda import SHARDS_OF
from chalicelib.model.backlog import SEEN_AFTER, Backlog
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.cursor import place
from chalicelib.model.instant import ISO_LENGTH, from_iso, to_iso
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.model.restraint import Restraint
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Pauses
from chalicelib.ports.jobs import Glimpse, JobStore, QueueLists
from chalicelib.ports.steering import Restraints
from chalicelib.ports.world import Clock

#: So many who may not go are walked past at most: behind the few that are due, the agenda has all
#: that will ever be.
FURTHEST = 1_000


@dataclass(frozen=True, slots=True)
class Lane:
    """The jobs of one priority that are held back and come next, and what was known of them."""

    known: Backlog
    #: Who may go, in the order of their turns: more than are needed, where there are more.
    ready: Sequence[Job]
    #: The turn of the first of those who were met and may not go yet.
    waiting_from: datetime | None
    #: Those whose turn comes before their workspace's pause ends: they make room for the others.
    pausing: Sequence[Job]
    #: How many were fed a moment ago, and wait for a worker's claim.
    on_their_way: int = 0

    def after(self, fed: int, *, now: datetime, look_at: datetime) -> Backlog | None:
        """What is known once so many have gone; None where nobody is left."""
        left = [_turn_at(job) for job in self.ready[fed : fed + 1]]
        pausing = [now] if self.pausing else []  # their new turns are behind a pause
        turns = [*left, *pausing, *filter(None, [self.waiting_from])]
        if turns:
            turn_at = min(turns)
            wait_until = look_at if left else max(look_at, turn_at - AHEAD)
            return replace(self.known, turn_at=turn_at, look_at=wait_until)
        if now < self.known.held_at + SEEN_AFTER:
            return replace(self.known, look_at=look_at)
        return None


@dataclass(slots=True)
class _Seen:
    """Who was met on the way along a lane."""

    ready: list[Job] = field(default_factory=list[Job])
    pausing: list[Job] = field(default_factory=list[Job])
    waiting_from: datetime | None = None
    walked: int = 0
    on_their_way: int = 0

    def wait_for(self, turn_at: datetime) -> None:
        """Somebody has that turn and may not go yet."""
        self.waiting_from = min(turn_at, self.waiting_from or turn_at)


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

        Those with marks in `but` are on their way already.
        """
        seen = _Seen()
        for page in self._pages(channel, known, size=size + 1, but=but, seen=seen):
            self._look(channel, page, seen=seen)
            if len(seen.ready) > size:
                break
            if seen.walked >= FURTHEST:
                seen.wait_for(_turn_in(page[-1]))
                break
        return Lane(known, seen.ready, seen.waiting_from, seen.pausing, seen.on_their_way)

    def _look(self, channel: Channel, page: Sequence[Glimpse], *, seen: _Seen) -> None:
        """Who of a page may go; those who are not due yet need no look at their jobs."""
        now = self.clock.now()
        due = [each.job_id for each in page if each.due_at <= now + AHEAD]
        jobs = self._held(due) if due else []
        by = self.restraints.recent(channel, {job.workspace_id for job in jobs})
        for job in jobs:
            paused_until = by[job.workspace_id].paused_until(now)
            if paused_until and _turn_at(job) < paused_until:
                seen.pausing.append(job)
            elif not paused_until and _ready_at(job, by[job.workspace_id]) <= now + AHEAD:
                seen.ready.append(job)
            else:
                seen.wait_for(_turn_at(job))
        for each in page:
            if each.due_at > now + AHEAD:
                seen.wait_for(_turn_in(each))
        seen.walked += len(page)

    def _held(self, job_ids: Sequence[str]) -> list[Job]:
        """Those of the jobs that are held back.

        Who was so a moment ago and is not any more gets a void envelope: the claim judges. Who was
        not so, or not there yet, is looked at as it is now: nobody comes back for who is left out.
        """
        found = dict(self.store.recent_jobs(job_ids))
        unsure = [each for each in job_ids if each not in found or not _is_held(found[each])]
        if unsure:
            found |= self.store.get_jobs(unsure)
        return [found[each] for each in job_ids if each in found and _is_held(found[each])]

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
        self,
        channel: Channel,
        known: Backlog,
        *,
        size: int,
        but: Collection[str],
        seen: _Seen,
    ) -> Iterator[Sequence[Glimpse]]:
        """In the order of their turns; what is paused is left out.

        From a little before the backlog: the index shows who joined it a moment late.
        """
        paused = self.pauses.paused()
        queues = [each for each in Queue if each.channel is channel and each not in paused]
        shards = [
            self._glimpses(queue, shard, since=known.turn_at - SEEN_AFTER, size=size // 3 + 1)
            for queue in queues
            for shard in SHARDS_OF[known.priority]
        ]
        page: list[Glimpse] = []
        for each in heapq.merge(*shards, key=lambda each: each.place):
            if each.status is not Status.PENDING:
                continue
            if _mark(each.place) in but:
                seen.on_their_way += 1
                continue
            page.append(each)
            if len(page) == size:
                yield page
                page = []
        if page:
            yield page

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
    """A mark of the place where a job is held back: it is another one each time."""
    return _mark(place(_turn_at(job), job.id))


def _mark(at: str) -> str:
    """Short, since hundreds are written twice a second; two in 2^48 are alike by chance."""
    digest = hashlib.blake2b(at.encode(), digest_size=6).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _is_held(job: Job) -> bool:
    return job.status is Status.PENDING and not job.handed_over and not job.is_parked


def _turn_in(glimpse: Glimpse) -> datetime:
    return from_iso(glimpse.place[:ISO_LENGTH])


def _turn_at(job: Job) -> datetime:
    return job.attention_at or job.due_at


def _ready_at(job: Job, restraint: Restraint) -> datetime:
    """When it may go: where the workspace has a limit, its turn is also its time."""
    return max(job.due_at, _turn_at(job)) if restraint.limit else job.due_at
