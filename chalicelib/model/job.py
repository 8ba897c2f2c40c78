"""A job: one message to one recipient, due at one instant; and how it moves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, assert_never

from chalicelib.model.agenda import GRACE, PARKED_AT
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import ceil_ms
from chalicelib.model.outcome import Kind, Outcome
from chalicelib.model.priority import Priority
from chalicelib.model.status import Status, is_legal
from chalicelib.model.trace import Trace, trace_of_job

#: Attempts that a job's history keeps; older ones fall off (429s alone can make more).
KEPT_ATTEMPTS = 20

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One callback: recorded when it starts, completed when its answer is known."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    kind: Kind | None = None
    status_code: int | None = None
    error: str | None = None
    answer: str | None = None

    @property
    def duration_ms(self) -> int | None:
        """From start to answer."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at) // timedelta(milliseconds=1)

    def finish(self, outcome: Outcome, *, at: datetime) -> "Attempt":
        """The attempt with what it came to."""
        return replace(
            self,
            finished_at=at,
            kind=outcome.kind,
            status_code=outcome.status_code,
            error=outcome.error,
            answer=outcome.answer or None,
        )


@dataclass(frozen=True, slots=True)
class Payload:
    """What was scheduled: written once, read by the worker.

    `body` is what the backend gets, without `jobId` and `attempt`; `endpoint` the callback path.
    """

    body: Json
    endpoint: str
    #: That of the request; kept here, because the small item is charged at each move.
    trace: Trace | None = None

    def trace_of(self, job_id: str) -> Trace:
        """The trace of the job that has this payload."""
        return self.trace or trace_of_job(job_id)


#: A job's as it is accepted.
FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Job:
    """The state of a job. `version` goes up by one with every move."""

    id: str
    workspace_id: str
    contact_id: str | None
    communication_id: str
    queue: Queue
    priority: Priority
    status: Status
    version: int
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    max_attempts: int
    #: Attempts that count against `max_attempts`.
    attempts: int = 0
    #: Callbacks ever started: the number of the newest attempt.
    starts: int = 0
    started_at: datetime | None = None
    completed_at: datetime | None = None
    #: While processing: when the worker's claim is void.
    lease_until: datetime | None = None
    #: While open: when the job next needs attention.
    attention_at: datetime | None = None
    #: While open: an envelope is on its way; else the job waits for the timer of its minute.
    handed_over: bool = False
    last_error: str | None = None
    history: tuple[Attempt, ...] = ()

    @property
    def channel(self) -> Channel:
        """The channel whose rate the job is under."""
        return self.queue.channel

    @property
    def is_new(self) -> bool:
        """Whether it has never moved since it was accepted."""
        return self.version == FIRST_VERSION

    @property
    def is_parked(self) -> bool:
        """Nobody brings it to a worker before its paused queue is resumed."""
        return self.attention_at is not None and self.attention_at >= PARKED_AT

    def claim(self, *, at: datetime, lease: timedelta) -> "Job":
        """A worker takes the job for one attempt that starts at once."""
        attempt = Attempt(number=self.starts + 1, started_at=at)
        return self._move(
            Status.PROCESSING,
            at=at,
            attempts=self.attempts + 1,
            starts=self.starts + 1,
            started_at=at,
            lease_until=at + lease,
            attention_at=self._attention_under(at + lease),
            history=(*self.history, attempt)[-KEPT_ATTEMPTS:],
        )

    def _attention_under(self, lease_until: datetime) -> datetime | None:
        """As it is: moving in the agenda costs. But soon after the lease, should its worker die.

        An older envelope may bring a job that was parked meanwhile, or held back for later.
        """
        if self.attention_at is None or self.attention_at <= lease_until + GRACE:
            return self.attention_at
        return lease_until

    def postpone(self, *, at: datetime, lease: timedelta) -> "Job":
        """The claimed attempt starts at another slot, because it missed its first one."""
        history = self.starting(at=at).history
        return self._move(
            Status.PROCESSING, at=at, started_at=at, lease_until=at + lease, history=history
        )

    def starting(self, *, at: datetime) -> "Job":
        """The claimed attempt starts in that slot of its worker's, not in its own; not a move."""
        history = (*self.history[:-1], replace(self.history[-1], started_at=at))
        return replace(self, started_at=at, history=history)

    def unclaim(self, *, at: datetime) -> "Job":
        """The claimed attempt never started: as if it had not been claimed."""
        return self._move(
            Status.PENDING,
            at=at,
            attempts=self.attempts - 1,
            starts=self.starts - 1,
            lease_until=None,
            history=self.history[:-1],
        )

    def record(
        self, outcome: Outcome, *, at: datetime, wait: timedelta, is_probe: bool = False
    ) -> "Job":
        """The job after its newest attempt came to `outcome`; `wait` is used where it tries again.

        A rate-limited attempt does not count against `max_attempts`, nor does a probe of a backend
        that is known to be down. One whose outcome is unknown does: it may have reached the
        recipient.
        """
        history = (*self.history[:-1], self.history[-1].finish(outcome, at=at))
        is_spared = outcome.kind is Kind.RATE_LIMITED or (is_probe and outcome.kind is Kind.RETRY)
        counted = self.attempts - is_spared
        after = self._status_after(outcome.kind, counted)
        return self._move(
            after,
            at=at,
            attempts=counted,
            due_at=ceil_ms(at + wait) if after is Status.PENDING else self.due_at,
            completed_at=None if after.is_open else at,
            lease_until=None,
            last_error=outcome.error,
            history=history,
        )

    def _status_after(self, kind: Kind, counted: int) -> Status:
        match kind:
            case Kind.COMPLETED:
                return Status.COMPLETED
            case Kind.FAILED:
                return Status.FAILED
            case Kind.RATE_LIMITED:
                return Status.PENDING
            case Kind.RETRY | Kind.UNKNOWN:
                return Status.PENDING if counted < self.max_attempts else Status.FAILED
            case _:
                assert_never(kind)

    def cancel(self, *, at: datetime) -> "Job":
        """Nothing starts for it any more."""
        return self._move(Status.CANCELLED, at=at, completed_at=at, lease_until=None)

    def retry(self, *, at: datetime) -> "Job":
        """Back to the start: attempts 0, error cleared, due now."""
        if self.status.is_open:
            raise ValueError(f"job {self.id} cannot go from {self.status} to a retry")
        return self._move(
            Status.PENDING, at=at, attempts=0, last_error=None, completed_at=None, due_at=at
        )

    def amend(
        self,
        *,
        at: datetime,
        due_at: datetime | None = None,
        priority: Priority | None = None,
        contact_id: str | None = None,
    ) -> "Job":
        """Still pending, with what an operator changed; its older envelopes are void."""
        return self._move(
            Status.PENDING,
            at=at,
            due_at=self.due_at if due_at is None else ceil_ms(due_at),
            priority=priority or self.priority,
            contact_id=contact_id or self.contact_id,
        )

    def with_attention(self, at: datetime, *, handed_over: bool = False) -> "Job":
        """The same state, to be looked at again at that instant; not a move."""
        return replace(self, attention_at=at, handed_over=handed_over)

    def with_history(self, history: tuple[Attempt, ...]) -> "Job":
        """The same state with a completed history; not a move."""
        return replace(self, history=history)

    def _move(self, after: Status, *, at: datetime, **changes: Any) -> "Job":  # noqa: ANN401
        if not is_legal(self.status, after):
            message = f"job {self.id} cannot go from {self.status} to {after}"
            raise ValueError(message)
        return replace(self, status=after, version=self.version + 1, updated_at=at, **changes)
