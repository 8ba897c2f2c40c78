"""The shapes of answers that have no view of their own: views are typed with them, and described.

pyright holds the views to these shapes, and web/openapi.py describes them: a shape is written once.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.web.job_view import JobAnswer


class FaultAnswer(TypedDict):
    """One thing that is wrong with a request: where (`messages.3.phoneNumber`), and what.

    Some have a stable code for a program, such as `in_the_past`.
    """

    path: str
    message: str
    code: NotRequired[str]


class ErrorAnswer(TypedDict):
    """Every error: a sentence for a person, a stable code for a program; `errors` on 400 only."""

    success: Literal[False]
    message: str
    code: str
    errors: NotRequired[list[FaultAnswer]]


class ScheduledAnswer(TypedDict):
    """A job was accepted: from here on it is durable."""

    success: Literal[True]
    jobId: str
    message: str


class BulkScheduledAnswer(TypedDict):
    """Jobs were accepted; their ids are in the order of the messages."""

    success: Literal[True]
    accepted: int
    jobIds: list[str]


class HealthAnswer(TypedDict):
    """What was checked: `ok` or `failing`, each and together."""

    status: str
    checks: dict[str, str]


class StatsAnswer(TypedDict):
    """Jobs that exist, by state; `oldestPending` is when the first of them is due."""

    total: int
    pending: int
    processing: int
    completed: int
    failed: int
    cancelled: int
    oldestPending: str | None
    avgProcessingTimeSeconds: float


class JobsPageAnswer(TypedDict):
    """One page of jobs; `cursor` asks for the next one, null at the end."""

    jobs: list[JobAnswer]
    cursor: str | None


class ChangedAnswer(TypedDict):
    """A job was changed: as it is now."""

    success: Literal[True]
    message: str
    job: JobAnswer


class DispatchedAnswer(TypedDict):
    """How many due jobs were handed over."""

    success: Literal[True]
    message: str
    dispatched: int


class BulkChangedAnswer(TypedDict):
    """How many jobs matched and were changed; `remaining` ones wait for a call with `cursor`."""

    success: Literal[True]
    matched: int
    changed: int
    remaining: int
    cursor: str | None


class AuditEntryAnswer(TypedDict):
    """Who did what to which job, when, from where, and what came of it."""

    id: str
    at: str
    action: str
    jobId: str | None
    subject: str
    role: str
    sourceIp: str
    requestId: str
    before: str | None
    after: str | None
    result: str


class AuditPageAnswer(TypedDict):
    """One page of the audit trail, newest first."""

    entries: list[AuditEntryAnswer]
    cursor: str | None
