"""The service over the world in memory, with a clock of its own: for what no machine here can hold.

Calls to AWS take time where a stopwatch is given: by latencies that are assumed, and by the CPU
that botocore needs for them, measured.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job
from chalicelib.ports.delivery import Parcel
from chalicelib.ports.jobs import Glimpse
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.jobs import MemoryJobStore, MemoryTimers
from tests.rig.memory.queue_lists import MemoryQueueLists
from tests.rig.memory.queues import MemoryQueues
from tests.rig.memory.steering import MemoryBacklogs
from tests.rig.world import World

_EIGHT = datetime(2026, 12, 1, 8, tzinfo=UTC)
_LOOK_EVERY = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call takes: on the wire, and of a whole core."""

    wire_s: float
    core_s: float


@dataclass(slots=True)
class Stopwatch:
    """Counts calls, and lets the clock go on by what they take on a share of a core."""

    clock: MemoryClock
    costs: Mapping[str, Cost]
    cores: float
    is_on: bool = False
    calls: Counter[str] = field(default_factory=Counter[str])

    def take(self, name: str, count: int, *, threads: int = 1) -> None:
        """So many calls, so many side by side: what lasts longer, the wire or the core, counts."""
        if not self.is_on or not count:
            return
        self.calls[name] += count
        cost = self.costs[name]
        core_s = count * cost.core_s / self.cores
        wire_s = math.ceil(count / threads) * cost.wire_s
        self.clock.at += timedelta(seconds=wire_s + core_s if threads == 1 else max(wire_s, core_s))


@dataclass(slots=True)
class TimedStore(MemoryJobStore):
    """The store, as dynamodb_jobs asks for it: reads one after the other, updates by 8 threads."""

    watch: Stopwatch | None = None

    def get_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """A batch."""
        asked = list(job_ids)
        if self.watch:
            self.watch.take("BatchGetItem", math.ceil(len(asked) / 100))
        return MemoryJobStore.get_jobs(self, asked)

    def touch_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """Side by side."""
        if self.watch:
            self.watch.take("UpdateItem", len(jobs), threads=8)
        return MemoryJobStore.touch_many(self, jobs)


@dataclass(frozen=True, slots=True)
class TimedLists(MemoryQueueLists):
    """The agenda."""

    watch: Stopwatch | None = None

    def ahead(self, queue: Queue, shard: int, *, after: str | None, most: int) -> Sequence[Glimpse]:
        """A query."""
        if self.watch:
            self.watch.take("Query", 1)
        return MemoryQueueLists.ahead(self, queue, shard, after=after, most=most)


@dataclass(slots=True)
class TimedQueues(MemoryQueues):
    """SQS: batches of ten, by 4 threads."""

    watch: Stopwatch | None = None

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Side by side."""
        if self.watch:
            self.watch.take("SendMessageBatch", math.ceil(len(parcels) / 10), threads=4)
        return MemoryQueues.send(self, parcels)


@dataclass(slots=True)
class TimedTimers(MemoryTimers):
    """EventBridge Scheduler: a call for each bucket that this process does not know."""

    watch: Stopwatch | None = None

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """A call."""
        if self.watch and bucket_at not in self.wake_ups:
            self.watch.take("CreateSchedule", 1)
        MemoryTimers.ensure(self, bucket_at, wake_at=wake_at)


@dataclass(slots=True)
class TimedBacklogs(MemoryBacklogs):
    """Where backlogs begin: each page says it again, in case that it is earlier."""

    watch: Stopwatch | None = None

    def hold(self, channel: Channel, held: Backlog) -> None:
        """A put."""
        if self.watch:
            self.watch.take("PutItem", 1)
        MemoryBacklogs.hold(self, channel, held)


class Service(World):
    """The world of the tests, where a stopwatch runs."""

    def __init__(self, costs: Mapping[str, Cost], cores: float) -> None:
        """Begin at eight: no call has been made."""
        clock = MemoryClock(_EIGHT)
        self.stopwatch = Stopwatch(clock, costs, cores)
        super().__init__(
            clock=clock,
            store=TimedStore(watch=self.stopwatch),
            timers=TimedTimers(watch=self.stopwatch),
            backlogs=TimedBacklogs(watch=self.stopwatch),
        )

    @cached_property
    def queues(self) -> TimedQueues:
        """SQS."""
        return TimedQueues(self.clock, watch=self.stopwatch)

    @cached_property
    def queue_lists(self) -> TimedLists:
        """The agenda."""
        return TimedLists(self.store, watch=self.stopwatch)

    def in_sqs(self) -> int:
        """How many messages are in SQS now."""
        return sum(len(waiting) for waiting in self.queues.waiting.values())

    def watched(self, *queues: Queue, until: datetime) -> list[int]:
        """Let 5 workers a queue and the rescue work; answers what was in SQS twice a second."""
        depths: list[int] = []

        async def story() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look(depths, until))
                tasks.create_task(self.live(*queues, until=until))

        self.run(story())
        return depths

    async def _look(self, depths: list[int], until: datetime) -> None:
        while self.clock.now() < until:
            depths.append(self.in_sqs())
            await self.clock.sleep_until(self.clock.now() + _LOOK_EVERY)
