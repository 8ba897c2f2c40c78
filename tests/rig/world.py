"""The whole queue over the world in memory: what `wiring` puts together for the real one."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from chalicelib.flow.attempt import Attempts
from chalicelib.flow.breakers import CircuitBreaker
from chalicelib.flow.canaries import WatchQueues
from chalicelib.flow.deliver import Deliver
from chalicelib.flow.dispatch import Dispatch, Horizons
from chalicelib.flow.feed import Feed
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.held import Held
from chalicelib.flow.intake import Intake
from chalicelib.flow.limits import LimitNotes
from chalicelib.flow.pause import PauseQueues
from chalicelib.flow.release import Release
from chalicelib.flow.schedule import Schedule
from chalicelib.flow.schedule_once import ScheduleOnce
from chalicelib.flow.turns import Turns
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.job import Job
from chalicelib.ports.jobs import QueueLists
from chalicelib.ports.world import Offload
from tests.rig.builders import NOON, an_envelope, stored
from tests.rig.memory.breakers import MemoryBreakers
from tests.rig.memory.callbacks import MemoryBackends, MemoryCallbacks
from tests.rig.memory.canaries import MemoryCanaries
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.idempotency import MemoryIdempotencyRecords
from tests.rig.memory.jobs import (
    Inline,
    MemoryChance,
    MemoryJobStore,
    MemoryPace,
    MemoryTimers,
)
from tests.rig.memory.meters import MemoryBatchLog
from tests.rig.memory.queue_lists import MemoryPauses, MemoryQueueLists
from tests.rig.memory.queues import MemoryInbox, MemoryQueues
from tests.rig.memory.steering import MemoryBacklogs, MemoryRestraints
from tests.rig.memory.webhooks import MemorySigner

T = TypeVar("T")

SECOND = timedelta(seconds=1)
#: How long Lambda lets a worker run.
INVOCATION = timedelta(seconds=30)
#: How often the mapping of a queue that was empty looks again.
POLL = timedelta(seconds=1)


@dataclass
class World:
    """Ports in memory, all at noon, and the verbs over them."""

    clock: MemoryClock = field(default_factory=lambda: MemoryClock(NOON))
    chance: MemoryChance = field(default_factory=MemoryChance)
    store: MemoryJobStore = field(default_factory=MemoryJobStore)
    pace: MemoryPace = field(default_factory=MemoryPace)
    timers: MemoryTimers = field(default_factory=MemoryTimers)
    breakers: MemoryBreakers = field(default_factory=MemoryBreakers)
    backlogs: MemoryBacklogs = field(default_factory=MemoryBacklogs)
    restraints: MemoryRestraints = field(default_factory=MemoryRestraints)
    pauses: MemoryPauses = field(default_factory=MemoryPauses)
    records: MemoryIdempotencyRecords = field(default_factory=MemoryIdempotencyRecords)
    canaries: MemoryCanaries = field(default_factory=MemoryCanaries)
    batch_log: MemoryBatchLog = field(default_factory=MemoryBatchLog)
    offload: Offload = field(default_factory=Inline)
    horizons: Horizons = field(default_factory=Horizons)

    @cached_property
    def queues(self) -> MemoryQueues:
        return MemoryQueues(self.clock)

    @cached_property
    def callbacks(self) -> MemoryCallbacks:
        return MemoryCallbacks(self.clock)

    @cached_property
    def dispatch(self) -> Dispatch:
        return Dispatch(
            clock=self.clock,
            turns=self.turns,
            queues=self.queues,
            timers=self.timers,
            backlogs=self.backlogs,
            horizons=self.horizons,
        )

    @cached_property
    def turns(self) -> Turns:
        return Turns(
            clock=self.clock, pace=self.pace, backlogs=self.backlogs, restraints=self.restraints
        )

    @cached_property
    def queue_lists(self) -> QueueLists:
        return MemoryQueueLists(self.store)

    @cached_property
    def feed(self) -> Feed:
        held = Held(
            clock=self.clock,
            store=self.store,
            lists=self.queue_lists,
            restraints=self.restraints,
            pauses=self.pauses,
        )
        return Feed(
            clock=self.clock,
            store=self.store,
            held=held,
            dispatch=self.dispatch,
            backlogs=self.backlogs,
            breaker=self.circuit_breaker,
        )

    @cached_property
    def circuit_breaker(self) -> CircuitBreaker:
        return CircuitBreaker(self.clock, self.breakers, MemoryBackends())

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(
            clock=self.clock,
            chance=self.chance,
            store=self.store,
            dispatch=self.dispatch,
            notes=LimitNotes(self.clock, self.batch_log),
        )

    @cached_property
    def schedule_once(self) -> ScheduleOnce:
        return ScheduleOnce(
            clock=self.clock,
            notes=LimitNotes(self.clock, self.batch_log),
            chance=self.chance,
            store=self.store,
            dispatch=self.dispatch,
            records=self.records,
        )

    @cached_property
    def release(self) -> Release:
        return Release(clock=self.clock, store=self.store, dispatch=self.dispatch, feed=self.feed)

    @cached_property
    def watch_queues(self) -> WatchQueues:
        return WatchQueues(self.clock, self.canaries, self.queues)

    @cached_property
    def pause_queues(self) -> PauseQueues:
        return PauseQueues(
            clock=self.clock,
            store=self.store,
            dispatch=self.dispatch,
            pauses=self.pauses,
            feed=self.feed,
        )

    @cached_property
    def give_back(self) -> GiveBack:
        return GiveBack(
            clock=self.clock, store=self.store, dispatch=self.dispatch, offload=self.offload
        )

    @cached_property
    def attempts(self) -> Attempts:
        return Attempts(
            clock=self.clock,
            chance=self.chance,
            store=self.store,
            dispatch=self.dispatch,
            callbacks=self.callbacks,
            backends=MemoryBackends(),
            signer=MemorySigner(("newest", "older")),
            offload=self.offload,
            restraints=self.restraints,
        )

    @cached_property
    def deliver(self) -> Deliver:
        intake = Intake(
            clock=self.clock,
            store=self.store,
            give_back=self.give_back,
            canaries=self.canaries,
            offload=self.offload,
        )
        return Deliver(
            clock=self.clock,
            intake=intake,
            pace=self.pace,
            pauses=self.pauses,
            restraints=self.restraints,
            give_back=self.give_back,
            attempts=self.attempts,
            feed=self.feed,
            batch_log=self.batch_log,
            offload=self.offload,
        )

    def run(self, story: Coroutine[Any, Any, T]) -> T:
        """What the story returns; time passes as it says."""
        return self.clock.run(story)

    def add(self, *jobs: Job) -> list[Envelope]:
        """Store jobs; answers their envelopes."""
        self.store.add([stored(job) for job in jobs])
        return [an_envelope(job) for job in jobs]

    def now(self, job: Job) -> Job:
        """The job as it is now."""
        return self.store.entries[job.id].job

    def serve(
        self,
        envelopes: Sequence[Envelope],
        channel: Channel = Channel.SMS,
        *,
        within: timedelta = INVOCATION,
        inbox: MemoryInbox | None = None,
    ) -> set[str]:
        """One invocation of a worker; answers what SQS should deliver again."""
        until = self.clock.now() + within
        return self.run(self.deliver(channel, envelopes, until=until, inbox=inbox)).unserved

    async def work(self, queue: Queue, *, until: datetime, batch: int = 50) -> None:
        """One of the workers that the mapping of a queue keeps busy."""
        while self.clock.now() < until:
            envelopes = self.queues.receive(queue, batch)
            if not envelopes:
                await self.clock.sleep_until(self.clock.now() + POLL)
                continue
            ends_at = self.clock.now() + INVOCATION
            inbox = MemoryInbox(self.queues, queue)
            await self.deliver(queue.channel, envelopes, until=ends_at, inbox=inbox)

    async def watch(self, *, until: datetime) -> None:
        """The rescue, once a minute."""
        while self.clock.now() < until:
            self.release.rescue()
            self.pause_queues.rescue()
            await self.clock.sleep_until(self.clock.now() + 60 * SECOND)

    async def live(self, *queues: Queue, until: datetime, workers: int = 5) -> None:
        """The workers of the queues and the rescue, side by side."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.watch(until=until))
            for queue in queues * workers:
                tasks.create_task(self.work(queue, until=until))

    @property
    def starts(self) -> list[datetime]:
        """When callbacks started, the first one first."""
        return [at for at, _ in self.callbacks.calls]

    @property
    def called(self) -> list[str]:
        """The jobs that were called back, in the order of their starts."""
        return [json.loads(call.body)["jobId"] for _, call in self.callbacks.calls]

    @property
    def coming(self) -> set[str]:
        """The jobs that are in a queue, and those that are held back and will be fed."""
        sent = {each.job_id for queue in Queue for _, each in self.waiting(queue)}
        jobs = [entry.job for entry in self.store.entries.values()]
        return sent | {
            job.id
            for job in jobs
            if not job.handed_over and self.backlogs.backlogs[job.channel].get(job.priority)
        }

    def waiting(self, queue: Queue = Queue.SEND_SMS) -> list[tuple[timedelta, Envelope]]:
        """What is in a queue of jobs, each with the time until it is visible."""
        now = self.clock.now()
        jobs = [each for each in self.queues.waiting[queue] if each[1].version]  # no wake-up calls
        return [(visible_at - now, envelope) for visible_at, envelope in jobs]
