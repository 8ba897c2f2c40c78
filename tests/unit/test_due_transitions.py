"""Wall-clock times around every change of the clocks are what a walk over the minutes finds."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.model.due import at_wall_clock
from tests.rig.clock_changes import MINUTE, Change, changes, clock

QUARTER = timedelta(minutes=15)


def wall_clocks_around(change: Change, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """The oracle: UTC minutes in their order, each with what the clocks show at it."""
    around = 2 * change.size + 2 * QUARTER
    minutes = [change.at - around + i * MINUTE for i in range(2 * around // MINUTE)]
    return [(at, clock(at, zone)) for at in minutes]


def times_around(change: Change) -> list[datetime]:
    """What people may ask for: before, in and after the gap or the repeated hour."""
    around = change.size + QUARTER
    step = 2 * QUARTER
    return [change.clock_before - around + i * step for i in range(2 * around // step + 1)]


def expected(wanted: datetime, walk: list[tuple[datetime, datetime]]) -> datetime:
    """The first minute that shows the time; where none does, the first that is past it."""
    shown = (at for at, clock in walk if clock == wanted)
    return next(shown, None) or next(at for at, clock in walk if clock > wanted)


def test_there_are_hundreds_of_changes_of_more_than_one_size():
    sizes = {change.after - change.before for change in changes()}

    assert len(changes()) > 500
    assert {timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=30)} <= sizes


def wrong_times(change: Change, zone: ZoneInfo) -> Iterator[datetime]:
    walk = wall_clocks_around(change, zone)
    for wanted in times_around(change):
        if at_wall_clock(wanted, zone) != expected(wanted, walk):
            yield wanted


def test_every_time_around_every_change_is_the_oracle_s():
    wrong = {
        (zone.key, at) for change, zone in changes().items() for at in wrong_times(change, zone)
    }

    assert wrong == set()
