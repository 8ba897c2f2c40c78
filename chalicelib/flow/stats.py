"""How many jobs of a workspace are in each state: tallies are read, never the jobs."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from chalicelib.model.status import Status
from chalicelib.model.tally import ANSWERED, DURATION_MS, STANDING
from chalicelib.ports.counting import Census, TallyTotals


@dataclass(frozen=True, slots=True)
class Stats:
    """A workspace's jobs that exist now, over all channels."""

    counts: dict[Status, int]
    oldest_pending_at: datetime | None
    #: From the start of a callback to its answer, on average; 0 where there was none.
    mean_processing_s: float

    @property
    def total(self) -> int:
        """Jobs in any state."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ReadStats:
    """The verb of the stats route."""

    totals: TallyTotals
    census: Census

    def __call__(self, workspace_id: str) -> Stats:
        """The stats of a workspace; zeros for one that never had a job."""
        figures = Counter[str]()
        for part in self.totals.of(workspace_id).values():
            figures.update(part)
        counts = {status: figures[STANDING[status]] for status in Status}
        waiting = counts[Status.PENDING] > 0
        return Stats(
            counts=counts,
            oldest_pending_at=self.census.oldest_pending_at(workspace_id) if waiting else None,
            mean_processing_s=figures[DURATION_MS] / max(figures[ANSWERED], 1) / 1000,
        )
