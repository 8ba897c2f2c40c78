"""Slots: the instants at which callbacks may start, reserved in runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Run:
    """`count` consecutive slots; two runs of one pace never overlap."""

    start_at: datetime
    spacing: timedelta
    count: int

    def __iter__(self) -> Iterator[datetime]:
        """The slots, earliest first."""
        return (self.start_at + i * self.spacing for i in range(self.count))

    @property
    def end_at(self) -> datetime:
        """The first instant after the run that another one may use."""
        return self.start_at + self.count * self.spacing


@dataclass(frozen=True, slots=True)
class Occupied:
    """No run was reserved: the next free instant is further away than one can wait."""

    free_at: datetime


def next_run(
    free_at: datetime | None, *, not_before: datetime, spacing: timedelta, count: int
) -> Run:
    """The law of the pacing item: a run starts where the last one ended, and never in the past."""
    start_at = not_before if free_at is None else max(free_at, not_before)
    return Run(start_at=start_at, spacing=spacing, count=count)
