"""Clock, Chance and Offload, as the machine keeps them."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.system_clock import SystemClock
from chalicelib.adapters.threads import Threads
from chalicelib.errors import RetryableError
from chalicelib.ports.world import Chance, Clock, Offload
from tests.rig.builders import NOON
from tests.rig.memory.jobs import Inline, MemoryClock


@pytest.fixture(params=[MemoryClock, SystemClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    return request.param()


@pytest.fixture(params=[Inline, Threads])
def offload(request: pytest.FixtureRequest) -> Offload:
    return request.param()


def test_now_is_aware_and_in_utc(clock: Clock):
    assert clock.now().tzinfo is UTC


def test_the_clock_of_the_machine_tells_the_present():
    assert abs(SystemClock().now() - datetime.now(UTC)) < timedelta(seconds=1)


@pytest.mark.parametrize("wait_ms", [0, 1, 3, 7, 20, 50])
def test_nobody_wakes_too_early(clock: Clock, wait_ms: int):
    async def woken_at() -> tuple[datetime, datetime]:
        at = clock.now() + timedelta(milliseconds=wait_ms)
        await clock.sleep_until(at)
        return at, clock.now()

    at, now = asyncio.run(woken_at())

    assert at <= now < at + timedelta(seconds=1)


def test_an_instant_that_has_passed_is_not_waited_for(clock: Clock):
    started_s = time.monotonic()
    asyncio.run(clock.sleep_until(clock.now() - timedelta(hours=1)))

    assert time.monotonic() - started_s < 1


def test_fractions_are_spread_from_0_to_below_1(chance: Chance):
    fractions = [chance.fraction() for _ in range(10_000)]

    assert all(0 <= fraction < 1 for fraction in fractions)
    assert 0.45 < sum(fractions) / len(fractions) < 0.55


def test_ids_of_one_instant_are_unique(chance: Chance):
    assert len({chance.new_id(at=NOON) for _ in range(10_000)}) == 10_000


def test_ids_sort_by_time(chance: Chance):
    instants = [NOON + timedelta(milliseconds=n**3) for n in range(500)]
    ids = [chance.new_id(at=at) for at in instants]

    assert ids == sorted(ids)


def test_ids_are_made_for_urls_and_of_one_length(chance: Chance):
    ids = [chance.new_id(at=at) for at in (NOON, datetime(2999, 1, 1, tzinfo=UTC))]

    assert all(one.isalnum() and one.isascii() for one in ids)
    assert {len(one) for one in ids} == {26}


def test_a_call_answers_with_what_it_was_given(offload: Offload):
    assert asyncio.run(_offloaded(offload, {"a"}.issubset, {"a", "b"})) is True


def test_a_call_on_a_thread_does_not_hold_up_the_loop():
    released = threading.Event()

    async def story() -> bool:
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(_offloaded(Threads(), released.wait, 10.0))
            await asyncio.sleep(0.01)
            released.set()
        return waiting.result()

    assert asyncio.run(story()) is True


def test_what_a_call_raises_comes_back(offload: Offload):
    def fail() -> bool:
        raise RetryableError("busy", delay_s=7)

    with pytest.raises(RetryableError, match="busy"):
        asyncio.run(_offloaded(offload, fail))


async def _offloaded(offload: Offload, call: Callable[..., bool], *args: object) -> bool:
    return await offload(call, *args)


def test_seeds_are_128_bits_and_never_the_same(chance: Chance):
    seeds = {chance.seed() for _ in range(100)}

    assert len(seeds) == 100
    assert {len(bytes.fromhex(seed)) for seed in seeds} == {16}
