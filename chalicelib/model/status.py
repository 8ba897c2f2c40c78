"""The states of a job, and every move between them.

::

    pending ──claim──> processing ──record──> completed
       ▲                │  │  └─────record──> failed
       └──record/rescue─┘  └─────cancel─────> cancelled
    pending ──cancel──> cancelled            failed, cancelled ──retry──> pending
    pending ──amend───> pending
"""

from enum import StrEnum


class Status(StrEnum):
    """Where a job is; the words are the contract's."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Something will still happen to the job by itself."""
        return self in OPEN


OPEN = frozenset({Status.PENDING, Status.PROCESSING})

#: A sentence for each arrow; what is not here is illegal.
MOVES: dict[tuple[Status, Status], str] = {
    (Status.PENDING, Status.PENDING): "An operator changed when, how or what it sends.",
    (Status.PENDING, Status.PROCESSING): "A worker claimed it for a slot.",
    (Status.PROCESSING, Status.PROCESSING): "It missed its slot and got another.",
    (Status.PROCESSING, Status.COMPLETED): "The backend answered 2xx.",
    (Status.PROCESSING, Status.FAILED): "The backend refused it, or attempts ran out.",
    (Status.PROCESSING, Status.PENDING): "The attempt calls for another, or its worker was lost.",
    (Status.PENDING, Status.CANCELLED): "An operator cancelled it before it started.",
    (Status.PROCESSING, Status.CANCELLED): "An operator cancelled it while it was under way.",
    (Status.FAILED, Status.PENDING): "An operator retries it.",
    (Status.CANCELLED, Status.PENDING): "An operator retries it.",
}


def is_legal(before: Status, after: Status) -> bool:
    """Whether a job may go from one state to the other."""
    return (before, after) in MOVES
