"""The clock in memory: time passes in order, and only where everybody sleeps."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rig.builders import NOON
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.jobs import Slow

MILLISECOND = timedelta(milliseconds=1)


def after_ms(clock: MemoryClock) -> float:
    return (clock.now() - NOON) / MILLISECOND


@given(st.lists(st.integers(-5, 50), max_size=20))
def test_sleepers_wake_in_the_order_of_time_and_then_of_falling_asleep(waits_ms: list[int]):
    clock = MemoryClock(NOON)
    woken: list[tuple[float, int]] = []

    async def sleeper(number: int, wait_ms: int) -> None:
        await clock.sleep_until(NOON + wait_ms * MILLISECOND)
        woken.append((after_ms(clock), number))

    async def story() -> None:
        await asyncio.gather(*(sleeper(n, wait_ms) for n, wait_ms in enumerate(waits_ms)))

    clock.run(story())

    assert woken == sorted((max(wait_ms, 0), n) for n, wait_ms in enumerate(waits_ms))


def test_no_time_passes_while_somebody_has_something_to_do():
    clock = MemoryClock(NOON)
    seen: list[float] = []

    async def busy() -> None:
        for _ in range(100):
            await asyncio.sleep(0)
            seen.append(after_ms(clock))

    async def story() -> None:
        await asyncio.gather(clock.sleep_until(NOON + MILLISECOND), busy())

    clock.run(story())

    assert set(seen) == {0}


def test_time_outs_of_asyncio_follow_the_same_time():
    clock = MemoryClock(NOON)

    async def story() -> float:
        sleeping = asyncio.create_task(clock.sleep_until(NOON + 400 * MILLISECOND))
        await asyncio.wait([sleeping], timeout=0.25)
        looked_at = after_ms(clock)
        await asyncio.wait([sleeping], timeout=0.25)
        return looked_at

    assert clock.run(story()) == 250
    assert after_ms(clock) == 400


def test_who_was_cancelled_is_not_waited_for():
    clock = MemoryClock(NOON)

    async def story() -> None:
        sleeping = asyncio.create_task(clock.sleep_until(NOON + 5 * MILLISECOND))
        await asyncio.sleep(0)
        sleeping.cancel()
        await clock.sleep_until(NOON + 9 * MILLISECOND)

    clock.run(story())

    assert after_ms(clock) == 9


def test_a_sleeper_that_oversleeps_wakes_late():
    clock = MemoryClock(NOON, oversleep=lambda: 3 * MILLISECOND)
    clock.run(clock.sleep_until(NOON + MILLISECOND))

    assert after_ms(clock) == 4


def test_a_story_that_would_never_end_is_told():
    async def story() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="nobody sleeps"):
        MemoryClock(NOON).run(story())


def test_on_another_loop_time_passes_at_once():
    clock = MemoryClock(NOON)
    asyncio.run(clock.sleep_until(NOON + timedelta(days=1)))

    assert clock.now() == NOON + timedelta(days=1)


def test_a_slow_call_has_its_effect_half_way():
    clock = MemoryClock(NOON)
    slow = Slow(clock, takes=lambda: 10 * MILLISECOND)

    assert clock.run(slow(after_ms, clock)) == 5
    assert after_ms(clock) == 10
