"""What operators do to one job: retry, cancel, delete; each race has one winner."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from chalicelib.errors import NotFound, RetryableError, WrongState
from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.starts import MISSED_BY, RUN_LENGTH
from chalicelib.model.identity import is_id
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.world import Clock

T = TypeVar("T")

#: Reads and writes of one job that others keep changing, before the caller is told to try again.
TRIES = 8
#: From the end of a slot until a callback that was started in it has surely left: the clocks of
#: two Lambdas differ by milliseconds, and a new connection takes some more.
SETTLING = timedelta(milliseconds=250)
#: No claim is made so far ahead of its slot: a clock that says more is wrong.
LONGEST_WAIT = timedelta(seconds=2)

RETRIABLE = frozenset({Status.FAILED, Status.CANCELLED})
CANCELLABLE = frozenset({Status.PENDING, Status.PROCESSING})
#: While a callback is under way, its start and its outcome must find the history they belong to.
DELETABLE = frozenset(Status) - {Status.PROCESSING}


@dataclass(frozen=True, slots=True)
class Changed:
    """A job after an act, and the state that it was in before."""

    before: Job
    after: Stored


@dataclass(frozen=True, slots=True)
class Administer:
    """The verbs; each raises NotFound, or WrongState with the state that it lost to."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch

    def find(self, workspace_id: str, job_id: str) -> Stored:
        """A job of the workspace; another's is as unknown as one that never was."""
        entry = self.store.get(job_id) if is_id(job_id) else None
        if entry is None or entry.job.workspace_id != workspace_id:
            raise NotFound(f"Job {job_id} was not found.", code="job_not_found")
        return entry

    def retry(self, workspace_id: str, job_id: str) -> Changed:
        """Start a failed or cancelled job over, now."""

        def retried(entry: Stored) -> Changed | None:
            _check(entry.job, RETRIABLE, word="retried")
            turns = self.dispatch.plan([entry.job.retry(at=self.clock.now())])
            (after,) = self.dispatch.prepared(turns)
            if not self.store.move(entry.job, after):
                return None
            self.dispatch.hand_over(turns)
            return Changed(entry.job, Stored(after, entry.payload))

        return self.settled(workspace_id, job_id, act=retried)

    async def cancel(self, workspace_id: str, job_id: str) -> Changed:
        """End a pending or processing job; when this returns, no callback of it starts any more.

        A worker that had claimed the job starts its callback in a slot of the claim's run, at most
        a fraction of a second ahead: that is waited for.
        """

        def cancelled(entry: Stored) -> Changed | None:
            _check(entry.job, CANCELLABLE, word="cancelled")
            after = entry.job.cancel(at=self.clock.now())
            moved = self.store.move(entry.job, after)
            return Changed(entry.job, Stored(after, entry.payload)) if moved else None

        changed = self.settled(workspace_id, job_id, act=cancelled)
        await self._outlast(changed.before)
        return changed

    async def delete(self, workspace_id: str, job_id: str) -> Job:
        """Take a job away, with its payload and its history; answers what it was.

        As final as a cancel, also of a job that was cancelled a moment ago.
        """

        def deleted(entry: Stored) -> Job | None:
            _check(entry.job, DELETABLE, word="deleted")
            return entry.job if self.store.delete(entry.job) else None

        job = self.settled(workspace_id, job_id, act=deleted)
        await self._outlast(job)
        return job

    async def _outlast(self, job: Job) -> None:
        """Wait until the callback of the job's newest claim has started, or never will."""
        if job.started_at is not None:
            last_start_at = job.started_at + RUN_LENGTH + MISSED_BY + SETTLING
            await self.clock.sleep_until(min(last_start_at, self.clock.now() + LONGEST_WAIT))

    def settled(self, workspace_id: str, job_id: str, *, act: Callable[[Stored], T | None]) -> T:
        """What the act answers for the job as it is now; None makes it look again."""
        for _ in range(TRIES):
            answer = act(self.find(workspace_id, job_id))
            if answer is not None:
                return answer
        raise RetryableError(f"job {job_id} keeps changing")


def _check(job: Job, allowed: frozenset[Status], *, word: str) -> None:
    if job.status not in allowed:
        message = f"Job {job.id} cannot be {word} (current status: {job.status.value})"
        raise WrongState(message, code=f"cannot_be_{word}", state=job.status.value)
