"""Tallies, their ledger and the poison shelf in memory."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.channel import Queue
from chalicelib.model.ledger import Mark, Portion
from chalicelib.model.status import Status
from chalicelib.model.tally import Figures, TallyKey, TotalKey
from chalicelib.ports.counting import Poison, Standing
from tests.rig.memory.jobs import MemoryJobStore


@dataclass(slots=True)
class MemoryTallies:
    """`ports.TallyLedger`, `ports.TallyTotals` and `ports.Shelf` in dicts."""

    ledger: dict[tuple[datetime, int], Mark] = field(
        default_factory=dict[tuple[datetime, int], Mark]
    )
    figures: dict[TallyKey, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    latest: dict[tuple[TallyKey, str], datetime] = field(
        default_factory=dict[tuple[TallyKey, str], datetime]
    )
    shelf: dict[str, Poison] = field(default_factory=dict[str, Poison])

    def marks(self, bucket_at: datetime, *, since: int) -> Sequence[Mark]:
        """In the order of their numbers."""
        return [
            self.ledger[place]
            for place in sorted(self.ledger)
            if place[0] == bucket_at and place[1] >= since
        ]

    def commit(self, portion: Portion) -> bool:
        """All or nothing."""
        new = {(mark.bucket_at, mark.number): mark for mark in portion.marks}
        if new.keys() & self.ledger.keys():
            return False
        self.ledger |= new
        for key, delta in portion.deltas.items():
            for figure, number in delta.adds.items():
                self.figures[key][figure] += number
            for figure, at in delta.latest.items():
                self.latest[key, figure] = at
        return True

    def of(self, scope: str) -> Mapping[Queue, Figures]:
        """Those of a scope."""
        return {key.queue: figures for key, figures in self.everything() if key.scope == scope}

    def everything(self) -> Iterator[tuple[TotalKey, Figures]]:
        """All that is not of a minute."""
        for key, figures in self.figures.items():
            if isinstance(key, TotalKey):
                yield key, dict(figures)

    def set_aside(self, poison: Poison) -> None:
        """By id."""
        self.shelf[poison.event_id] = poison


@dataclass(frozen=True, slots=True)
class MemoryCensus:
    """`ports.Census` over the store in memory."""

    store: MemoryJobStore

    def everybody(self) -> Iterable[Standing]:
        """Every job."""
        jobs = [entry.job for entry in self.store.entries.values()]
        return [Standing(job.workspace_id, job.queue, job.status) for job in jobs]

    def oldest_pending_at(self, workspace_id: str) -> datetime | None:
        """The first to be due."""
        jobs = [entry.job for entry in self.store.entries.values()]
        return min(
            (
                job.due_at
                for job in jobs
                if job.workspace_id == workspace_id and job.status is Status.PENDING
            ),
            default=None,
        )
