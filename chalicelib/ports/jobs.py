"""Where jobs are kept, and listed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.model.channel import Queue
from chalicelib.model.job import Job, Payload, Priority
from chalicelib.model.listing import Query, Row
from chalicelib.model.status import Status


@dataclass(frozen=True, slots=True)
class Stored:
    """A job with its payload."""

    job: Job
    payload: Payload


class JobStore(Protocol):
    """Jobs and payloads; durable when a call returns."""

    def add(self, batch: Sequence[Stored]) -> None:
        """Put new jobs; a job is visible only with its payload. Ids must be new."""
        ...

    def add_payloads(self, batch: Sequence[Stored]) -> None:
        """The first half of `add`: nothing can be seen of the jobs. The same again is harmless."""
        ...

    def add_jobs(self, jobs: Sequence[Job]) -> None:
        """The second half: the jobs, whose payloads are there. Never for a job that was added."""
        ...

    def half_added(self, job_ids: Iterable[str]) -> Collection[str]:
        """Those that have a payload and no job (consistent read).

        A job that was deleted is not among them: it has taken its payload with it.
        """
        ...

    def get(self, job_id: str) -> Stored | None:
        """A job as it is now (consistent read)."""
        ...

    def get_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Those of the jobs that exist, as they are now (consistent read), in any order."""
        ...

    def get_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Like `get_many`, without the payloads: of them there can be many, and large ones."""
        ...

    def recent_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Like `get_many`, as they were a moment ago, at half the price.

        A job's payload may be younger than its job, or older, where it was rewritten.
        """
        ...

    def recent_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Like `get_jobs`, as they were a moment ago, at half the price."""
        ...

    def move(self, before: Job, after: Job) -> bool:
        """Replace a job's state if its version is still `before.version`; False where not."""
        ...

    def move_many(self, moves: Sequence[tuple[Job, Job]]) -> Sequence[bool]:
        """Each pair is a move of its own; RetryableError where some may not have been tried."""
        ...

    def delete(self, job: Job) -> bool:
        """Take a job and its payload away, if the version is still the job's; False where not."""
        ...

    def delete_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """Each is a deletion of its own; RetryableError where some may not have been tried."""
        ...

    def rewrite(self, before: Job, after: Stored) -> bool:
        """A move that also replaces the payload: both, or neither."""
        ...

    def touch(self, job: Job) -> bool:
        """Keep only `attention_at` and `handed_over`, if the version is still the job's."""
        ...

    def touch_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """Each is a touch of its own; RetryableError where some may not have been tried."""
        ...

    def annotate(self, job: Job) -> bool:
        """Keep only the history, if the version is still the job's; False where not."""
        ...

    def needing_attention(
        self,
        queue: Queue,
        shard: int,
        *,
        since: datetime | None,
        until: datetime,
        limit: int | None,
    ) -> Sequence[str]:
        """Ids of open jobs with `since <= attention_at < until`, soonest first.

        At most `limit`; all of them where it is None.
        """
        ...


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A job of the agenda, as far as its index knows it; `place` is where it stands there."""

    place: str
    job_id: str
    status: Status
    due_at: datetime
    priority: Priority


class QueueLists(Protocol):
    """Jobs by queue and shard, of all workspaces, from the agenda (eventually consistent)."""

    def ahead(self, queue: Queue, shard: int, *, after: str | None, most: int) -> Sequence[Glimpse]:
        """Open jobs behind a place, those that need attention soonest first."""
        ...

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> Sequence[Glimpse]:
        """Jobs that ended so before a place, the newest end first."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows of a list, and the last place that was looked at; `end` is None at its end."""

    rows: Sequence[Row]
    end: str | None


class JobLists(Protocol):
    """Jobs by workspace and status, and by communication (eventually consistent)."""

    def stretch(self, query: Query, status: Status, *, after: str | None, limit: int) -> Stretch:
        """Look at up to `limit` rows of one status behind a place; answers those that match.

        Of the pending, rows of jobs may be among them that are under way by now.
        """
        ...

    def of_communication(
        self, workspace_id: str, communication_id: str, *, after: str | None, limit: int
    ) -> Sequence[str]:
        """The places of a communication's jobs behind a place, by creation, the oldest first.

        Jobs that are their own communication are in none of these lists.
        """
        ...
