"""What readers of metrics see of the tallies: what was counted since the last reset."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.tally import (
    ANSWERED,
    COMPLETED,
    DURATION_MS,
    FAILED,
    RATE_LIMITED,
    Figures,
)

#: Batches that workers have served: counted by the workers, not from the stream.
BATCHES = "batches"
#: What a reset takes back to 0 for readers; the tallies themselves go on.
RESETTABLE = (COMPLETED, FAILED, RATE_LIMITED, ANSWERED, DURATION_MS, BATCHES)


@dataclass(frozen=True, slots=True)
class Total:
    """Figures since the last reset, and the newest instants since then."""

    figures: Figures = field(default_factory=dict[str, int])
    latest: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    reset_at: datetime | None = None

    @property
    def completed(self) -> int:
        """Jobs that ended well."""
        return self.figures.get(COMPLETED, 0)

    @property
    def failed(self) -> int:
        """Jobs that ended badly."""
        return self.figures.get(FAILED, 0)

    @property
    def processed(self) -> int:
        """Jobs that ended by themselves."""
        return self.completed + self.failed

    @property
    def rate_limited(self) -> int:
        """Attempts to which the backend said that it was too much."""
        return self.figures.get(RATE_LIMITED, 0)

    @property
    def batches(self) -> int:
        """Batches that were served."""
        return self.figures.get(BATCHES, 0)

    @property
    def success_percent(self) -> float:
        """How many of the processed jobs ended well; 100 where nothing was processed."""
        return 100 * self.completed / self.processed if self.processed else 100.0

    @property
    def mean_ms(self) -> float:
        """From the start of a callback to its answer, on average; 0 where there was none."""
        return self.figures.get(DURATION_MS, 0) / max(self.figures.get(ANSWERED, 0), 1)

    @property
    def is_idle(self) -> bool:
        """Nothing to tell since the last reset."""
        return not self.processed and not self.rate_limited


def since_reset(total: Total, baseline: Figures) -> Total:
    """A tally less what it was at its last reset; what is older than that is forgotten."""
    figures = {
        name: max(0, total.figures.get(name, 0) - baseline.get(name, 0)) for name in RESETTABLE
    }
    reset_at = total.reset_at
    latest = {k: at for k, at in total.latest.items() if reset_at is None or at > reset_at}
    return Total(figures, latest, reset_at)


def together(totals: Iterable[Total]) -> Total:
    """The sum of several tallies."""
    figures = Counter[str]()
    latest: dict[str, datetime] = {}
    resets: list[datetime] = []
    for total in totals:
        figures.update(total.figures)
        for name, at in total.latest.items():
            latest[name] = max(at, latest.get(name, at))
        if total.reset_at is not None:
            resets.append(total.reset_at)
    return Total(figures, latest, max(resets, default=None))
