"""Feeding beside a worker's work: it is finished in time, or left to somebody else."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest

from chalicelib.flow.feed import Feed
from chalicelib.flow.feeding import TO_ANSWER
from tests.rig.builders import NOON, a_job
from tests.rig.memory.clock import MemoryClock
from tests.rig.world import INVOCATION, SECOND, World

T = TypeVar("T")


@dataclass
class FeedsSlowly:
    """`ports.Offload` of a table that takes its time where many questions are asked of it."""

    clock: MemoryClock
    takes: timedelta

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        if isinstance(call, Feed):
            await self.clock.sleep_until(self.clock.now() + self.takes)
        return call(*args)


def a_world(*, feeding_takes: timedelta) -> World:
    clock = MemoryClock(NOON)
    return World(clock=clock, offload=FeedsSlowly(clock, feeding_takes))


def test_a_worker_answers_in_time_where_feeding_takes_longer_than_its_invocation():
    world = a_world(feeding_takes=10 * INVOCATION)
    job = a_job()

    assert world.serve(world.add(job)) == set()
    assert world.called == [job.id]
    assert world.clock.now() == NOON + INVOCATION - TO_ANSWER


@pytest.mark.parametrize("takes", [5 * SECOND, 20 * SECOND])
def test_what_is_being_fed_is_finished_where_there_is_time(takes: timedelta):
    world = a_world(feeding_takes=takes)
    world.serve(world.add(a_job()))

    assert world.clock.now() == NOON + takes
