"""Every change of the clocks from 2020 to 2035, in every zone of the pinned tzdata."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from chalicelib.web.zones import zone, zone_names

#: Changes closer together than this could be missed; tzdata 2026f has none within 28 days (Fiji's).
STEP = timedelta(days=20)
FIRST_AT = datetime(2020, 1, 1, tzinfo=UTC)
LAST_AT = datetime(2036, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Change:
    """The UTC minute of a change, and the offsets before and after it."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def size(self) -> timedelta:
        """How long the gap is, or what exists twice."""
        return abs(self.after - self.before)

    @property
    def clock_before(self) -> datetime:
        """What the clocks would show at the instant, had they not been changed."""
        return (self.at + self.before).replace(tzinfo=None)


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    """How far the zone is ahead of UTC."""
    return at.astimezone(zone).utcoffset() or timedelta()


def clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show: no offset."""
    return at.astimezone(zone).replace(tzinfo=None)


@cache
def changes() -> dict[Change, ZoneInfo]:
    """Every change, with one of the zones that have it: aliases and neighbours share theirs."""
    zones = [zone(name) for name in sorted(zone_names())]
    return {change: each for each in zones for change in _changes_of(each)}


def _changes_of(zone: ZoneInfo) -> Iterator[Change]:
    count = (LAST_AT - FIRST_AT) // STEP + 1
    samples = [FIRST_AT + i * STEP for i in range(count + 1)]
    for (low, before), (high, after) in pairwise((at, offset(at, zone)) for at in samples):
        if before != after:
            yield Change(_minute_of_change(low, high, zone), before, after)


def _minute_of_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = offset(low, zone)
    while high - low > MINUTE:
        middle = low + (high - low) // (2 * MINUTE) * MINUTE
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    return high
