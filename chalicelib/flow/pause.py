"""Pausing queues: workers put the jobs of a paused one aside, and a resume brings them back."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.errors import ServiceError
from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.feed import Feed
from chalicelib.model.agenda import OPEN_SHARDS, PARKED_AT
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Pauses
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

#: How old a worker's knowledge of the paused queues may be.
FRESH_FOR = timedelta(seconds=0.5)
#: How long one call hands over; API Gateway waits for 29 s.
BUDGET = timedelta(seconds=12)
#: Parked jobs that are looked up in one shard at a time, and handed over together.
PORTION = 1_000
CHUNK = 250
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class PauseWatch:
    """What one worker knows of the paused queues; looking at it never holds a callback up."""

    clock: Clock
    pauses: Pauses
    offload: Offload
    paused: frozenset[Queue] = frozenset()

    @asynccontextmanager
    async def while_working(self) -> AsyncGenerator[None]:
        """Know them now, and read them again and again until the work is done."""
        await self._read()
        reading = asyncio.create_task(self._read_again())
        try:
            yield
        finally:
            reading.cancel()

    async def _read_again(self) -> None:
        while True:
            await self.clock.sleep_until(self.clock.now() + FRESH_FOR)
            await self._read()

    async def _read(self) -> None:
        try:
            self.paused = await self.offload(self.pauses.paused)
        except ServiceError as error:
            _log.warning("which queues are paused is not known anew: %s", error)


@dataclass(frozen=True, slots=True)
class PauseQueues:
    """The verbs of operators, and of the rescue."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch
    pauses: Pauses
    feed: Feed

    def pause(self, queue: Queue) -> None:
        """No callback of the queue starts from a second after this on; it goes on accepting."""
        self.pauses.pause(queue, at=self.clock.now())

    def resume(self, *queues: Queue) -> int:
        """Let them go on; answers how many jobs were handed over by this call.

        What its time does not suffice for, the rescue hands over.
        """
        for queue in queues:
            self.pauses.resume(queue)
        ends_at = self.clock.now() + BUDGET
        count = sum(self._bring_back(queue, ends_at=ends_at) for queue in queues)
        for queue in queues:
            self.feed.look_again(queue)
        for channel in sorted({queue.channel for queue in queues}):
            self.feed(channel)
        return count

    def rescue(self) -> int:
        """Hand over what is still parked in queues that go on; answers how many jobs.

        The rest of a long resume, and what a worker parked before it knew of the resume.
        """
        ends_at = self.clock.now() + BUDGET
        paused = self.pauses.paused()
        running = [queue for queue in Queue if queue not in paused]
        return sum(self._bring_back(queue, ends_at=ends_at) for queue in running)

    def _bring_back(self, queue: Queue, *, ends_at: datetime) -> int:
        return sum(self._bring_shard_back(queue, shard, ends_at=ends_at) for shard in OPEN_SHARDS)

    def _bring_shard_back(self, queue: Queue, shard: int, *, ends_at: datetime) -> int:
        """Portion by portion, while there are any and there is time."""
        count = 0
        while self.clock.now() < ends_at:
            ids = self.store.needing_attention(
                queue, shard, since=PARKED_AT, until=PARKED_AT + MINUTE, limit=PORTION
            )
            found = 0
            for i in range(0, len(ids), CHUNK):
                jobs = self.store.get_jobs(ids[i : i + CHUNK]).values()
                found += self._hand_over([job for job in jobs if _waits(job)])
            count += found
            if not found:
                break
        return count

    def _hand_over(self, jobs: Sequence[Job]) -> int:
        turns = self.dispatch.plan(jobs)
        kept = self.store.touch_many(self.dispatch.prepared(turns))
        mine = [turn for turn, touched in zip(turns, kept, strict=True) if touched]
        self.dispatch.hand_over(mine)
        return len(mine)


def _waits(job: Job) -> bool:
    return job.is_parked and job.status is Status.PENDING
