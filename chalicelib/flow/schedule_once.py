"""Accepts the messages of a request with an `Idempotency-Key`: once, however often it comes.

The record comes first and the jobs come from it (docs/decisions/0011-idempotency.md): what a call
that died has left undone, the next one does.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from chalicelib.errors import Conflict
from chalicelib.flow import labels
from chalicelib.flow.dispatch import Dispatch, Turn
from chalicelib.flow.hold import Hold
from chalicelib.flow.limits import LimitNotes
from chalicelib.flow.schedule import CHUNK, Draft, job_of
from chalicelib.model.idempotency import LEASE, KeyedRequest, Record
from chalicelib.model.job import Job
from chalicelib.ports.idempotency import IdempotencyRecords
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.world import Chance, Clock

_log = logging.getLogger(__name__)

#: The request's messages as they are drafted at an instant: the one from which delays count.
DraftsAt: TypeAlias = Callable[[datetime], Sequence[Draft]]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was accepted: by this call, or, in a replay, by one before it."""

    job_ids: Sequence[str]
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class ScheduleOnce:
    """The verb behind every scheduling route, for requests with a key."""

    clock: Clock
    chance: Chance
    store: JobStore
    dispatch: Dispatch
    notes: LimitNotes
    records: IdempotencyRecords
    chunk: int = field(default=CHUNK)

    def __call__(self, request: KeyedRequest, drafts_at: DraftsAt, *, at: datetime) -> Receipt:
        """The jobs of the first request with this key, durable; `at` is in whole milliseconds.

        Conflict where that was another request, InProgress where a call is working on it.
        RetryableError where AWS does not answer: the next call goes on from there.
        """
        own = Record(
            request=request,
            accepted_at=at,
            seed=self.chance.seed(),
            holder=self.chance.seed(),
            lease_until=at + LEASE,
        )
        record = self.records.begin(own)
        if record.request.fingerprint != request.fingerprint:
            message = "This Idempotency-Key came with another body before; use a new one."
            raise Conflict(message, code="idempotency_conflict")
        if record.is_done:
            return Receipt(record.job_ids(), is_replay=True)
        hold = Hold(self.clock, self.records, record)
        if record != own:
            hold.take_over(own.holder)
        with hold.or_release():
            self._schedule(hold, drafts_at(record.accepted_at))
        return Receipt(record.job_ids())

    def first_came_at(
        self, workspace_id: str, *, route: str, key: str, at: datetime
    ) -> datetime | None:
        """When the request that the key stands for was accepted; None where it stands for none."""
        record = self.records.find(workspace_id, route=route, key=key, at=at)
        return None if record is None else record.accepted_at

    def _schedule(self, hold: Hold, drafts: Sequence[Draft]) -> None:
        record = hold.record
        jobs = [
            job_of(draft, job_id=job_id, now=record.accepted_at)
            for draft, job_id in zip(drafts, record.job_ids(), strict=True)
        ]
        self._mend(jobs[record.added : record.prepared])
        entries = [Stored(job, draft.payload) for job, draft in zip(jobs, drafts, strict=True)]
        self._go_on(hold, entries[record.prepared :])
        hold.keep(hold.record.done())

    def _mend(self, jobs: Sequence[Job]) -> None:
        """Complete the chunk in which an earlier call ended: add what it had not added yet.

        A job that is there keeps its state, and one that was deleted meanwhile stays so.
        """
        if not jobs:
            return
        half_added = self.store.half_added([job.id for job in jobs])
        turns = self.dispatch.plan([job for job in jobs if job.id in half_added])
        self.store.add_jobs(self.dispatch.prepared(turns))
        there = self.store.get_jobs([job.id for job in jobs]).values()
        self.dispatch.hand_over([Turn.given(job) for job in there if _is_untouched(job)])

    def _go_on(self, hold: Hold, entries: Sequence[Stored]) -> None:
        """Chunk by chunk: payloads, a note that they are there, jobs, hand-over."""
        turns = self.dispatch.plan([entry.job for entry in entries])
        for i in range(0, len(entries), self.chunk):
            some, chunk = entries[i : i + self.chunk], turns[i : i + self.chunk]
            self.store.add_payloads(some)
            hold.keep(hold.record.preparing(hold.record.prepared + len(some)))
            self.store.add_jobs(prepared := self.dispatch.prepared(chunk))
            _log.info("accepted", extra=labels.of_jobs(prepared))
            self.dispatch.hand_over(chunk)
        self.notes(turns)


def _is_untouched(job: Job) -> bool:
    """Nobody has moved it since it was added: its envelope may be missing."""
    return job.version == 1 and not job.is_parked
