"""Throttles and restraints: how far a pace falls, how fast it is back, and how long a pause is."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.channel import RATES, Channel, Rate
from chalicelib.model.outcome import LONGEST_RETRY_AFTER_S, Answer, outcome_of
from chalicelib.model.restraint import (
    FALL,
    LOWEST_SHARE,
    ONE_REFUSAL,
    RECOVERY,
    STRETCH,
    UNRESTRAINED,
    Restraint,
    Throttle,
    refused,
)
from tests.rig.builders import NOON

SECOND = timedelta(seconds=1)

#: How long after the one before a refusal comes (clocks differ), and for how long it asks to wait.
refusals = st.lists(
    st.tuples(st.integers(-50_000, 30_000_000), st.none() | st.floats(0, LONGEST_RETRY_AFTER_S)),
    min_size=1,
    max_size=30,
)


def all_of(asked: list[tuple[int, float | None]]) -> list[Throttle]:
    """What a workspace's throttle was after each of the refusals."""
    found: list[Throttle] = []
    now = NOON
    for after_us, wait_s in asked:
        now += timedelta(microseconds=after_us)
        found.append(refused(found[-1] if found else None, now=now, wait_s=wait_s))
    return found


@given(refusals, st.integers(-1_000_000, 60_000_000))
def test_there_is_always_some_pace_and_never_more_than_all_of_it(
    asked: list[tuple[int, float | None]], after_us: int
):
    for throttle in all_of(asked):
        assert LOWEST_SHARE <= throttle.share <= FALL
        at = throttle.since + timedelta(microseconds=after_us)
        assert LOWEST_SHARE <= throttle.share_at(at) <= 1


@given(refusals)
def test_a_pace_is_back_20_seconds_after_the_last_refusal(asked: list[tuple[int, float | None]]):
    last_at = NOON + sum((timedelta(microseconds=us) for us, _ in asked), timedelta())
    throttle = all_of(asked)[-1]

    assert throttle.since <= last_at + SECOND
    assert throttle.share_at(throttle.since + 20 * SECOND) >= 0.9
    assert throttle.share_at(throttle.since + RECOVERY) == 1
    assert not throttle.share_at(throttle.since) >= 0.9


@given(refusals)
def test_a_pause_is_never_shortened_by_another_refusal(asked: list[tuple[int, float | None]]):
    throttles = all_of(asked)

    for before, after in pairwise(throttles):
        assert after.paused_until >= before.paused_until


@given(refusals)
def test_a_pause_is_as_long_as_the_longest_wait_that_was_asked_for(
    asked: list[tuple[int, float | None]],
):
    now, wanted = NOON, NOON
    for after_us, wait_s in asked:
        now += timedelta(microseconds=after_us)
        wanted = max(wanted, now + timedelta(seconds=wait_s or 0))
    found = all_of(asked)[-1].paused_until

    assert wanted - ONE_REFUSAL <= found <= wanted


@given(st.text() | st.integers(0, 10**12).map(str))
def test_no_backend_can_ask_for_more_than_an_hour(retry_after: str):
    outcome = outcome_of(Answer(429, retry_after=retry_after), now=NOON)
    throttle = refused(None, now=NOON, wait_s=outcome.wait_s)

    assert NOON <= throttle.paused_until <= NOON + timedelta(hours=1)


@given(st.integers(0, 199_999), st.integers(1, 50))
def test_refusals_of_one_moment_are_one(apart_us: int, count: int):
    at = [NOON + i * timedelta(microseconds=apart_us) / count for i in range(count)]
    throttle = refused(None, now=NOON, wait_s=None)
    for each in at:
        throttle = refused(throttle, now=each, wait_s=None)

    assert (throttle.share, throttle.since) == (FALL, NOON)


def test_refusals_of_one_moment_with_one_wait_change_nothing():
    throttle = refused(None, now=NOON, wait_s=5)

    assert refused(throttle, now=NOON + ONE_REFUSAL / 2, wait_s=5) is throttle
    assert refused(throttle, now=NOON + ONE_REFUSAL / 2, wait_s=4.8) is throttle


def test_another_refusal_of_the_moment_that_asks_for_more_only_pauses_for_longer():
    throttle = refused(None, now=NOON, wait_s=5)
    longer = refused(throttle, now=NOON + ONE_REFUSAL / 2, wait_s=5.1)

    assert longer == Throttle(FALL, NOON, NOON + 5.2 * SECOND)


@pytest.mark.parametrize(("after", "grown"), [(ONE_REFUSAL, 0.01), (5 * SECOND, 0.25)])
def test_a_refusal_of_another_moment_halves_what_has_grown_back(after: timedelta, grown: float):
    throttle = refused(refused(None, now=NOON, wait_s=60), now=NOON + after, wait_s=None)

    assert throttle.share == pytest.approx((FALL + grown) * FALL)
    assert (throttle.since, throttle.paused_until) == (NOON + after, NOON + 60 * SECOND)


def test_a_pace_grows_back_evenly():
    throttle = refused(None, now=NOON, wait_s=None)
    shares = [throttle.share_at(NOON + i * SECOND) for i in range(13)]

    assert shares == pytest.approx([min(1, FALL + i / 20) for i in range(13)])


def test_a_throttle_is_over_when_both_its_pause_and_its_recovery_are():
    throttle = refused(None, now=NOON, wait_s=60)

    assert not throttle.is_over(NOON + 59 * SECOND)
    assert throttle.is_over(NOON + 60 * SECOND)
    assert not refused(None, now=NOON, wait_s=None).is_over(NOON + 9 * SECOND)


@pytest.mark.parametrize("channel", Channel)
def test_who_has_neither_limit_nor_throttle_goes_at_the_channels_pace(channel: Channel):
    assert not UNRESTRAINED.restrains(NOON)
    assert UNRESTRAINED.paused_until(NOON) is None
    assert UNRESTRAINED.spacing(channel, NOON) is None


def test_a_throttle_that_is_over_restrains_nothing():
    restraint = Restraint(throttle=refused(None, now=NOON, wait_s=None))

    assert restraint.restrains(NOON)
    assert not restraint.restrains(NOON + RECOVERY)
    assert restraint.spacing(Channel.SMS, NOON + RECOVERY) is None


@given(st.integers(1, 100))
def test_a_limit_restrains_and_spaces_by_a_bit_more_than_its_rate(per_s: int):
    restraint = Restraint(Rate(per_s))

    assert restraint.restrains(NOON)
    assert restraint.spacing(Channel.EMAIL, NOON) == timedelta(seconds=STRETCH / per_s)


@pytest.mark.parametrize("limit", [None, Rate(10)])
def test_a_throttle_takes_its_share_of_the_limit_or_else_of_the_channels_rate(limit: Rate | None):
    restraint = Restraint(limit, refused(None, now=NOON, wait_s=30))
    per_s = (limit or RATES[Channel.SMS]).per_s

    assert restraint.spacing(Channel.SMS, NOON) == timedelta(seconds=STRETCH / (per_s * FALL))
    assert restraint.paused_until(NOON + 29 * SECOND) == NOON + 30 * SECOND
    assert restraint.paused_until(NOON + 30 * SECOND) is None
