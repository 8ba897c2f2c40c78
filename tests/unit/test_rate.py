"""The rate is a rate: several workers and both queues of a channel, whatever takes how long."""

from bisect import bisect_left
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_payload
from tests.rig.memory.jobs import Slow
from tests.rig.world import SECOND, World

QUEUES = {
    Channel.SMS: (Queue.SEND_SMS, Queue.SCHEDULED_SMS),
    Channel.EMAIL: (Queue.SEND_EMAIL, Queue.SCHEDULED_EMAIL),
}


def busy_world(random: Random, *, answers_ms: int, claims_ms: int, late_ms: int) -> World:
    """Answers, claims and wake-ups take up to so many milliseconds, each its own time."""
    world = World()
    world.offload = Slow(world.clock, lambda: _up_to(claims_ms, random))
    world.callbacks.takes = lambda: _up_to(answers_ms, random)
    world.clock.oversleep = lambda: _up_to(late_ms, random)
    return world


def _up_to(ms: int, random: Random) -> timedelta:
    return random.random() * ms * timedelta(milliseconds=1)


def most_in_a_second(instants: list[datetime]) -> int:
    ordered = sorted(instants)
    return max(bisect_left(ordered, at + SECOND) - i for i, at in enumerate(ordered))


def drafts(channel: Channel, count: int, workspaces: int = 1) -> list[Draft]:
    """Half of them for now and half for a moment later: both queues of the channel."""
    due_at = NOON + 2 * SECOND
    return [
        Draft(channel, f"w{n % workspaces}", a_payload(), due_at=due_at if n % 2 else None)
        for n in range(count)
    ]


@given(
    st.sampled_from(list(QUEUES)),
    st.integers(1, 3),
    st.sampled_from([0, 300, 9000]),
    st.sampled_from([0, 60, 250, 600]),
    st.sampled_from([0, 8, 15]),
    st.integers(0, 2**32),
)
@settings(max_examples=8, phases=[Phase.generate])  # a failure names its seed: no need to shrink
def test_no_second_has_more_starts_than_the_rate(
    channel: Channel, workspaces: int, answers_ms: int, claims_ms: int, late_ms: int, seed: int
):
    world = busy_world(Random(seed), answers_ms=answers_ms, claims_ms=claims_ms, late_ms=late_ms)
    jobs = world.schedule(drafts(channel, 2 * RATES[channel].per_s, workspaces))
    world.run(world.live(*QUEUES[channel], until=NOON + 180 * SECOND))
    due_at = {job.id: job.due_at for job in jobs}

    assert most_in_a_second(world.starts) <= RATES[channel].per_s
    assert sorted(world.called) == sorted(due_at)
    assert all(at >= due_at[job_id] for at, job_id in zip(world.starts, world.called, strict=True))
    assert {world.now(job).status for job in jobs} == {Status.COMPLETED}


@pytest.mark.parametrize("channel", QUEUES)
@pytest.mark.parametrize("answers_ms", [0, 300, 9000])
def test_a_backlog_uses_the_rate_however_slow_the_backend(channel: Channel, answers_ms: int):
    world = World()
    world.callbacks.takes = lambda: answers_ms * timedelta(milliseconds=1)
    count = 8 * RATES[channel].per_s
    world.schedule(drafts(channel, count))
    world.run(world.live(*QUEUES[channel], until=NOON + 40 * SECOND))
    took = max(world.starts) - min(world.starts)

    assert len(world.starts) == count
    assert (count - 1) / (took / SECOND) >= 0.97 * RATES[channel].per_s


def test_another_workspace_is_served_within_seconds_behind_a_backlog():
    world = World()
    world.schedule(drafts(Channel.SMS, 1000))
    world.clock.at += SECOND
    (mine,) = world.schedule([Draft(Channel.SMS, "small", a_payload())])
    world.run(world.live(*QUEUES[Channel.SMS], until=NOON + 15 * SECOND))
    at = world.starts[world.called.index(mine.id)]

    assert at - mine.due_at < 5 * SECOND
