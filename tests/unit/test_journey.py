"""A job's whole way, with a clock that is moved: from its acceptance to its callback."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.flow.dispatch import Horizons
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.outcome import Answer, Kind
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_payload
from tests.rig.world import SECOND, World

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SMS = (Queue.SEND_SMS, Queue.SCHEDULED_SMS)


def scheduled(world: World, count: int, *, due_at: datetime | None = None) -> list[Job]:
    return world.schedule([Draft(Channel.SMS, "w1", a_payload(), due_at=due_at)] * count)


def fire_timers(world: World) -> None:
    """Let time pass to each wake-up, and release its bucket."""
    for bucket_at, wake_at in sorted(world.timers.wake_ups.items()):
        world.clock.at = wake_at
        world.release.release(bucket_at)


def test_a_job_that_is_due_in_three_days_is_called_at_its_instant():
    world = World()
    due_at = NOON + 3 * DAY + timedelta(milliseconds=1234)
    (job,) = scheduled(world, 1, due_at=due_at)
    fire_timers(world)
    released_at = world.clock.now()
    world.run(world.live(*SMS, until=due_at + SECOND))

    assert released_at == NOON + 3 * DAY - 5 * MINUTE
    assert world.starts == [due_at]
    assert world.now(job).status is Status.COMPLETED


def test_a_broadcast_in_three_days_starts_on_time_and_takes_the_time_of_its_rate():
    world = World()
    due_at = NOON + 3 * DAY
    jobs = scheduled(world, 500, due_at=due_at)
    fire_timers(world)
    world.run(world.live(*SMS, until=due_at + 20 * SECOND))

    assert len(set(world.called)) == len(world.called) == len(jobs)
    assert world.starts[0] == due_at
    assert world.starts[-1] <= due_at + len(jobs) * RATES[Channel.SMS].spacing + SECOND


def test_a_broadcast_beyond_the_horizon_of_sqs_does_not_pause_in_the_middle():
    """Those whose turn comes after the horizon wait for timers; their turns stay theirs."""
    world = World(horizons=Horizons(sqs=80 * SECOND, timer_lead=5 * SECOND))
    count = 110 * RATES[Channel.SMS].per_s
    scheduled(world, count)
    turns = {e.job.attention_at for e in world.store.entries.values() if not e.job.handed_over}
    fire_timers(world)
    kept = {e.job.attention_at for e in world.store.entries.values() if not e.job.handed_over}

    assert len(turns) > 0.98 * count
    assert kept <= turns
    assert len(world.waiting()) < count / 10
    assert world.backlogs.of(Channel.SMS)


def test_a_job_whose_timer_never_fires_is_called_within_two_minutes():
    world = World()
    due_at = NOON + DAY
    (job,) = scheduled(world, 1, due_at=due_at)
    world.clock.at = due_at - SECOND
    world.run(world.live(*SMS, until=due_at + 2 * MINUTE))

    assert world.called == [job.id]


def test_a_job_whose_hand_over_failed_is_called_within_two_minutes():
    world = World()
    world.queues.refusing = True
    (job,) = scheduled(world, 1)
    world.queues.refusing = False
    world.run(world.live(*SMS, until=NOON + 2 * MINUTE))

    assert world.called == [job.id]


@pytest.mark.parametrize("answer", [Answer(503), Answer(None, error="reset")])
def test_a_backend_that_recovers_gets_the_job_by_its_last_attempt(answer: Answer):
    world = World()
    world.callbacks.answers.extend([answer, answer])
    (job,) = scheduled(world, 1)
    world.run(world.live(*SMS, until=NOON + MINUTE))
    kinds = [attempt.kind for attempt in world.now(job).history]

    assert kinds == [Kind.RETRY, Kind.RETRY, Kind.COMPLETED]
    assert [call.headers["Idempotency-Key"] for _, call in world.callbacks.calls] == [job.id] * 3
    assert [call.headers["X-Attempt"] for _, call in world.callbacks.calls] == ["1", "2", "3"]


def test_a_backend_that_stays_down_fails_the_job_after_its_attempts():
    world = World()
    world.callbacks.answers.extend([Answer(500)] * 9)
    (job,) = scheduled(world, 1)
    world.run(world.live(*SMS, until=NOON + MINUTE))

    assert (world.now(job).status, len(world.starts)) == (Status.FAILED, 3)


async def killed_at(world: World, at: datetime) -> None:
    """Everything runs until then, and stops wherever it is."""
    running = asyncio.create_task(world.live(*SMS, until=NOON + DAY))
    await world.clock.sleep_until(at)
    running.cancel()


@given(st.integers(0, 6_000), st.sampled_from([0, 40, 900]))
@settings(max_examples=8)
def test_whenever_everything_is_killed_nothing_is_lost_and_only_the_unknown_is_called_again(
    killed_ms: int, answers_ms: int
):
    world = World()
    world.callbacks.takes = lambda: answers_ms * timedelta(milliseconds=1)
    jobs = scheduled(world, 100)
    world.run(killed_at(world, NOON + killed_ms * timedelta(milliseconds=1)))
    unknown = {job.id for job in jobs if world.now(job).status is Status.PROCESSING}
    world.run(world.live(*SMS, until=world.clock.now() + 4 * MINUTE))
    starts = Counter(world.called)

    assert {world.now(job).status for job in jobs} == {Status.COMPLETED}
    assert {job_id for job_id, count in starts.items() if count > 1} <= unknown
    assert max(starts.values()) <= 2
    assert all(world.now(job).starts >= starts[job.id] for job in jobs)
