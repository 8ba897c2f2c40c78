"""Laws of the ways to say when, around every change of the clocks and at any instant.

A due instant shows the time that was asked for, the first time that it does so; or the clocks jump
over that time at it. It is never before now. A campaign's day counts from today there.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.due import FURTHEST, At, OnDay
from chalicelib.web.zones import zone, zone_names
from tests.rig.clock_changes import FIRST_AT, LAST_AT, Change, changes, clock

TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: Somebody asks so long before or after a change.
AWAY = [sign * by for sign in (-1, 1) for by in (26 * HOUR, HOUR / 2, SECOND, TICK, 0 * TICK)]

zones = st.sampled_from(sorted(zone_names())).map(zone)
instants = st.datetimes(
    FIRST_AT.replace(tzinfo=None), LAST_AT.replace(tzinfo=None), timezones=st.just(UTC)
)


def shows(due_at: datetime, wanted: datetime, zone: ZoneInfo) -> bool:
    """Whether that is the instant for a time on the clocks: the law, without any searching."""
    shown = due_at.astimezone(zone)
    if clock(due_at, zone) == wanted:
        return shown.fold == 0
    return clock(due_at - TICK, zone) < wanted < clock(due_at, zone)


def instant_of(wanted: datetime, zone: ZoneInfo) -> datetime:
    return At(wanted).due_at(now=LONG_AGO, zone=zone)


def is_right(due: OnDay, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a campaign's instant is that of its day, or of the next where that has passed."""
    due_at = due.due_at(now=now, zone=zone)
    wanted = datetime.combine(clock(now, zone).date() + due.day_number * DAY, due.send_time)
    if instant_of(wanted, zone) < now:
        wanted += DAY
    return now <= due_at and shows(due_at, wanted, zone)


def times_around(change: Change) -> Iterator[datetime]:
    """Times on the clocks before, in and after the gap or what exists twice, and at its edges."""
    edges = (change.clock_before, (change.at + change.after).replace(tzinfo=None))
    for edge in edges:
        for away in (-HOUR / 2, -SECOND, -TICK, 0 * TICK, TICK, SECOND, HOUR / 4, HOUR / 2):
            yield edge + away


def test_a_time_around_a_change_is_shown_at_its_instant():
    wrong = [
        (each.key, wanted)
        for change, each in changes().items()
        for wanted in times_around(change)
        if not shows(instant_of(wanted, each), wanted, each)
    ]

    assert wrong == []


def test_a_time_around_a_change_that_has_passed_is_now():
    wrong = [
        (each.key, wanted)
        for change, each in changes().items()
        for wanted in times_around(change)
        if At(wanted).due_at(now=change.at, zone=each) != max(instant_of(wanted, each), change.at)
    ]

    assert wrong == []


def test_a_campaign_s_day_is_right_whenever_it_is_asked_for_around_a_change():
    wrong = [
        (each.key, due, now)
        for change, each in changes().items()
        for now in (change.at + away for away in AWAY)
        for due in _campaigns_around(change)
        if not is_right(due, now, each)
    ]

    assert wrong == []


def _campaigns_around(change: Change) -> list[OnDay]:
    at = {wanted.time().replace(microsecond=0) for wanted in times_around(change)}
    return [OnDay(day_number, send_time) for day_number in (0, 1) for send_time in sorted(at)]


@given(instants, st.timedeltas(timedelta(), FURTHEST), zones)
def test_a_time_on_the_clocks_up_to_ten_years_ahead_is_shown(
    now: datetime, ahead: timedelta, there: ZoneInfo
):
    wanted = clock(now, there) + ahead
    due_at = At(wanted).due_at(now=now, zone=there)

    assert due_at >= now
    assert due_at == now or shows(due_at, wanted, there)


@given(instants, st.timedeltas(-DAY, FURTHEST), zones, zones)
def test_an_instant_with_an_offset_is_itself_in_any_zone(
    now: datetime, ahead: timedelta, here: ZoneInfo, there: ZoneInfo
):
    at = now + ahead

    assert At(at.astimezone(here)).due_at(now=now, zone=there) == max(at, now)


@given(instants, st.integers(0, FURTHEST.days), st.times(), zones)
def test_a_campaign_s_day_up_to_ten_years_ahead_is_right(
    now: datetime, day_number: int, send_time: time, there: ZoneInfo
):
    assert is_right(OnDay(day_number, send_time), now, there)
