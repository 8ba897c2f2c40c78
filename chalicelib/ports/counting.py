"""What counts jobs and batches, and what a recount reads."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.model.channel import Channel, Queue
from chalicelib.model.completions import Completions
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.ledger import Mark, Portion
from chalicelib.model.metrics import Total
from chalicelib.model.status import Status
from chalicelib.model.tally import Figures, TotalKey


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

    def exceed(self, exceedances: Mapping[Queue, Sequence[Exceedance]]) -> None:
        """What was asked for at once and has to wait: kept, and counted in the metrics."""
        ...

    def newest(
        self, workspace_id: str, channel: Channel, *, since: datetime | None, most: int
    ) -> Sequence[Exceedance]:
        """A workspace's exceedances after `since`, newest first."""
        ...


class CompletionLog(Protocol):
    """Which jobs were completed, as the stream told it; some may have been deleted since."""

    def keep(self, completions: Sequence[Completions]) -> None:
        """Keep them for as long as jobs are kept; the same ones again change nothing."""
        ...

    def newest(self, queue: Queue) -> Iterator[Completions]:
        """A queue's, by their newest places, the newest first (eventually consistent).

        They are read as the iterator is: page by page.
        """
        ...

    def forget(self, batch: Completions) -> None:
        """Take one out: none of its jobs is there any more."""
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
