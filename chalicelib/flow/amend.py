"""What operators change about a job that has not started: when, how urgently, and what it sends.

Each is a move: the job's version goes up, and an envelope that is under way is void.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.errors import WrongState
from chalicelib.flow.administer import Administer, Changed
from chalicelib.model.board import Tab, tab_of
from chalicelib.model.job import Job, Payload, Priority
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored


@dataclass(frozen=True, slots=True)
class Amend:
    """The verbs; each raises NotFound, or WrongState with the state that the job is in."""

    administer: Administer

    def promote(self, workspace_id: str, job_id: str) -> Changed:
        """Let a delayed job be due now."""
        return self.reschedule(workspace_id, job_id, due_at=self.administer.clock.now())

    def reschedule(self, workspace_id: str, job_id: str, *, due_at: datetime) -> Changed:
        """Let a delayed job be due at another instant; one in the past is now."""

        def later(job: Job, now: datetime) -> Job:
            if tab_of(job, now) is not Tab.DELAYED:
                raise _wrong(job, "not_delayed", word="delayed")
            return job.amend(at=now, due_at=max(due_at, now))

        return self._amended(workspace_id, job_id, change=later)

    def prioritise(self, workspace_id: str, job_id: str, *, priority: Priority) -> Changed:
        """Let a pending job go before others, or after them."""

        def ranked(job: Job, now: datetime) -> Job:
            return _pending(job).amend(at=now, priority=priority)

        return self._amended(workspace_id, job_id, change=ranked)

    def rewrite(
        self, workspace_id: str, job_id: str, *, payload: Payload, contact_id: str | None
    ) -> Changed:
        """Let a pending job send something else; no callback with the old starts after this."""

        def rewritten(job: Job, now: datetime) -> Job:
            return _pending(job).amend(at=now, contact_id=contact_id)

        return self._amended(workspace_id, job_id, change=rewritten, payload=payload)

    def _amended(
        self,
        workspace_id: str,
        job_id: str,
        *,
        change: Callable[[Job, datetime], Job],
        payload: Payload | None = None,
    ) -> Changed:
        desk = self.administer

        def amended(entry: Stored) -> Changed | None:
            turns = desk.dispatch.plan([change(entry.job, desk.clock.now())])
            (after,) = desk.dispatch.prepared(turns)
            if payload is None:
                changed = Stored(after, entry.payload)
                kept = desk.store.move(entry.job, after)
            else:
                changed = Stored(after, replace(payload, trace=entry.payload.trace))
                kept = desk.store.rewrite(entry.job, changed)
            if not kept:
                return None
            desk.dispatch.hand_over(turns)
            return Changed(entry.job, changed)

        return desk.settled(workspace_id, job_id, act=amended)


def _pending(job: Job) -> Job:
    if job.status is not Status.PENDING:
        raise _wrong(job, "not_pending", word="pending")
    return job


def _wrong(job: Job, code: str, *, word: str) -> WrongState:
    message = f"Job {job.id} is not {word} (current status: {job.status.value})"
    return WrongState(message, code=code, state=job.status.value)
