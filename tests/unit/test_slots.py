"""Slots: runs that never put more callbacks into a second than the rate, whoever reserves them."""

from bisect import bisect_left
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model.channel import RATES, Channel
from chalicelib.model.slots import Run, next_run
from tests.rig.builders import NOON

SECOND = timedelta(seconds=1)
#: How late a callback may start in its slot before the slot is given up.
JITTER = timedelta(milliseconds=10)

#: Who asks next: how long after the last one (by a clock that may be behind), for how many.
requests = st.lists(st.tuples(st.integers(-300_000, 900_000), st.integers(1, 40)), max_size=8)
channels = st.sampled_from(list(Channel))


def most_in_a_second(instants: list[datetime]) -> int:
    """The most instants in any half-open second: the fullest one starts at one of them."""
    ordered = sorted(instants)
    return max(
        (bisect_left(ordered, at + SECOND) - i for i, at in enumerate(ordered)),
        default=0,
    )


def reserved(channel: Channel, asked: list[tuple[int, int]]) -> list[Run]:
    """The runs of several workers, in the order in which the pacing item was asked."""
    runs: list[Run] = []
    now = NOON
    for after_us, count in asked:
        now += timedelta(microseconds=after_us)
        free_at = runs[-1].end_at if runs else None
        spacing = RATES[channel].spacing
        runs.append(next_run(free_at, not_before=now, spacing=spacing, count=count))
    return runs


@given(channels, requests)
def test_no_second_has_more_slots_than_the_rate(channel: Channel, asked: list[tuple[int, int]]):
    slots = [slot for run in reserved(channel, asked) for slot in run]

    assert most_in_a_second(slots) <= RATES[channel].per_s


@settings(max_examples=40)
@given(channels, requests, st.randoms(use_true_random=False))
def test_no_second_has_more_starts_than_the_rate_where_starts_are_a_little_late(
    channel: Channel, asked: list[tuple[int, int]], random: Random
):
    slots = [slot for run in reserved(channel, asked) for slot in run]
    starts = [slot + random.random() * JITTER for slot in slots]

    assert most_in_a_second(starts) <= RATES[channel].per_s


@given(channels, requests)
def test_runs_never_overlap_nor_start_in_the_past(channel: Channel, asked: list[tuple[int, int]]):
    now, free_at = NOON, None
    for (after_us, _), run in zip(asked, reserved(channel, asked), strict=True):
        now += timedelta(microseconds=after_us)

        assert run.start_at >= now
        assert free_at is None or run.start_at >= free_at
        free_at = run.end_at


@given(channels, st.integers(1, 1000))
def test_a_backlog_uses_98_percent_of_the_rate(channel: Channel, count: int):
    run = Run(NOON, RATES[channel].spacing, count)

    assert count / ((run.end_at - run.start_at) / SECOND) >= 0.98 * RATES[channel].per_s


@pytest.mark.parametrize(("channel", "within_s"), [(Channel.SMS, 40.8), (Channel.EMAIL, 20.4)])
def test_a_broadcast_to_2000_takes_the_time_of_the_contract(channel: Channel, within_s: float):
    run = Run(NOON, RATES[channel].spacing, 2000)

    assert run.end_at - run.start_at <= timedelta(seconds=within_s)


def test_a_run_has_its_slots_at_even_distances():
    run = Run(NOON, SECOND, 3)

    assert list(run) == [NOON, NOON + SECOND, NOON + 2 * SECOND]
    assert run.end_at == NOON + 3 * SECOND


def test_a_pace_that_is_free_starts_when_it_is_asked():
    assert next_run(None, not_before=NOON, spacing=SECOND, count=1).start_at == NOON
    assert next_run(NOON - SECOND, not_before=NOON, spacing=SECOND, count=1).start_at == NOON
    assert next_run(NOON + SECOND, not_before=NOON, spacing=SECOND, count=1).start_at > NOON
