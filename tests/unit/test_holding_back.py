"""Holding back and waking, by the instant: what is said of a backlog, and who is called to it."""

from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.dispatch import Turn
from chalicelib.flow.turns import AHEAD
from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Priority
from tests.rig.builders import NOON, a_job
from tests.rig.world import SECOND, World

MINUTE = timedelta(minutes=1)


def held(at: datetime, **changes: object) -> Turn:
    return Turn(a_job(**changes), at, is_held=True)


def calls(world: World, queue: Queue = Queue.SEND_SMS) -> list[tuple[float, str]]:
    """The calls in a queue: in how many seconds they come, and their names."""
    now = world.clock.now()
    return [
        ((visible_at - now) / SECOND, envelope.job_id)
        for visible_at, envelope in world.queues.waiting[queue]
        if not envelope.version
    ]


def a_call(at: datetime) -> str:
    return f"wake@{to_iso(at)}"


def test_a_backlog_begins_with_its_first_turn_and_is_looked_at_before_anybody_may_go():
    world = World()
    due_at = NOON + 10 * SECOND
    turns = [held(NOON + 30 * SECOND, due_at=due_at), held(NOON + 20 * SECOND, due_at=due_at)]
    world.dispatch.hand_over(turns)

    assert world.backlogs.of(Channel.SMS) == {
        Priority.NORMAL: Backlog(
            Priority.NORMAL,
            turn_at=NOON + 20 * SECOND,
            look_at=due_at - AHEAD,
            held_at=NOON,
        )
    }


def test_who_has_a_turn_of_the_past_is_looked_for_from_there_on():
    world = World()
    world.dispatch.hand_over([held(NOON - 5 * SECOND)])

    assert world.backlogs.of(Channel.SMS)[Priority.NORMAL].look_at == NOON - 5 * SECOND - AHEAD


def test_each_channel_and_priority_has_a_backlog_of_its_own():
    world = World()
    turns = [
        held(NOON),
        held(NOON + SECOND, priority=Priority.HIGH),
        held(NOON + 2 * SECOND, queue=Queue.SEND_EMAIL),
    ]
    world.dispatch.hand_over(turns)
    sms, email = world.backlogs.of(Channel.SMS), world.backlogs.of(Channel.EMAIL)

    assert {each: lane.turn_at for each, lane in sms.items()} == {
        Priority.NORMAL: NOON,
        Priority.HIGH: NOON + SECOND,
    }
    assert email[Priority.NORMAL].turn_at == NOON + 2 * SECOND


def test_a_backlog_that_cannot_be_told_keeps_no_other():
    world = World()
    world.backlogs.faults.add("hold", RetryableError("busy"))
    world.dispatch.hand_over([held(NOON), held(NOON, priority=Priority.LOW)])

    assert list(world.backlogs.of(Channel.SMS)) == [Priority.LOW]


def test_who_is_held_back_beyond_the_horizon_waits_for_the_timer():
    world = World()
    at = NOON + 15 * MINUTE + timedelta(milliseconds=1)
    world.dispatch.hand_over([held(at)])

    assert world.backlogs.of(Channel.SMS) == {}
    assert list(world.timers.wake_ups) == [NOON + 15 * MINUTE]


def test_somebody_is_woken_for_those_whom_nobody_goes_ahead_of():
    world = World()
    due_at = NOON + 60 * SECOND
    turns = [held(due_at, due_at=due_at), held(due_at, due_at=due_at + SECOND)]
    world.dispatch.hand_over(turns)

    assert calls(world) == [(57, a_call(due_at - AHEAD))]


def test_nobody_is_woken_where_somebody_goes_ahead():
    world = World()
    world.dispatch.hand_over([Turn(a_job(), NOON), held(NOON)])

    assert calls(world) == []


def test_who_goes_ahead_on_one_channel_wakes_nobody_on_another():
    world = World()
    world.dispatch.hand_over([Turn(a_job(), NOON), held(NOON, queue=Queue.SCHEDULED_EMAIL)])

    assert calls(world, Queue.SEND_EMAIL) == [(0, a_call(NOON))]


@pytest.mark.parametrize(("known_s", "woken"), [(None, True), (56, False), (57, False), (58, True)])
def test_who_is_awake_early_enough_is_not_woken_again(known_s: float | None, *, woken: bool):
    world = World()
    awake = {} if known_s is None else {Channel.SMS: NOON + known_s * SECOND}
    world.dispatch.hand_over([held(NOON, due_at=NOON + 60 * SECOND)], awake=awake)

    assert (len(calls(world)) == 1) is woken
    assert awake[Channel.SMS] == NOON + (57 if woken else known_s or 0) * SECOND


@pytest.mark.parametrize(
    ("at", "delay_s"),
    [
        (NOON - MINUTE, 0),
        (NOON, 0),
        (NOON + timedelta(milliseconds=1), 1),
        (NOON + SECOND, 1),
        (NOON + 1.2 * SECOND, 2),
    ],
)
def test_a_call_comes_when_it_is_time_and_not_before(at: datetime, delay_s: int):
    world = World()
    world.dispatch.wake(Channel.SMS, at=at)

    assert calls(world) == [(delay_s, a_call(max(at, NOON)))]
    ((_, call),) = world.queues.waiting[Queue.SEND_SMS]
    assert call == Envelope(call.job_id, version=0, due_at=NOON, workspace_id="wake")


def test_jobs_that_no_timer_could_be_set_for_are_not_counted():
    world = World()
    world.timers.faults.add("ensure", None, RetryableError("busy"))
    hour = NOON + timedelta(hours=1)
    turns = [Turn(a_job(due_at=at), at) for at in (hour, hour + MINUTE, hour + MINUTE, NOON)]

    assert world.dispatch.hand_over(turns) == 2
    world.timers.faults.add("ensure", *[RetryableError("busy")] * 2)
    assert world.dispatch.hand_over(turns) == 1
