"""Slots of the channel that a workspace may use: never more than its limit in any second."""

from datetime import datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.model.channel import RATES, Channel
from chalicelib.model.restraint import STRETCH
from chalicelib.model.slots import TOLERANCE, Run, fitting, next_run
from tests.rig.builders import NOON
from tests.unit.test_slots import most_in_a_second

SECOND = timedelta(seconds=1)
#: How late a callback may be: in its slot, and on its way. The channel forgives as much.
JITTER = timedelta(milliseconds=20)

channels = st.sampled_from(list(Channel))
#: Runs of slots (how long after the last one was asked for, and for how many), and for how many
#: of a workspace's jobs.
runs = st.lists(
    st.tuples(st.integers(0, 1_500_000), st.integers(1, 40), st.integers(1, 40)),
    min_size=1,
    max_size=12,
)


def slots_of(
    channel: Channel, asked: list[tuple[int, int, int]]
) -> list[tuple[list[datetime], int]]:
    """The channel's runs in order, each with how many of a workspace's jobs want one."""
    found: list[tuple[list[datetime], int]] = []
    now, free_at = NOON, None
    for after_us, count, most in asked:
        now += timedelta(microseconds=after_us)
        run = next_run(free_at, not_before=now, spacing=RATES[channel].spacing, count=count)
        free_at = run.end_at
        found.append((list(run), most))
    return found


def chosen(calls: list[tuple[list[datetime], int]], per_s: int) -> list[datetime]:
    """What one workspace uses of the runs, in the order in which workers ask."""
    spacing = timedelta(seconds=STRETCH / per_s)
    used: list[datetime] = []
    free_at: datetime | None = None
    for slots, most in calls:
        found = fitting(free_at, slots, spacing=spacing, most=most)
        used += found.chosen
        free_at = found.free_at
    return used


@settings(max_examples=60)
@given(channels, st.integers(1, 100), runs, st.randoms(use_true_random=False))
def test_no_second_has_more_starts_than_the_limit_though_each_is_late(
    channel: Channel, per_s: int, asked: list[tuple[int, int, int]], random: Random
):
    used = chosen(slots_of(channel, asked), per_s)
    starts = [slot_at + random.random() * JITTER for slot_at in used]

    assert most_in_a_second(starts or [NOON]) <= per_s


@settings(max_examples=40)
@given(channels, st.integers(1, 100), runs, st.randoms(use_true_random=False))
def test_nor_where_workers_ask_in_another_order_than_that_of_their_slots(
    channel: Channel, per_s: int, asked: list[tuple[int, int, int]], random: Random
):
    calls = slots_of(channel, asked)
    random.shuffle(calls)
    used = chosen(calls, per_s)

    assert most_in_a_second([slot_at + random.random() * JITTER for slot_at in used]) <= per_s


def test_every_limit_up_to_the_channels_rate_is_kept_by_a_long_backlog():
    for channel in Channel:
        spacing = RATES[channel].spacing
        for per_s in range(1, RATES[channel].per_s + 1):
            calls = [(list(Run(NOON, spacing, 5 * RATES[channel].per_s)), 999)]
            used = chosen(calls, per_s)
            earliest = [slot_at + JITTER * (i % 2) for i, slot_at in enumerate(used)]

            assert most_in_a_second(earliest) <= per_s
            assert len(used) >= 0.9 * 5 * per_s, f"{channel} at {per_s} a second"


@given(channels, st.integers(1, 100), runs)
def test_slots_are_those_that_were_offered_and_no_more_than_were_wanted(
    channel: Channel, per_s: int, asked: list[tuple[int, int, int]]
):
    spacing, free_at = timedelta(seconds=STRETCH / per_s), None
    for slots, most in slots_of(channel, asked):
        found = fitting(free_at, slots, spacing=spacing, most=most)

        assert set(found.chosen) <= set(slots)
        assert len(found.chosen) <= most
        free_at = found.free_at


@given(st.integers(1, 100), st.integers(0, 10**7), st.integers(1, 60))
def test_who_finds_no_slot_is_told_when_one_would_fit(per_s: int, ahead_us: int, count: int):
    free_at = NOON + TOLERANCE + timedelta(microseconds=ahead_us + 1)
    slots = [NOON - i * timedelta(milliseconds=20) for i in reversed(range(count))]
    spacing = timedelta(seconds=STRETCH / per_s)
    found = fitting(free_at, slots, spacing=spacing, most=9)

    assert found.chosen == ()
    assert found.free_at == free_at
    assert fitting(free_at, [free_at - TOLERANCE], spacing=spacing, most=1).chosen


def test_of_no_slots_none_is_chosen():
    assert fitting(None, [], spacing=SECOND, most=9).free_at is None
