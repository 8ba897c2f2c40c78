"""The tabs under which operators see a queue's jobs, whatever workspace they are of."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol, assert_never

from chalicelib.model.job import Priority
from chalicelib.model.status import Status

#: Jobs of one tab that pages reach; behind them, the lists of the workspaces go on.
REACH = 1_000


class Tab(StrEnum):
    """The states that Bull Board has a tab for; `latest` is a view over all of them."""

    LATEST = "latest"
    ACTIVE = "active"
    WAITING = "waiting"
    PRIORITIZED = "prioritized"
    COMPLETED = "completed"
    FAILED = "failed"
    DELAYED = "delayed"


#: The tabs of jobs that have ended, and of what status.
ENDED = {Tab.COMPLETED: Status.COMPLETED, Tab.FAILED: Status.FAILED}
#: The tabs of jobs that have not.
OPEN = (Tab.ACTIVE, Tab.WAITING, Tab.PRIORITIZED, Tab.DELAYED)
#: Those of pending jobs.
PENDING = (Tab.WAITING, Tab.PRIORITIZED, Tab.DELAYED)


class Placed(Protocol):
    """A job, or a glimpse of one."""

    @property
    def status(self) -> Status: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def priority(self) -> Priority: ...


def tab_of(job: Placed, now: datetime) -> Tab | None:
    """Where a job stands at that instant; None for a cancelled one: the board has no such tab."""
    match job.status:
        case Status.PROCESSING:
            return Tab.ACTIVE
        case Status.COMPLETED:
            return Tab.COMPLETED
        case Status.FAILED:
            return Tab.FAILED
        case Status.CANCELLED:
            return None
        case Status.PENDING:
            if job.due_at > now:
                return Tab.DELAYED
            return Tab.WAITING if job.priority is Priority.NORMAL else Tab.PRIORITIZED
        case _:
            assert_never(job.status)
