"""Starts of a run: a slot goes to whoever is ready in its instant, and never to two."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flow.starts import MISSED_BY, Starts
from tests.rig.builders import NOON
from tests.rig.memory.clock import MemoryClock

MILLISECOND = timedelta(milliseconds=1)
SPACING = 20 * MILLISECOND
SLOTS = [NOON + n * SPACING for n in range(5)]


def ms(count: float) -> timedelta:
    return count * MILLISECOND


def played(
    ready: Mapping[int, timedelta],
    *,
    bound: frozenset[int] = frozenset(),
    late: timedelta = timedelta(),
) -> dict[int, datetime | None]:
    """Where each start was made, by its own slot: who is ready when, seen from the first slot."""
    clock = MemoryClock(at=NOON - timedelta(seconds=1))
    starts = Starts(clock, SLOTS)
    made: dict[int, datetime | None] = {}

    async def one(own: int, ready_at: datetime) -> None:
        await clock.sleep_until(ready_at)
        made[own] = await starts.turn(SLOTS[own], is_bound=own in bound)

    async def story() -> None:
        clock.oversleep = lambda: late
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(starts.give())
            for own, after in ready.items():
                tasks.create_task(one(own, NOON + after))

    clock.run(story())
    return made


def test_who_is_ready_in_time_starts_in_the_own_slot():
    made = played({own: ms(-100) for own in range(5)})

    assert made == dict(enumerate(SLOTS))


def test_the_slot_of_who_is_late_goes_to_the_next_one_and_nothing_is_lost():
    made = played({0: ms(30), 1: ms(-100), 2: ms(-100), 3: ms(-100), 4: ms(-100)})

    assert made[1] == SLOTS[0]
    assert set(made.values()) == set(SLOTS)


def test_a_slot_for_which_nobody_was_ready_can_be_used_a_moment_later():
    assert played({0: MISSED_BY}) == {0: SLOTS[0]}
    assert played({0: MISSED_BY + MILLISECOND}) == {0: SLOTS[1]}


def test_such_a_slot_is_used_once():
    made = played({0: ms(2), 1: ms(3)})

    assert made == {0: SLOTS[0], 1: SLOTS[1]}


def test_who_is_bound_starts_in_the_own_slot_or_never():
    late = played({1: ms(50), 2: ms(-100)}, bound=frozenset({1}))

    assert played({1: ms(-100)}, bound=frozenset({1})) == {1: SLOTS[1]}
    assert late == {1: None, 2: SLOTS[0]}


def test_who_is_bound_has_the_own_slot_before_everybody_else():
    made = played({0: ms(-100), 1: ms(-100), 2: ms(-100)}, bound=frozenset({2}))

    assert made == {0: SLOTS[0], 1: SLOTS[1], 2: SLOTS[2]}


def test_who_is_bound_takes_no_slot_of_another_that_is_vacant():
    made = played({2: ms(21)}, bound=frozenset({2}))

    assert made == {2: SLOTS[2]}


def test_who_is_ready_after_the_last_slot_does_not_start():
    assert played({0: ms(200)}) == {0: None}


def test_who_waits_for_a_slot_that_is_over_does_not_start():
    made = played({4: ms(-100), 3: ms(-100)}, bound=frozenset({4}), late=ms(8))

    assert made == {3: None, 4: None}


@given(
    st.dictionaries(st.integers(0, 4), st.integers(-50, 120).map(ms)),
    st.frozensets(st.integers(0, 4)),
    st.integers(0, 12).map(ms),
)
def test_no_slot_is_used_twice_and_none_is_left_that_somebody_waits_for(
    ready: dict[int, timedelta], bound: frozenset[int], late: timedelta
):
    made = played(ready, bound=bound, late=late)

    used = [at for at in made.values() if at is not None]
    assert len(used) == len(set(used))
    assert made.keys() == ready.keys()
    assert all(made[own] in (None, SLOTS[own]) for own in bound & ready.keys())
    waited = [NOON + ready[own] for own, at in made.items() if at is None and own not in bound]
    left = [slot_at for slot_at in SLOTS if slot_at not in used]
    if not late:
        assert not [at for at in waited for slot_at in left if at <= slot_at]
