"""Feeds the workers from the backlogs: hands over what comes next, just before they run dry."""

import asyncio
import heapq
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.errors import ServiceError
from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.turns import AHEAD, Turn
from chalicelib.model.agenda import SHARDS_OF
from chalicelib.model.backlog import SEEN_AFTER, Backlog
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.priority import SHARES, Priority
from chalicelib.model.restraint import Restraint
from chalicelib.model.slots import Run
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Pauses
from chalicelib.ports.jobs import JobStore, QueueLists
from chalicelib.ports.steering import Backlogs, Restraints
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

#: How often somebody looks whether the workers need more, and what they are given at a time.
EVERY = timedelta(seconds=0.5)
PORTION = timedelta(seconds=0.75)
#: Portions that one call hands over at most: what a channel that ran dry needs.
PORTIONS = 6
#: How long a call may take before somebody else takes over.
LEAD_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Lane:
    """The jobs of one priority that are held back and come next, and what was known of them."""

    known: Backlog
    #: In the order of their turns: who may go, and the first of those who may not yet.
    ready: Sequence[Job]
    ready_at: datetime | None

    def after(self, fed: int, *, now: datetime, look_at: datetime) -> Backlog | None:
        """What is known once so many have gone; None where nobody is left."""
        left = self.ready[fed:]
        if left:
            turn_at = left[0].attention_at or left[0].due_at
            return replace(self.known, turn_at=turn_at, look_at=look_at)
        if self.ready_at is not None:
            return replace(self.known, turn_at=self.ready_at, look_at=self.ready_at - AHEAD)
        if now < self.known.held_at + SEEN_AFTER:
            return replace(self.known, look_at=look_at)
        return None


@dataclass(frozen=True, slots=True)
class Feed:
    """The verb of whoever is awake: workers, releases, the rescue."""

    clock: Clock
    store: JobStore
    lists: QueueLists
    dispatch: Dispatch
    backlogs: Backlogs
    restraints: Restraints
    pauses: Pauses

    def __call__(self, channel: Channel) -> int:
        """Hand over what the workers have room for; answers how many jobs."""
        now = self.clock.now()
        known = self.backlogs.of(channel)
        if not any(each.look_at <= now for each in known.values()):
            return 0
        if not self.backlogs.lead(channel, at=now, until=now + LEAD_FOR):
            return 0
        count = 0
        for _ in range(PORTIONS):
            fed, has_more = self._portion(channel, known)
            count += fed
            known = self.backlogs.of(channel)
            if not has_more or not known:
                break
        self.backlogs.rest(channel, until=self.clock.now() + EVERY / 2)
        return count

    def _portion(self, channel: Channel, known: Mapping[Priority, Backlog]) -> tuple[int, bool]:
        """How many jobs were handed over, and whether there is room for more, and more to go."""
        size = PORTION // RATES[channel].spacing
        lanes = {each: self._lane(channel, each, known=known[each]) for each in known}
        chosen = _chosen(lanes, size)
        run = self.dispatch.turns.fed(channel, len(chosen))
        going = chosen if run is not None else []
        if run is not None:
            self._hand_over(going, run)
        counts = {each: sum(job.priority is each for job in going) for each in lanes}
        full_until = None if run is None else run.end_at
        for priority, lane in lanes.items():
            self._settle(channel, priority, lane=lane, fed=counts[priority], full_until=full_until)
        return len(going), run is not None and len(going) == size

    def _settle(
        self,
        channel: Channel,
        priority: Priority,
        *,
        lane: _Lane,
        fed: int,
        full_until: datetime | None,
    ) -> None:
        now = self.clock.now()
        look_at = now + EVERY if full_until is None else full_until - AHEAD + EVERY
        after = lane.after(fed, now=now, look_at=look_at)
        if after != lane.known:
            self.backlogs.settle(channel, priority, before=lane.known, after=after)

    def _lane(self, channel: Channel, priority: Priority, *, known: Backlog) -> _Lane:
        """Who comes next; those whose workspace pauses make room for the others."""
        size = PORTION // RATES[channel].spacing
        ready: list[Job] = []
        ready_at: datetime | None = None
        for jobs in self._held(channel, priority, most=2 * size):
            now = self.clock.now()
            restraints = self.restraints.of(channel, {job.workspace_id for job in jobs})
            paused = [job for job in jobs if restraints[job.workspace_id].paused_until(now)]
            self.give_turns_anew(paused)
            for job in (job for job in jobs if job not in paused):
                at = _ready_at(job, restraints[job.workspace_id])
                if at <= self.clock.now() + AHEAD:
                    ready.append(job)
                else:
                    ready_at = min(at, ready_at or at)
            if len(ready) > size:
                break
        return _Lane(known, ready, ready_at)

    def _held(self, channel: Channel, priority: Priority, *, most: int) -> Iterator[Sequence[Job]]:
        """Those who are held back, in the order of their turns; what is paused is left out."""
        paused = self.pauses.paused()
        queues = [each for each in Queue if each.channel is channel and each not in paused]
        shards = [
            self.lists.ahead(queue, shard, after=None, most=most)
            for queue in queues
            for shard in SHARDS_OF[priority]
        ]
        ids = (each.job_id for each in heapq.merge(*shards, key=lambda each: each.place))
        while page := list(islice(ids, most)):
            found = self.store.get_jobs(page)
            jobs = [found[job_id] for job_id in page if job_id in found]
            yield [job for job in jobs if _is_held(job)]

    def give_turns_anew(self, jobs: Sequence[Job]) -> None:
        """Let jobs go behind the others of their workspaces, and behind a pause of theirs."""
        self._go(self.dispatch.plan(jobs))

    def _hand_over(self, jobs: Sequence[Job], run: Run) -> None:
        self._go([Turn(job, max(at, job.due_at)) for job, at in zip(jobs, run, strict=True)])

    def _go(self, turns: Sequence[Turn]) -> None:
        kept = self.store.touch_many(self.dispatch.prepared(turns))
        self.dispatch.hand_over([turn for turn, ours in zip(turns, kept, strict=True) if ours])


def _is_held(job: Job) -> bool:
    return job.status is Status.PENDING and not job.handed_over and not job.is_parked


def _ready_at(job: Job, restraint: Restraint) -> datetime:
    """When it may go: where the workspace has a limit, its turn is also its time."""
    turn_at = job.attention_at or job.due_at
    return max(job.due_at, turn_at) if restraint.limit else job.due_at


def _chosen(lanes: Mapping[Priority, _Lane], size: int) -> list[Job]:
    """Up to so many jobs of all priorities by their shares; what one leaves, the others take.

    Smooth weighted round robin: whoever has waited for most of its share is next.
    """
    left = {priority: list(lane.ready) for priority, lane in lanes.items() if lane.ready}
    credit = dict.fromkeys(left, 0)
    chosen: list[Job] = []
    while left and len(chosen) < size:
        for priority in left:
            credit[priority] += SHARES[priority]
        priority = max(left, key=lambda each: credit[each])
        credit[priority] -= sum(SHARES[each] for each in left)
        chosen.append(left[priority].pop(0))
        if not left[priority]:
            del left[priority]
    return chosen


@dataclass(slots=True)
class Feeding:
    """Feeds a channel again and again beside a worker's work."""

    feed: Feed
    channel: Channel
    offload: Offload
    _is_busy: bool = field(default=False, init=False)
    _is_over: bool = field(default=False, init=False)

    @asynccontextmanager
    async def while_working(self) -> AsyncGenerator[None]:
        """From now on until the work is done; what is being handed over then is finished."""
        again = asyncio.create_task(self._again())
        try:
            yield
        finally:
            self._is_over = True
            if not self._is_busy:
                again.cancel()
            await asyncio.wait([again])

    async def _again(self) -> None:
        clock = self.feed.clock
        while True:
            self._is_busy = True
            try:
                await self.offload(self.feed, self.channel)
            except ServiceError as error:
                _log.warning("the workers are not fed: %s", error)
            self._is_busy = False
            if self._is_over:
                return
            await clock.sleep_until(clock.now() + EVERY)
