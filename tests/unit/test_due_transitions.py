"""Wall-clock times around every change of the clocks from 2020 to 2035, in every zone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from chalicelib.model.due import at_wall_clock

#: Changes closer together than this would be missed; the closest (Morocco's) are 29 days apart.
STEP = timedelta(days=25)
FIRST_AT = datetime(2020, 1, 1, tzinfo=UTC)
LAST_AT = datetime(2036, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)

Change = tuple[datetime, timedelta, timedelta]


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def changes_of(zone: ZoneInfo) -> Iterator[Change]:
    """The UTC minute of each change, and the offsets before and after it."""
    count = (LAST_AT - FIRST_AT) // STEP
    samples = [FIRST_AT + i * STEP for i in range(count + 1)]
    for (low, before), (high, after) in pairwise((at, offset(at, zone)) for at in samples):
        if before != after:
            yield _minute_of_change(low, high, zone), before, after


def _minute_of_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    before = offset(low, zone)
    while high - low > MINUTE:
        middle = low + (high - low) // (2 * MINUTE) * MINUTE
        low, high = (middle, high) if offset(middle, zone) == before else (low, middle)
    return high


@pytest.fixture(scope="module")
def changes() -> dict[Change, ZoneInfo]:
    """Every change, with one of the zones that have it: aliases and neighbours share theirs."""
    zones = [ZoneInfo(name) for name in sorted(available_timezones())]
    return {change: zone for zone in zones for change in changes_of(zone)}


def size_of(change: Change) -> timedelta:
    return abs(change[2] - change[1])


def wall_clocks_around(change: Change, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The oracle: UTC minutes in their order, each with what the clocks show at it."""
    around = 2 * size_of(change) + 2 * QUARTER
    minutes = [change[0] - around + i * MINUTE for i in range(2 * around // MINUTE)]
    return [(at, at.astimezone(zone).replace(tzinfo=None)) for at in minutes]


def times_around(change: Change) -> list[datetime]:
    """What people may ask for: before, in and after the gap or the repeated hour."""
    around = size_of(change) + QUARTER
    middle = (change[0] + change[1]).replace(tzinfo=None)
    step = 2 * QUARTER
    return [middle - around + i * step for i in range(2 * around // step + 1)]


def expected(wanted: datetime, walk: list[tuple[datetime, datetime]]) -> datetime:
    """The first minute that shows the time; where none does, the first that is past it."""
    shown = (at for at, clock in walk if clock == wanted)
    return next(shown, None) or next(at for at, clock in walk if clock > wanted)


def test_there_are_hundreds_of_changes_of_more_than_one_size(changes: dict[Change, ZoneInfo]):
    sizes = {after - before for _, before, after in changes}

    assert len(changes) > 500
    assert {timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=30)} <= sizes


def wrong_times(change: Change, zone: ZoneInfo) -> Iterator[datetime]:
    walk = wall_clocks_around(change, zone)
    for wanted in times_around(change):
        if at_wall_clock(wanted, zone) != expected(wanted, walk):
            yield wanted


def test_every_time_around_every_change_is_the_oracle_s(changes: dict[Change, ZoneInfo]):
    wrong = {(zone.key, at) for change, zone in changes.items() for at in wrong_times(change, zone)}

    assert wrong == set()
