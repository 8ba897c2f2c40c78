"""When a job is due, by each of the ways to ask for it."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.due import After, At, OnDay
from chalicelib.web.zones import zone, zone_names
from tests.rig.builders import NOON

BERLIN = zone("Europe/Berlin")
SYDNEY = zone("Australia/Sydney")
NEW_YORK = zone("America/New_York")
MONROVIA = zone("Africa/Monrovia")


def local(text: str) -> datetime:
    """A wall-clock time: no offset."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_delay_counts_from_now_in_any_zone():
    assert After(timedelta(minutes=1)).due_at(now=NOON, zone=SYDNEY) == NOON + timedelta(minutes=1)
    assert After(timedelta()).due_at(now=NOON, zone=UTC) == NOON


@pytest.mark.parametrize(
    ("due", "asks"),
    [
        (After(timedelta(minutes=1)), False),
        (At(NOON), False),
        (At(local("2026-12-02T09:00")), True),
        (OnDay(0, time(9)), True),
    ],
)
def test_only_a_wall_clock_asks_for_a_zone(due: After | At | OnDay, asks: bool):  # noqa: FBT001
    assert due.asks_for_zone is asks


def test_an_instant_with_an_offset_means_itself():
    at = datetime.fromisoformat("2026-12-02T09:00:00+11:00")

    assert At(at).due_at(now=NOON, zone=NEW_YORK) == utc("2026-12-01T22:00")


def test_an_instant_without_an_offset_is_on_the_clocks_of_the_zone():
    due_at = At(local("2026-12-02T09:00")).due_at(now=NOON, zone=NEW_YORK)

    assert due_at == utc("2026-12-02T14:00")
    assert due_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "is_past"),
    [
        ("2026-12-01T11:55:00+00:00", False),
        ("2026-12-01T11:54:59.999+00:00", True),
        ("2026-12-01T22:55:00", False),
        ("2026-12-01T22:54:59", True),
        ("0001-01-01T00:00:00+14:00", True),
        ("2099-01-01T00:00:00", False),
    ],
)
def test_more_than_five_minutes_ago_is_long_past(text: str, is_past: bool):  # noqa: FBT001
    at = At(datetime.fromisoformat(text))

    assert at.is_long_past(now=NOON, zone=SYDNEY) is is_past


@pytest.mark.parametrize("text", ["2026-12-01T11:59:59+00:00", "1999-01-01T00:00:00"])
def test_an_instant_that_has_passed_is_due_now(text: str):
    assert At(local(text)).due_at(now=NOON, zone=UTC) == NOON


@pytest.mark.parametrize(
    ("day_number", "send_time", "due_at"),
    [
        (0, time(18, 30), "2026-12-01T17:30"),
        (0, time(13), "2026-12-01T12:00"),
        (0, time(12, 59, 59), "2026-12-02T11:59:59"),
        (1, time(9), "2026-12-02T08:00"),
        (31, time(9), "2027-01-01T08:00"),
    ],
)
def test_a_campaign_s_day_counts_from_today_there(day_number: int, send_time: time, due_at: str):
    assert OnDay(day_number, send_time).due_at(now=NOON, zone=BERLIN) == utc(due_at)


def test_a_campaign_s_today_is_the_zone_s_today():
    late_in_utc = utc("2026-12-01T20:00")  # 2 December, 07:00 in Sydney

    assert OnDay(0, time(9)).due_at(now=late_in_utc, zone=SYDNEY) == utc("2026-12-01T22:00")
    assert OnDay(1, time(9)).due_at(now=late_in_utc, zone=SYDNEY) == utc("2026-12-02T22:00")


def test_a_campaign_s_time_keeps_the_wall_clock_across_a_change_of_the_clocks():
    before = utc("2026-10-24T12:00")  # Berlin is two hours ahead, one from the next day on

    assert OnDay(0, time(18)).due_at(now=before, zone=BERLIN) == utc("2026-10-24T16:00")
    assert OnDay(1, time(18)).due_at(now=before, zone=BERLIN) == utc("2026-10-25T17:00")


def test_a_time_that_does_not_exist_is_the_first_instant_after_the_gap():
    due_at = At(local("2026-03-29T02:30")).due_at(now=utc("2026-03-01T00:00"), zone=BERLIN)

    assert due_at == utc("2026-03-29T01:00")


def test_a_time_that_exists_twice_is_the_first():
    due_at = At(local("2026-10-25T02:30")).due_at(now=utc("2026-10-01T00:00"), zone=BERLIN)

    assert due_at == utc("2026-10-25T00:30")


def test_a_campaign_s_time_that_exists_twice_has_passed_with_the_first():
    between = utc("2026-10-25T00:45")  # 02:45 in Berlin, for the first time

    assert OnDay(0, time(2, 30)).due_at(now=between, zone=BERLIN) == utc("2026-10-26T01:30")
    assert OnDay(0, time(2, 50)).due_at(now=between, zone=BERLIN) == utc("2026-10-25T00:50")


def test_a_midnight_that_does_not_exist_is_the_first_instant_of_its_day():
    thursday = utc("2027-04-29T12:00")  # the clocks in Cairo go from 24:00 to 01:00
    cairo = zone("Africa/Cairo")

    assert OnDay(1, time(0)).due_at(now=thursday, zone=cairo) == utc("2027-04-29T22:00")
    assert OnDay(1, time(0, 59)).due_at(now=thursday, zone=cairo) == utc("2027-04-29T22:00")
    assert OnDay(1, time(1)).due_at(now=thursday, zone=cairo) == utc("2027-04-29T22:00")


def test_a_day_that_a_zone_left_out_is_the_first_instant_after_it():
    before = utc("2011-12-29T12:00")  # Samoa went from the 29th of December to the 31st
    apia = zone("Pacific/Apia")

    assert OnDay(1, time(9)).due_at(now=before, zone=apia) == utc("2011-12-30T10:00")
    assert OnDay(2, time(9)).due_at(now=before, zone=apia) == utc("2011-12-30T19:00")


def test_a_campaign_s_day_may_be_the_29th_of_february():
    assert OnDay(1, time(9)).due_at(now=utc("2028-02-28T12:00"), zone=UTC) == utc(
        "2028-02-29T09:00"
    )
    assert OnDay(1, time(9)).due_at(now=utc("2027-02-28T12:00"), zone=UTC) == utc(
        "2027-03-01T09:00"
    )


def test_an_offset_with_seconds_is_kept():
    due_at = At(local("1971-12-31T23:59:30")).due_at(now=utc("1971-01-01T00:00"), zone=MONROVIA)

    assert due_at == utc("1972-01-01T00:44:00")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00"])
def test_an_instant_before_the_first_in_utc_has_passed(text: str):
    assert At(local(text)).due_at(now=NOON, zone=SYDNEY) == NOON


def test_fractions_of_a_second_are_kept():
    due_at = At(local("2026-12-02T09:00:00.250")).due_at(now=NOON, zone=BERLIN)

    assert due_at == utc("2026-12-02T08:00:00.250")


@given(
    st.integers(0, 400),
    st.times(),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1)),  # noqa: DTZ001
    st.sampled_from(sorted(zone_names())),
)
def test_a_campaign_is_never_due_in_the_past_and_at_most_a_day_later_than_named(
    day_number: int, send_time: time, now: datetime, zone_name: str
):
    now = now.replace(tzinfo=UTC)
    due_at = OnDay(day_number, send_time).due_at(now=now, zone=zone(zone_name))

    assert now <= due_at <= now + timedelta(days=day_number + 2)
