"""The audit trail: who did what to what, when, from where, and what came of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Act(StrEnum):
    """What changes something."""

    RETRY = "retry"
    CANCEL = "cancel"
    DELETE = "delete"
    PROCESS_NOW = "process_now"
    RETRY_FAILED = "retry_failed"
    CANCEL_PENDING = "cancel_pending"
    METRICS_RESET = "metrics_reset"
    SETTINGS = "settings"
    PROMOTE = "promote"
    RESCHEDULE = "reschedule"
    PRIORITISE = "prioritise"
    REWRITE = "rewrite"
    ADD = "add"
    RETRY_QUEUE = "retry_queue"
    PROMOTE_QUEUE = "promote_queue"
    CLEAN_QUEUE = "clean_queue"
    EMPTY_QUEUE = "empty_queue"
    PAUSE = "pause"
    RESUME = "resume"


#: The result of an act whose process died before it could say how it ended.
UNFINISHED = "started"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: written before it is done, completed once by `ended`.

    `before` and `after` are states of the job, or what a bulk act was asked and did.
    """

    id: str
    at: datetime
    workspace_id: str
    act: Act
    subject: str
    role: str
    source_ip: str
    request_id: str
    job_id: str | None = None
    before: str | None = None
    after: str | None = None
    #: `done`, or the code of the error that it ended with.
    result: str = UNFINISHED

    def ended(self, result: str, *, before: str | None, after: str | None) -> "AuditEntry":
        """The entry with what came of the act."""
        return replace(self, result=result, before=before, after=after)
