"""Lists of jobs: what is asked for, and where a walk through a list stands."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import assert_never

from chalicelib.model.channel import Channel
from chalicelib.model.cursor import is_place, place, seal, unseal
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job, Priority
from chalicelib.model.status import Status


@dataclass(frozen=True, slots=True)
class Filter:
    """Which jobs of a list are wanted; None is any.

    `since` (inclusive) and `until` (exclusive) are about the instant that the list is ordered by:
    due where pending, started where processing, else ended. `error` is a part of the last error.
    """

    channel: Channel | None = None
    priority: Priority | None = None
    error: str | None = None
    contact_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is asked for: every job matches."""
        return self == Filter()

    @property
    def sifts(self) -> bool:
        """Rows have to be looked at one by one: they may match or not."""
        return (self.channel, self.priority, self.error, self.contact_id) != (None,) * 4

    def matches(self, job: Job) -> bool:
        """Whether a job is wanted."""
        at = listed_at(job)
        return (
            self.channel in {None, job.channel}
            and self.priority in {None, job.priority}
            and self.contact_id in {None, job.contact_id}
            and (self.error is None or self.error in (job.last_error or ""))
            and (self.since is None or to_iso(at) >= to_iso(self.since))
            and (self.until is None or to_iso(at) < to_iso(self.until))
        )


@dataclass(frozen=True, slots=True)
class Query:
    """A list of a workspace: the statuses one after the other, each in its order."""

    workspace_id: str
    statuses: tuple[Status, ...]
    filter: Filter = Filter()
    newest_first: bool = True

    @property
    def binding(self) -> str:
        """What a cursor of this list is bound to."""
        return json.dumps(asdict(self), default=to_iso, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a walk has come: the status it is in, and the last place that it has seen there."""

    status: Status
    after: str | None = None

    def to_text(self, query: Query) -> str:
        """Of use with the same query only."""
        return seal(query.binding, self.status.value, self.after)

    @classmethod
    def from_text(cls, text: str, query: Query) -> "Cursor":
        """The cursor that `to_text` wrote; ValueError where it is none of this query's."""
        match unseal(query.binding, text):
            case [str() as status, None] if status in query.statuses:
                return cls(Status(status))
            case [str() as status, str() as after] if status in query.statuses and is_place(after):
                return cls(Status(status), after)
            case _:
                raise ValueError("it is no cursor of this list")


@dataclass(frozen=True, slots=True)
class Row:
    """A job in a list, as the list's index has it."""

    status: Status
    place: str
    job_id: str

    @property
    def cursor(self) -> Cursor:
        """Behind this row."""
        return Cursor(self.status, self.place)


def still_in(query: Query, row: Row, *, job: Job) -> bool:
    """Whether a job still belongs where a walk has met it.

    Not where it has left the list, or has moved on to where the walk will meet it again.
    """
    if job.status not in query.statuses:
        return False
    here, there = query.statuses.index(row.status), query.statuses.index(job.status)
    if here != there:
        return there < here
    now = list_place(job)
    return now >= row.place if query.newest_first else now <= row.place


def list_place(job: Job) -> str:
    """Where a job stands in the list of its workspace and status."""
    return place(listed_at(job), job.id)


def index_place(job: Job) -> str:
    """Where the index of workspaces has a job: an open one by its due instant.

    So a claim does not move it there, which would cost as much as all else that a claim writes.
    """
    return place(job.due_at if job.status.is_open else listed_at(job), job.id)


def listed_at(job: Job) -> datetime:
    """What a workspace's list of one status is ordered by."""
    match job.status:
        case Status.PENDING:
            return job.due_at
        case Status.PROCESSING:
            return job.started_at or job.updated_at
        case Status.COMPLETED | Status.FAILED | Status.CANCELLED:
            return job.completed_at or job.updated_at
        case _:
            assert_never(job.status)
