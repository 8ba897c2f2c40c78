"""Crowds: what one workspace wants at once is spread over the time that the channel needs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.flow.turns import FIRST
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job, Priority
from tests.rig.builders import NOON, a_job
from tests.rig.world import World

SPACING = RATES[Channel.SMS].spacing


def served(world: World, jobs: Sequence[Job]) -> list[datetime]:
    return [turn.served_at for turn in world.dispatch.plan(jobs)]


def crowd(count: int, **changes: object) -> list[Job]:
    return [a_job(**changes) for _ in range(count)]


@pytest.mark.parametrize("queue", [Queue.SEND_SMS, Queue.SEND_EMAIL, Queue.MY_QUEUE])
def test_one_job_is_no_crowd_and_two_have_turns_of_their_own(queue: Queue):
    world = World()

    assert served(world, crowd(1, queue=queue)) == [NOON]
    assert world.pace.ends == {}
    assert len(set(served(world, crowd(2, queue=queue)))) == 2


def test_a_broadcast_is_spread_at_the_rate_in_the_order_that_it_came():
    at = served(World(), crowd(2000))

    assert at[0] == NOON
    assert {b - a for a, b in pairwise(at)} == {SPACING}


def test_the_next_broadcast_of_the_workspace_follows_the_first():
    world = World()
    first, second = served(world, crowd(100)), served(world, crowd(100))

    assert second[0] == first[-1] + SPACING


def test_another_workspace_does_not_wait_for_it():
    world = World()
    served(world, crowd(2000))
    first_at = served(world, crowd(100, workspace_id="w2"))[0]

    assert first_at - NOON <= FIRST + SPACING


def test_a_single_job_of_the_workspace_does_not_wait_for_it():
    world = World()
    served(world, crowd(2000))

    assert served(world, [a_job()]) == [NOON]


def test_a_crowd_of_later_is_spread_from_its_due_instant():
    world = World()
    due_at = NOON + timedelta(hours=1)
    served(world, crowd(100))
    at = served(world, crowd(100, due_at=due_at))

    assert at[0] == due_at
    assert at[-1] == due_at + 99 * SPACING


def test_crowds_of_one_minute_follow_each_other():
    world = World()
    due_at = NOON + timedelta(hours=1)
    first = served(world, crowd(100, due_at=due_at))
    second = served(world, crowd(100, due_at=due_at))

    assert second[0] == first[-1] + SPACING


def test_nobody_in_a_crowd_is_served_before_they_are_due():
    world = World()
    jobs = [a_job(due_at=NOON + timedelta(hours=1, milliseconds=m)) for m in range(999, -1, -9)]
    turns = world.dispatch.plan(jobs)

    assert len(jobs) > RATES[Channel.SMS].per_s
    assert all(turn.served_at >= turn.job.due_at for turn in turns)


def test_jobs_that_are_not_due_together_are_no_crowd():
    world = World()
    jobs = [a_job(due_at=NOON + timedelta(hours=1, seconds=s)) for s in range(100)]

    assert served(world, jobs) == [job.due_at for job in jobs]


def test_a_pace_that_is_booked_out_still_gives_turns():
    world = World()
    booked_until = NOON + timedelta(days=3651)
    world.pace.ends["turn#sms#w1#normal"] = booked_until

    assert served(world, crowd(51))[0] == booked_until


def test_a_crowd_beyond_the_horizon_gets_a_timer_for_each_of_its_minutes():
    world = World()
    jobs = crowd(51 * 120, due_at=NOON + timedelta(hours=1))
    handed_over = world.dispatch.hand_over(world.dispatch.plan(jobs))

    assert handed_over == len(jobs)
    assert len(world.timers.wake_ups) == 3
    assert world.waiting() == []


def test_a_crowd_of_now_waits_invisibly():
    world = World()
    world.dispatch.hand_over(world.dispatch.plan(crowd(2000)))
    held = world.backlogs.of(Channel.SMS)[Priority.NORMAL]

    assert len(world.waiting()) == FIRST // SPACING + 1
    assert held.turn_at == NOON + len(world.waiting()) * SPACING
