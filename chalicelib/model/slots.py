"""Slots: the instants at which callbacks may start, reserved in runs."""

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class Fitting:
    """Which of some slots a workspace may use by its own pace, and from when on it has the next."""

    chosen: tuple[datetime, ...]
    free_at: datetime | None


#: A slot may be so much before the instant at which its workspace is free: slots come in steps.
TOLERANCE = timedelta(milliseconds=21)


def fitting(
    free_at: datetime | None, slots: Sequence[datetime], *, spacing: timedelta, most: int
) -> Fitting:
    """The law of a workspace's own pace: a start moves its next one a spacing on.

    The generic cell rate algorithm (ITU-T I.371) with a tolerance of one slot. In any window W at
    most `1 + (W + TOLERANCE) / spacing` of the slots are chosen.
    """
    chosen: list[datetime] = []
    for slot_at in slots:
        if len(chosen) < most and (free_at is None or slot_at >= free_at - TOLERANCE):
            chosen.append(slot_at)
            free_at = max(free_at or slot_at, slot_at) + spacing
    return Fitting(tuple(chosen), free_at)
