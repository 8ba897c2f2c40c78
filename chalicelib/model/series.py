"""Series for charts: minutes gathered into buckets, with percentiles from their histograms."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.model.histogram import BOUNDS_MS, percentile_ms
from chalicelib.model.tally import Figures


class Bucket(StrEnum):
    """How long one point of a series is; hours and days are those of UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def length(self) -> timedelta:
        """As time."""
        return _LENGTHS[self]

    @property
    def longest(self) -> timedelta:
        """The longest series: more points than a chart has room for, and minutes to read."""
        return _LONGEST[self]

    def start(self, at: datetime) -> datetime:
        """When the bucket that an instant is in began."""
        return at - (at - _EPOCH) % self.length


_LENGTHS = {
    Bucket.MINUTE: timedelta(minutes=1),
    Bucket.HOUR: timedelta(hours=1),
    Bucket.DAY: timedelta(days=1),
}
_LONGEST = {
    Bucket.MINUTE: timedelta(days=1),
    Bucket.HOUR: timedelta(days=14),
    Bucket.DAY: timedelta(days=92),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: The percentiles that are told.
PERCENTS = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Point:
    """One bucket: its figures, and the percentiles of two histograms in ms (None: no sample)."""

    at: datetime
    figures: Figures
    lateness_ms: Mapping[int, int | None]
    duration_ms: Mapping[int, int | None]


def series(
    minutes: Iterable[tuple[datetime, Figures]],
    bucket: Bucket,
    *,
    since: datetime,
    until: datetime,
) -> Sequence[Point]:
    """One point a bucket from that of `since` to that before `until`, empty ones too."""
    starts = _starts(bucket, since, until=until)
    sums: dict[datetime, Counter[str]] = {at: Counter() for at in starts}
    for minute_at, figures in minutes:
        at = bucket.start(minute_at)
        if at in sums:
            sums[at].update(figures)
    return [_point(at, figures) for at, figures in sums.items()]


def _starts(bucket: Bucket, since: datetime, *, until: datetime) -> Iterator[datetime]:
    at = bucket.start(since)
    while at < until:
        yield at
        at += bucket.length


def _point(at: datetime, figures: Figures) -> Point:
    return Point(
        at,
        figures,
        lateness_ms=_percentiles(figures, "lateness"),
        duration_ms=_percentiles(figures, "duration"),
    )


def _percentiles(figures: Figures, name: str) -> Mapping[int, int | None]:
    counts = [figures.get(f"{name}_{k:02}", 0) for k in range(len(BOUNDS_MS) + 1)]
    return {percent: percentile_ms(counts, percent) for percent in PERCENTS}
