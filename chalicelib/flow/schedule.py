"""Accepts messages: makes jobs of them, stores them, and hands them over."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.flow import labels
from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.limits import LimitNotes
from chalicelib.flow.turns import Turn
from chalicelib.model.channel import Channel, Queue, queue_for
from chalicelib.model.instant import ceil_ms
from chalicelib.model.job import FIRST_VERSION, Job, Payload, Priority
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.world import Chance, Clock

_log = logging.getLogger(__name__)

#: Jobs that are stored and handed over at a time: the first callbacks of a broadcast start
#: while the rest of it is still being written.
CHUNK = 250


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid message that somebody wants sent; `due_at` None means now."""

    channel: Channel
    workspace_id: str
    payload: Payload
    contact_id: str | None = None
    communication_id: str | None = None
    priority: Priority = Priority.NORMAL
    max_attempts: int = 3
    due_at: datetime | None = None
    #: One of the channel's queues; None: by whether it is due now or later.
    queue: Queue | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The verb behind every scheduling route."""

    clock: Clock
    chance: Chance
    store: JobStore
    dispatch: Dispatch
    notes: LimitNotes
    chunk: int = field(default=CHUNK)

    def __call__(self, drafts: Sequence[Draft]) -> list[Job]:
        """The jobs, durable, in the order of the drafts.

        RetryableError where the store does not answer: what was stored until then stays so.
        """
        now = self.clock.now()
        jobs = [job_of(draft, job_id=self.chance.new_id(at=now), now=now) for draft in drafts]
        payloads = {job.id: draft.payload for job, draft in zip(jobs, drafts, strict=True)}
        turns = self.dispatch.plan(jobs)
        for i in range(0, len(turns), self.chunk):
            self._accept(turns[i : i + self.chunk], payloads)
        self.notes(turns)
        return jobs

    def _accept(self, turns: list[Turn], payloads: dict[str, Payload]) -> None:
        prepared = self.dispatch.prepared(turns)
        self.store.add([Stored(job, payloads[job.id]) for job in prepared])
        _log.info("accepted", extra=labels.of_jobs(prepared))
        self.dispatch.hand_over(turns)


def job_of(draft: Draft, *, job_id: str, now: datetime) -> Job:
    """The job of a draft that was accepted at `now`."""
    due_at = now if draft.due_at is None else ceil_ms(draft.due_at)
    return Job(
        id=job_id,
        workspace_id=draft.workspace_id,
        contact_id=draft.contact_id,
        communication_id=draft.communication_id or job_id,
        queue=draft.queue or queue_for(draft.channel, scheduled=due_at > now),
        priority=draft.priority,
        status=Status.PENDING,
        version=FIRST_VERSION,
        due_at=due_at,
        created_at=now,
        updated_at=now,
        max_attempts=draft.max_attempts,
    )
