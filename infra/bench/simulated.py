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

from chalicelib.adapters.memory import (
    Inline,
    MemoryChance,
    MemoryJobStore,
    MemoryPace,
    MemoryTimers,
)
from chalicelib.adapters.memory_breakers import MemoryBreakers
from chalicelib.adapters.memory_callbacks import MemoryBackends, MemoryCallbacks
from chalicelib.adapters.memory_canaries import MemoryCanaries
from chalicelib.adapters.memory_clock import MemoryClock
from chalicelib.adapters.memory_meters import MemoryBatchLog
from chalicelib.adapters.memory_queue_lists import MemoryPauses, MemoryQueueLists
from chalicelib.adapters.memory_queues import MemoryInbox, MemoryQueues
from chalicelib.adapters.memory_steering import MemoryBacklogs, MemoryRestraints
from chalicelib.adapters.memory_webhooks import MemorySigner
from chalicelib.flow.attempt import Attempts
from chalicelib.flow.breakers import CircuitBreaker
from chalicelib.flow.deliver import Deliver
from chalicelib.flow.dispatch import Dispatch, Horizons
from chalicelib.flow.feed import Feed
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.held import Held
from chalicelib.flow.intake import Intake
from chalicelib.flow.limits import LimitNotes
from chalicelib.flow.release import Release
from chalicelib.flow.schedule import Schedule
from chalicelib.flow.turns import Turns
from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job
from chalicelib.ports.delivery import Parcel
from chalicelib.ports.jobs import Glimpse

_INVOCATION = timedelta(seconds=30)
_POLL = timedelta(seconds=1)


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


@dataclass
class Service:
    """Ports in memory, and the verbs over them."""

    costs: Mapping[str, Cost]
    cores: float
    clock: MemoryClock = field(
        default_factory=lambda: MemoryClock(datetime(2026, 12, 1, 8, tzinfo=UTC))
    )
    chance: MemoryChance = field(default_factory=MemoryChance)
    pace: MemoryPace = field(default_factory=MemoryPace)
    restraints: MemoryRestraints = field(default_factory=MemoryRestraints)
    pauses: MemoryPauses = field(default_factory=MemoryPauses)
    batch_log: MemoryBatchLog = field(default_factory=MemoryBatchLog)
    horizons: Horizons = field(default_factory=Horizons)

    @cached_property
    def watch(self) -> Stopwatch:
        """What runs while somebody times it."""
        return Stopwatch(self.clock, self.costs, self.cores)

    @cached_property
    def store(self) -> TimedStore:
        """Jobs."""
        return TimedStore(watch=self.watch)

    @cached_property
    def timers(self) -> TimedTimers:
        """EventBridge Scheduler."""
        return TimedTimers(watch=self.watch)

    @cached_property
    def backlogs(self) -> TimedBacklogs:
        """Where jobs are held back."""
        return TimedBacklogs(watch=self.watch)

    @cached_property
    def queues(self) -> TimedQueues:
        """SQS."""
        return TimedQueues(self.clock, watch=self.watch)

    @cached_property
    def callbacks(self) -> MemoryCallbacks:
        """Backends that answer at once."""
        return MemoryCallbacks(self.clock)

    @cached_property
    def dispatch(self) -> Dispatch:
        """From the store to the queues."""
        turns = Turns(
            clock=self.clock, pace=self.pace, backlogs=self.backlogs, restraints=self.restraints
        )
        return Dispatch(
            clock=self.clock,
            turns=turns,
            queues=self.queues,
            timers=self.timers,
            backlogs=self.backlogs,
            horizons=self.horizons,
        )

    @cached_property
    def feed(self) -> Feed:
        """From the backlogs to the queues."""
        held = Held(
            clock=self.clock,
            store=self.store,
            lists=TimedLists(self.store, watch=self.watch),
            restraints=self.restraints,
            pauses=self.pauses,
        )
        return Feed(
            clock=self.clock,
            store=self.store,
            held=held,
            dispatch=self.dispatch,
            backlogs=self.backlogs,
            breaker=CircuitBreaker(self.clock, MemoryBreakers(), MemoryBackends()),
        )

    @cached_property
    def schedule(self) -> Schedule:
        """From a request to the store."""
        return Schedule(
            clock=self.clock,
            chance=self.chance,
            store=self.store,
            dispatch=self.dispatch,
            notes=LimitNotes(self.clock, self.batch_log),
        )

    @cached_property
    def release(self) -> Release:
        """From the agenda to the queues."""
        return Release(clock=self.clock, store=self.store, dispatch=self.dispatch, feed=self.feed)

    @cached_property
    def deliver(self) -> Deliver:
        """From the queues to the backends."""
        offload = Inline()
        give_back = GiveBack(
            clock=self.clock, store=self.store, dispatch=self.dispatch, offload=offload
        )
        attempts = Attempts(
            clock=self.clock,
            chance=self.chance,
            store=self.store,
            dispatch=self.dispatch,
            callbacks=self.callbacks,
            backends=MemoryBackends(),
            signer=MemorySigner(),
            offload=offload,
            restraints=self.restraints,
        )
        return Deliver(
            clock=self.clock,
            intake=Intake(
                clock=self.clock,
                store=self.store,
                give_back=give_back,
                canaries=MemoryCanaries(),
                offload=offload,
            ),
            pace=self.pace,
            pauses=self.pauses,
            restraints=self.restraints,
            give_back=give_back,
            attempts=attempts,
            feed=self.feed,
            batch_log=self.batch_log,
            offload=offload,
        )

    def in_sqs(self) -> int:
        """How many messages are in SQS now."""
        return sum(len(waiting) for waiting in self.queues.waiting.values())

    def live(self, until: datetime, queues: Sequence[Queue]) -> list[int]:
        """Let 5 workers a queue and the rescue work; answers what was in SQS twice a second."""
        depths: list[int] = []

        async def story() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look(depths, until))
                tasks.create_task(self._rescue(until))
                for queue in [*queues] * 5:
                    tasks.create_task(self._work(queue, until))

        self.clock.run(story())
        return depths

    async def _work(self, queue: Queue, until: datetime) -> None:
        while self.clock.now() < until:
            if envelopes := self.queues.receive(queue, 50):
                await self.deliver(
                    queue.channel,
                    envelopes,
                    until=self.clock.now() + _INVOCATION,
                    inbox=MemoryInbox(self.queues, queue),
                )
            else:
                await self.clock.sleep_until(self.clock.now() + _POLL)

    async def _rescue(self, until: datetime) -> None:
        while self.clock.now() < until:
            self.release.rescue()
            await self.clock.sleep_until(self.clock.now() + timedelta(minutes=1))

    async def _look(self, depths: list[int], until: datetime) -> None:
        while self.clock.now() < until:
            depths.append(self.in_sqs())
            await self.clock.sleep_until(self.clock.now() + timedelta(seconds=0.5))
