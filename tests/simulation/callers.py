"""Those who ask for something: applications that schedule, operators that steer."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.errors import CallerError, ServiceError
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.idempotency import KeyedRequest
from chalicelib.model.instant import ceil_ms
from chalicelib.model.listing import Filter, Query
from chalicelib.model.priority import Priority
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_payload
from tests.rig.world import SECOND
from tests.simulation.fates import Died, Fates
from tests.simulation.infrastructure import Infrastructure
from tests.simulation.ports import driven
from tests.simulation.process import Process

WORKSPACES = ("w1", "w2", "w3")
CHANNELS = (Channel.SMS, Channel.SMS, Channel.EMAIL)
QUEUES = (Queue.SEND_SMS, Queue.SCHEDULED_SMS, Queue.SEND_EMAIL, Queue.SCHEDULED_EMAIL)
#: Of an act upon many.
ANYBODY = "*"
TRIES = 5
RUSH_AT = NOON + 60 * SECOND


@dataclass(slots=True)
class Act:
    """Something that an operator did to a job: from when, and until when, where it succeeded."""

    kind: str
    job_id: str
    began_at: datetime
    done_at: datetime | None = None


@dataclass(slots=True)
class Diary:
    """What callers know: whom they were promised something, and what they did."""

    accepted: set[str] = field(default_factory=set[str])
    #: By Idempotency-Key: how many messages, and the ids of every answer.
    keyed: dict[str, tuple[int, list[list[str]]]] = field(
        default_factory=dict[str, tuple[int, list[list[str]]]]
    )
    acts: list[Act] = field(default_factory=list[Act])
    #: What went wrong that is nobody's fate.
    surprises: list[BaseException] = field(default_factory=list[BaseException])


@dataclass(slots=True)
class Callers:
    """All of them; each call is a process of its own."""

    fates: Fates
    diary: Diary
    shared: Infrastructure
    #: Much is due at the same instant.
    is_rush: bool
    #: Runs a blocking call in a new process.
    run: "Callable[[Callable[[Process], Any]], Coroutine[Any, Any, Any]]"

    async def act(self) -> None:
        """Do something, by chance."""
        random = self.fates.random
        acts = {
            self.schedule: 8,
            self.schedule_once: 2,
            self.cancel: 3,
            self.retry: 2,
            self.delete: 2,
            self.promote: 1,
            self.process_now: 1,
            self.pause: 1,
            self.resume: 1,
            self.cancel_pending: 0.3,
            self.retry_failed: 0.5,
        }
        (chosen,) = random.choices(list(acts), list(acts.values()))
        with suppress(ServiceError, CallerError, Died):  # then no promise was made
            await chosen()

    def drafts(self) -> list[Draft]:
        """One message, or a broadcast; now, soon, or by a timer."""
        random = self.fates.random
        workspace_id, channel = random.choice(WORKSPACES), random.choice(CHANNELS)
        count = random.choice([1, 1, 1, 2, 5, 12, 40])
        due_at = self.shared.clock.now() + random.choice([0, 0, 0, 3, 20, 90, 130, 240]) * SECOND
        if self.is_rush:
            channel, count, due_at = Channel.SMS, 60, max(due_at, RUSH_AT)
        spread = random.choice([0, 0, 1])
        return [
            Draft(
                channel,
                workspace_id,
                a_payload(),
                priority=random.choice(list(Priority)) if spread else Priority.NORMAL,
                max_attempts=random.choice([1, 3, 3, 5]),
                due_at=ceil_ms(due_at + spread * n * SECOND / 3),
            )
            for n in range(count)
        ]

    async def schedule(self) -> None:
        """Once; a caller who hears nothing does not know."""
        drafts = self.drafts()
        jobs = await self.run(lambda process: process.schedule(drafts))
        self.diary.accepted |= {job.id for job in jobs}

    async def schedule_once(self) -> None:
        """With a key, again and again until it is answered, and once more."""
        drafts, at = self.drafts(), ceil_ms(self.shared.clock.now())
        key = f"key-{len(self.diary.keyed)}"
        request = KeyedRequest(drafts[0].workspace_id, "bulk", key, "same", len(drafts))
        answers: list[list[str]] = []
        self.diary.keyed[key] = (len(drafts), answers)
        for _ in range(TRIES):
            try:
                receipt = await self.run(
                    lambda process: process.schedule_once(request, lambda _: drafts, at=at)
                )
            except (ServiceError, CallerError, Died):
                await self.wait(15 * SECOND)
                continue
            answers.append(list(receipt.job_ids))
            self.diary.accepted |= set(receipt.job_ids)

    async def cancel(self) -> None:
        """One job."""
        await self._steer("cancel", lambda p, w, j: driven(p.administer.cancel(w, j)))

    async def delete(self) -> None:
        """One job."""
        await self._steer("delete", lambda p, w, j: driven(p.administer.delete(w, j)))

    async def retry(self) -> None:
        """One job."""
        await self._steer("retry", lambda p, w, j: p.administer.retry(w, j))

    async def promote(self) -> None:
        """Some jobs."""

        def promote(process: Process) -> None:
            ids = self.fates.random.choices(list(self.shared.entries) or [""], k=3)
            jobs = process.store.get_jobs(ids).values()
            process.many.promote([job for job in jobs if job.status is Status.PENDING])

        await self.run(promote)

    async def process_now(self) -> None:
        """A workspace."""
        await self.run(lambda process: process.process_now(self.fates.random.choice(WORKSPACES)))

    async def pause(self) -> None:
        """A queue."""
        await self.run(lambda p: p.pause_queues.pause(self.fates.random.choice(QUEUES)))

    async def resume(self) -> None:
        """All queues."""
        for queue in QUEUES:
            await self.run(lambda process, q=queue: process.pause_queues.resume(q))

    async def cancel_pending(self) -> None:
        """Of a workspace."""
        await self._many("cancel", Status.PENDING, lambda p, q: p.bulk.cancel(q, cursor=None))

    async def retry_failed(self) -> None:
        """Of a workspace."""
        await self._many("retry", Status.FAILED, lambda p, q: p.bulk.retry(q, cursor=None))

    async def wait(self, longest: timedelta) -> None:
        """Some time."""
        clock = self.shared.clock
        await clock.sleep_until(clock.now() + self.fates.up_to(longest))

    async def _steer(self, kind: str, verb: Callable[[Process, str, str], object]) -> None:
        ids = list(self.shared.entries)
        if not ids:
            return
        job_id = self.fates.random.choice(ids)
        workspace_id = self.shared.entries[job_id].job.workspace_id
        await self._noted(kind, job_id, lambda process: verb(process, workspace_id, job_id))

    async def _many(
        self, kind: str, status: Status, verb: Callable[[Process, Query], object]
    ) -> None:
        query = Query(self.fates.random.choice(WORKSPACES), (status,), Filter())
        await self._noted(kind, ANYBODY, lambda process: verb(process, query))

    async def _noted(self, kind: str, job_id: str, call: Callable[[Process], object]) -> None:
        act = Act(kind, job_id, self.shared.clock.now())
        self.diary.acts.append(act)
        await self.run(call)
        act.done_at = self.shared.clock.now()
