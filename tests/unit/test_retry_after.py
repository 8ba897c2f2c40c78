"""`Retry-After`, as backends write it and as they should not."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.outcome import LONGEST_RETRY_AFTER_S, retry_after_s
from tests.rig.builders import NOON


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("0", 0),
        ("1", 1),
        (" 120 ", 120),
        ("1.5", 1.5),
        ("007", 7),
        ("3600", 3600),
        ("3601", 3600),
        ("315360000", 3600),
        ("999999999999", 3600),
    ],
)
def test_seconds(text: str, wait_s: float):
    assert retry_after_s(text, now=NOON) == wait_s


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("Tue, 01 Dec 2026 12:02:00 GMT", 120),
        ("Tue, 01 Dec 2026 12:02:00 -0000", 120),
        ("Tuesday, 01-Dec-26 12:02:00 GMT", 120),
        ("Tue Dec  1 12:02:00 2026", 120),
        ("Tue, 01 Dec 2026 13:02:00 +0100", 120),
        ("Tue, 01 Dec 2026 11:58:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Sun, 01 Dec 2036 12:00:00 GMT", 3600),
    ],
)
def test_dates(text: str, wait_s: float):
    assert retry_after_s(text, now=NOON) == wait_s


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-1",
        "+5",
        "soon",
        "NaN",
        "inf",
        "1e3",
        "0x10",
        "12 s",
        "1,5",
        "1.2.3",
        "١٢",  # Arabic-Indic digits
        "9" * 400,
        "Tue, 32 Dec 2026 12:00:00 GMT",
        "Tue, 01 Dec 99999 12:00:00 GMT",
        "Tue, 01 Dec 99999999999999999999 12:00:00 GMT",
        "Tue, 01 Dec 2026 12:00:00 +99999999999999999999",
        "2026-12-01T12:02:00Z",
    ],
)
def test_what_says_nothing_usable_is_as_if_absent(text: str):
    assert retry_after_s(text, now=NOON) is None


def test_absent_is_absent():
    assert retry_after_s(None, now=NOON) is None


numbers = st.integers(-(10**25), 10**25)
dates = st.builds("Tue, {} Dec {} {}:{}:00 {}".format, *[numbers] * 5)


@given(st.text() | dates)
def test_whatever_it_says_the_wait_is_bounded(text: str):
    wait_s = retry_after_s(text, now=NOON)

    assert wait_s is None or 0 <= wait_s <= LONGEST_RETRY_AFTER_S


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2060, 1, 1)))  # noqa: DTZ001
def test_a_date_is_waited_for_within_bounds(naive: datetime):
    at = naive.replace(tzinfo=UTC, microsecond=0)
    wait_s = retry_after_s(format_datetime(at, usegmt=True), now=NOON)

    assert wait_s == min(max((at - NOON) / timedelta(seconds=1), 0), LONGEST_RETRY_AFTER_S)
