"""What the verbs need from the world: narrow Protocols, each kept by tests/contract.

Adapters raise `RetryableError` where the world does not answer, and `OperatorError` where a
person has to act; nothing above them sees a vendor's exception.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from chalicelib.model.audit import AuditEntry
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.job import Job, Payload
from chalicelib.model.ledger import Mark, Portion
from chalicelib.model.listing import Query, Row
from chalicelib.model.metrics import Total
from chalicelib.model.outcome import Answer
from chalicelib.model.slots import Occupied, Run
from chalicelib.model.status import Status
from chalicelib.model.tally import Figures, TotalKey
from chalicelib.model.workspace import WorkspaceSettings

T = TypeVar("T")


class Clock(Protocol):
    """Time, and waiting for it."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...

    async def sleep_until(self, at: datetime) -> None:
        """Return at `at` or as soon as possible after it; never before."""
        ...


class Offload(Protocol):
    """Runs a blocking call without holding up the event loop."""

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """What `call(*args)` returns or raises."""
        ...


class Chance(Protocol):
    """Randomness."""

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        ...

    def new_id(self, *, at: datetime) -> str:
        """A new job id: unique, and sorting by time."""
        ...


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

    def get(self, job_id: str) -> Stored | None:
        """A job as it is now (consistent read)."""
        ...

    def get_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Those of the jobs that exist, as they are now (consistent read), in any order."""
        ...

    def get_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Like `get_many`, without the payloads: of them there can be many, and large ones."""
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


class Pace(Protocol):
    """Runs of slots under names; runs of one name never overlap."""

    def reserve(
        self,
        name: str,
        count: int,
        *,
        spacing: timedelta,
        not_before: datetime,
        not_after: datetime,
    ) -> Run | Occupied:
        """A run that starts within the two instants, or Occupied where the pace is taken beyond."""
        ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """An envelope on its way to a queue; SQS counts delays in whole seconds."""

    envelope: Envelope
    queue: Queue
    delay_s: int


class Queues(Protocol):
    """Hands envelopes over to SQS."""

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Send all; answers those that were not taken."""
        ...


class Inbox(Protocol):
    """More envelopes from the queue that a worker serves, while its answers are outstanding."""

    def take(self, most: int) -> Sequence[Envelope]:
        """Up to so many envelopes that are visible now; does not wait for any."""
        ...

    def finish(self, job_ids: Collection[str]) -> None:
        """Delete what was taken for these jobs; what is not finished becomes visible again."""
        ...


class Timers(Protocol):
    """One-time wake-ups of the release, one a minute bucket."""

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """Make the bucket's timer exist."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One callback about to be made."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Callbacks(Protocol):
    """Makes callbacks."""

    async def prepare(self) -> None:
        """Pay now what a first callback would cost: it must not be late for its slot."""
        ...

    async def post(self, call: Call) -> Answer:
        """The answer, or why there was none; never raises for what the backend does."""
        ...


class Backends(Protocol):
    """Where callbacks of a channel go."""

    def base_url(self, channel: Channel) -> str:
        """Scheme, host and optional path prefix, without a trailing slash."""
        ...


class Tokens(Protocol):
    """Verifies bearer tokens."""

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that holds, `sub` and `exp` among them; else Unauthenticated."""
        ...


class Workspaces(Protocol):
    """What workspaces have chosen."""

    def get(self, workspace_id: str) -> WorkspaceSettings:
        """Its settings as they are now; the defaults where it has chosen nothing."""
        ...

    def put(self, workspace_id: str, chosen: WorkspaceSettings) -> None:
        """Replace its settings."""
        ...


class TallyLedger(Protocol):
    """What was counted, and the tallies that it went into."""

    def marks(self, bucket_at: datetime, *, since: int) -> Sequence[Mark]:
        """The marks of a bucket from that number on, in order (consistent read)."""
        ...

    def commit(self, portion: Portion) -> bool:
        """Write marks and deltas, all or nothing; False where a mark's number is taken."""
        ...


class TallyTotals(Protocol):
    """The tallies of queues, as they are now (consistent read)."""

    def of(self, scope: str) -> Mapping[Queue, Figures]:
        """Those of a workspace, or of everyone; queues without any are left out."""
        ...

    def everything(self) -> Iterable[tuple[TotalKey, Figures]]:
        """Those of every workspace and of everyone, in any order."""
        ...


class Meters(Protocol):
    """The tallies as readers of metrics see them: since the last reset."""

    def totals(self, channel: Channel, scopes: Collection[str] | None) -> Mapping[str, Total]:
        """Of a channel's queues together, by scope; None: every workspace's, and everyone's."""
        ...

    def newest_minutes(
        self, scope: str, channel: Channel, *, until: datetime, most: int
    ) -> Sequence[tuple[datetime, Figures]]:
        """The newest minutes before `until` that have a tally, newest first."""
        ...

    def minutes(
        self, scope: str, channel: Channel, *, since: datetime, until: datetime
    ) -> Iterable[tuple[datetime, Figures]]:
        """Every minute in `since <= minute < until` that has a tally, in order."""
        ...

    def reset(self, channel: Channel, scopes: Collection[str] | None, *, at: datetime) -> None:
        """Let readers begin at 0 from here on; the same again changes nothing else."""
        ...


class BatchLog(Protocol):
    """What workers note about the batches that they served."""

    def keep(self, channel: Channel, exceedances: Sequence[Exceedance]) -> None:
        """One batch more, and what was exceeded in it, one for a workspace."""
        ...

    def newest(
        self, workspace_id: str, channel: Channel, *, since: datetime | None, most: int
    ) -> Sequence[Exceedance]:
        """A workspace's exceedances after `since`, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Poison:
    """A record of the jobs' stream that cannot be read; `at` is when that was found."""

    event_id: str
    job_id: str
    at: datetime
    reason: str
    record: str


class Shelf(Protocol):
    """Where poison is kept for a person to look at."""

    def set_aside(self, poison: Poison) -> None:
        """Keep it; the same one again changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands, as far as a recount needs it."""

    workspace_id: str
    queue: Queue
    status: Status


class Census(Protocol):
    """The jobs by workspace and status, from an index (eventually consistent)."""

    def everybody(self) -> Iterable[Standing]:
        """Every job that exists, each once, in any order."""
        ...

    def oldest_pending_at(self, workspace_id: str) -> datetime | None:
        """When the first of a workspace's pending jobs is due; None where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows of a list, and the last place that was looked at; `end` is None at its end."""

    rows: Sequence[Row]
    end: str | None


class JobLists(Protocol):
    """Jobs by workspace and status, and by communication (eventually consistent)."""

    def stretch(self, query: Query, status: Status, *, after: str | None, limit: int) -> Stretch:
        """Look at up to `limit` rows of one status behind a place; answers those that match."""
        ...

    def of_communication(
        self, workspace_id: str, communication_id: str, *, after: str | None, limit: int
    ) -> Sequence[str]:
        """The places of a communication's jobs behind a place, by creation, the oldest first.

        Jobs that are their own communication are in none of these lists.
        """
        ...


class AuditTrail(Protocol):
    """Every act that changes something, of every workspace."""

    def begin(self, entry: AuditEntry) -> None:
        """Write down what is about to be done; where this fails, it must not be done."""
        ...

    def end(self, entry: AuditEntry) -> None:
        """Complete an entry with what came of the act."""
        ...

    def page(
        self, workspace_id: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[AuditEntry], str | None]:
        """Entries behind a place, newest first, and where the next page begins (None: nowhere)."""
        ...
