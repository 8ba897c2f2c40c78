"""Instants as text and as numbers: exact, and in the order of time."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.instant import (
    ISO_LENGTH,
    ceil_ms,
    from_iso,
    from_ms,
    from_us,
    minute_of,
    to_iso,
    to_ms,
    to_us,
)

instants = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
MILLISECOND = timedelta(milliseconds=1)


def test_an_instant_is_written_in_utc_with_milliseconds():
    eleven_hours_east = timezone(timedelta(hours=11))
    at = datetime(2026, 12, 1, 9, 0, 0, 7_900, tzinfo=eleven_hours_east)

    assert to_iso(at) == "2026-11-30T22:00:00.007Z"


def test_it_is_the_same_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch):
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        text = to_iso(at)
    time.tzset()

    assert text == "2026-12-01T09:00:00.000Z"


@given(instants)
def test_a_text_is_read_back_to_the_millisecond(at: datetime):
    assert at - MILLISECOND < from_iso(to_iso(at)) <= at
    assert len(to_iso(at)) == ISO_LENGTH


@given(instants, instants)
def test_texts_sort_in_the_order_of_time(a: datetime, b: datetime):
    earlier, later = sorted([a, b])

    assert to_iso(earlier) <= to_iso(later)


@given(instants)
def test_numbers_are_exact(at: datetime):
    assert from_us(to_us(at)) == at
    assert from_ms(to_ms(at)) == from_iso(to_iso(at))
    assert isinstance(to_us(at), int)  # DynamoDB's numbers come from no float
    assert isinstance(to_ms(at), int)


@given(instants)
def test_rounding_up_is_never_early_and_never_by_a_whole_millisecond(at: datetime):
    assert at <= ceil_ms(at) < at + MILLISECOND
    assert from_iso(to_iso(ceil_ms(at))) == ceil_ms(at)


@given(instants)
def test_a_minute_contains_its_instants(at: datetime):
    assert minute_of(at) <= at < minute_of(at) + timedelta(minutes=1)
    assert (minute_of(at).second, minute_of(at).microsecond) == (0, 0)


@pytest.mark.parametrize(
    "text", ["2026-12-01", "2026-12-01T09:00:00.000", "2026-12-01T09:00:00.000+11:00", "soon", ""]
)
def test_a_text_that_is_no_instant_in_utc_is_refused(text: str):
    with pytest.raises(ValueError, match=r"UTC|isoformat"):
        from_iso(text)
