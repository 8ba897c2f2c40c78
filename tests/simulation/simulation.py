"""One run: callers, workers, timers and the rescue side by side, then quiet until all is done."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from chalicelib.errors import CallerError, ServiceError
from chalicelib.model.channel import Queue
from tests.rig.builders import NOON
from tests.rig.world import INVOCATION, POLL, SECOND
from tests.simulation.callers import QUEUES, Callers, Diary
from tests.simulation.fates import Died, Fates
from tests.simulation.infrastructure import Infrastructure
from tests.simulation.process import Process
from tests.simulation.sqs import Message

#: How long callers ask for things and everything goes wrong.
TROUBLE = 150 * SECOND
#: Within which all that is due must be done once nothing goes wrong any more: the longest wait
#: that a backend may ask for, and some rescues.
QUIET = timedelta(hours=1, minutes=20)
WORKERS = 5
MINUTE = timedelta(minutes=1)
#: Of API Gateway, and of the functions that need no worker's time.
PATIENCE = 29 * SECOND
RESCUE_SKIPPED = 0.1
#: One world in so many has a rush.
RUSHES = 10
ANSWER_LOST = 0.01


@dataclass
class Simulation:
    """By its seed; `run` it, then look at what it left."""

    seed: int
    shared: Infrastructure = field(init=False)
    diary: Diary = field(default_factory=Diary)
    is_drained: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        """Every third run has true clocks: its rate is judged without allowance."""
        random = Random(self.seed)
        fates = Fates(random, random.choice([0.0, 0.5, 1, 1, 2, 4]), has_skew=self.seed % 3 != 0)
        self.shared = Infrastructure(self.seed, fates)

    @property
    def fates(self) -> Fates:
        """The dice."""
        return self.shared.fates

    def run(self) -> "Simulation":
        """From noon until all is done."""
        self.shared.clock.run(self._story())
        return self

    async def _story(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # those who died
        life = [asyncio.create_task(self._mapping(queue)) for queue in QUEUES]
        life += [asyncio.create_task(self._timers()), asyncio.create_task(self._rescues())]
        await self._trouble()
        self.fates.is_quiet = True
        self.shared.pauses.since.clear()
        for queue in QUEUES:
            await self._call(lambda process, q=queue: process.pause_queues.resume(q))
        await self._drained()
        for task in life:
            task.cancel()

    async def _trouble(self) -> None:
        is_rush = self.seed % RUSHES == 0
        callers = Callers(self.fates, self.diary, self.shared, is_rush, self._call)
        calls = 10 if is_rush else self.fates.random.choice([3, 8, 15, 30])
        tasks = [asyncio.create_task(self._later(callers)) for _ in range(calls)]
        await asyncio.wait(tasks)
        self._look_at(tasks)

    async def _later(self, callers: Callers) -> None:
        await callers.wait(TROUBLE)
        await callers.act()

    async def _drained(self) -> None:
        """Until no job is open, and nobody works any more."""
        clock = self.shared.clock
        ends_at = clock.now() + QUIET
        while clock.now() < ends_at and self._open():
            await clock.sleep_until(clock.now() + 5 * SECOND)
        self.is_drained = not self._open()
        await clock.sleep_until(clock.now() + INVOCATION)

    def _open(self) -> list[str]:
        return [k for k, entry in self.shared.entries.items() if entry.job.status.is_open]

    async def _call(self, call: Callable[[Process], Any]) -> Any:
        """A blocking call in a process of its own; Died where that has died."""
        process = Process(self.shared)
        return await self._finish(process, process.offload(call, process), within=PATIENCE)

    async def _finish(self, process: Process, story: Any, *, within: timedelta) -> Any:
        task = process.life.root = asyncio.create_task(story)
        done, _ = await asyncio.wait({task}, timeout=within.total_seconds())
        if not done:
            process.life.is_over = True
            task.cancel()
            raise Died
        if task.cancelled():
            raise Died
        if (error := task.exception()) is not None:
            raise error
        return task.result()

    async def _mapping(self, queue: Queue) -> None:
        """Keeps up to five workers of a queue busy."""
        clock, running = self.shared.clock, set[asyncio.Task[None]]()
        batch = self.fates.random.choice([1, 10, 10, 50])
        while True:
            messages = self.shared.sqs.receive(queue, batch) if len(running) < WORKERS else []
            if not messages:
                await clock.sleep_until(clock.now() + POLL)
                continue
            task = asyncio.create_task(self._invoke(queue, messages))
            running.add(task)
            task.add_done_callback(running.discard)
            task.add_done_callback(lambda done: self._look_at([done]))

    async def _invoke(self, queue: Queue, messages: list[Message]) -> None:
        process = Process(self.shared)
        envelopes = [each.envelope for each in messages]
        until = process.clock.now() + INVOCATION
        inbox = process.inbox(queue)
        story = process.deliver(queue.channel, envelopes, until=until, inbox=inbox)  # type: ignore[arg-type]
        try:
            outcome = await self._finish(process, story, within=INVOCATION)
        except (Died, ServiceError):
            return
        if not self.fates.strikes("answer lost", ANSWER_LOST):
            served = [m for m in messages if m.envelope.job_id not in outcome.unserved]
            self.shared.sqs.delete(queue, served)

    async def _timers(self) -> None:
        clock = self.shared.clock
        while True:
            for bucket_at in self.shared.timers.due():
                await self._undisturbed(lambda process, at=bucket_at: process.release.release(at))
            await clock.sleep_until(clock.now() + SECOND)

    async def _rescues(self) -> None:
        clock = self.shared.clock
        await clock.sleep_until(NOON + self.fates.up_to(MINUTE))
        while True:
            if not self.fates.strikes("rescue skipped", RESCUE_SKIPPED):
                await self._undisturbed(lambda process: process.release.rescue())
                await self._undisturbed(lambda process: process.pause_queues.rescue())
            await clock.sleep_until(clock.now() + MINUTE)

    async def _undisturbed(self, call: Callable[[Process], Any]) -> None:
        """Whoever dies there is followed by the next one."""
        try:
            await self._call(call)
        except (Died, ServiceError, CallerError):
            pass
        except Exception as error:  # noqa: BLE001 - to be told
            self.diary.surprises.append(error)

    def _look_at(self, tasks: list[Any]) -> None:
        """Keep what nobody expected."""
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                self.diary.surprises.append(error)


def at_s(at: datetime) -> float:
    """Seconds after noon, for people."""
    return round((at - NOON).total_seconds(), 3)
