"""Hand-over: SQS up to the horizon, a timer beyond it, and nothing lost where either fails."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import OperatorError, RetryableError
from chalicelib.flow.dispatch import EARLY, PREFETCH, Horizons, Turn, parcel
from chalicelib.model.agenda import GRACE
from chalicelib.model.instant import minute_of
from chalicelib.ports.delivery import Parcel
from tests.rig.builders import NOON, a_job, an_envelope
from tests.rig.world import SECOND, World

MINUTE = timedelta(minutes=1)
HORIZON = timedelta(minutes=15)


def hand_over(world: World, due_at: datetime) -> list[Parcel]:
    """Hand over a job that is due then; answers what is on its way in SQS."""
    job = a_job(due_at=due_at)
    world.dispatch.hand_over(world.dispatch.plan([job]))
    return [Parcel(envelope, job.queue, int(left / SECOND)) for left, envelope in world.waiting()]


def test_what_is_due_now_goes_to_sqs_without_a_delay():
    world = World()
    (sent,) = hand_over(world, NOON)

    assert sent.delay_s == 0
    assert world.timers.wake_ups == {}


def test_what_is_due_at_the_horizon_goes_to_sqs():
    world = World()
    (sent,) = hand_over(world, NOON + HORIZON)

    assert sent.delay_s == 898
    assert world.timers.wake_ups == {}


def test_what_is_due_beyond_the_horizon_waits_for_the_timer_of_its_minute():
    world = World()
    due_at = NOON + HORIZON + 7 * SECOND

    assert hand_over(world, due_at) == []
    assert world.timers.wake_ups == {NOON + HORIZON: NOON + HORIZON - 5 * MINUTE}


def test_the_jobs_of_a_minute_share_one_timer():
    world = World()
    jobs = [a_job(due_at=NOON + timedelta(hours=1, seconds=s)) for s in range(0, 120, 10)]
    handed_over = world.dispatch.hand_over(world.dispatch.plan(jobs))

    assert handed_over == 12
    assert len(world.timers.wake_ups) == 2


@given(st.integers(0, 900_000_000))
def test_an_envelope_is_visible_early_enough_to_start_on_time_and_not_much_earlier(wait_us: int):
    due_at = NOON + timedelta(microseconds=wait_us)
    sent = parcel(Turn(a_job(due_at=due_at), due_at), now=NOON)
    early = due_at - (NOON + sent.delay_s * SECOND)

    assert early >= EARLY or sent.delay_s == 0
    assert early < EARLY + SECOND


@given(st.integers(0, 3600), st.integers(0, 3600))
def test_an_envelope_waits_for_its_turn_and_for_its_due_instant(due_s: int, turn_s: int):
    due_at = NOON + due_s * SECOND
    served_at = max(due_at, NOON + turn_s * SECOND)
    sent = parcel(Turn(a_job(due_at=due_at), served_at), now=NOON)
    visible_at = max(due_at - EARLY, served_at - PREFETCH, NOON)

    assert visible_at - SECOND < NOON + sent.delay_s * SECOND <= visible_at


def test_what_is_overdue_is_sent_at_once():
    world = World()
    (sent,) = hand_over(world, NOON - timedelta(hours=2))

    assert sent.delay_s == 0


def test_the_attention_of_what_is_overdue_lies_ahead():
    world = World()
    (job,) = world.dispatch.prepared(world.dispatch.plan([a_job(due_at=NOON - 3 * MINUTE)]))

    assert job.attention_at == NOON + GRACE


def test_what_is_in_sqs_is_looked_after_a_grace_after_its_turn():
    world = World()
    (job,) = world.dispatch.prepared(world.dispatch.plan([a_job(due_at=NOON + MINUTE)]))

    assert job.attention_at == NOON + MINUTE + GRACE


def test_what_waits_for_a_timer_is_looked_after_when_it_is_due():
    world = World()
    due_at = NOON + timedelta(days=3)
    (job,) = world.dispatch.prepared(world.dispatch.plan([a_job(due_at=due_at)]))

    assert job.attention_at == due_at


def test_an_envelope_is_the_job_s_as_it_is():
    world = World()
    job = replace(a_job(workspace_id="w7"), version=4)
    world.dispatch.hand_over(world.dispatch.plan([job]))

    assert world.waiting() == [(timedelta(), an_envelope(job))]


def test_a_refused_hand_over_is_counted_and_raises_nothing():
    world = World()
    world.queues.refusing = True

    assert world.dispatch.hand_over(world.dispatch.plan([a_job(), a_job()])) == 0


@pytest.mark.parametrize("error", [RetryableError("busy"), OperatorError("denied")])
def test_a_timer_that_cannot_be_set_raises_nothing_and_stops_no_other(
    error: Exception,
):
    world = World()
    world.timers.faults.add("ensure", error)
    jobs = [a_job(due_at=NOON + timedelta(hours=h)) for h in (1, 1, 2)]
    handed_over = world.dispatch.hand_over(world.dispatch.plan(jobs))

    assert handed_over == 1
    assert list(world.timers.wake_ups) == [NOON + timedelta(hours=2)]


def test_nothing_to_hand_over_is_fine():
    world = World()

    assert world.dispatch.hand_over(world.dispatch.plan([])) == 0


@pytest.mark.parametrize(
    ("sqs", "timer_lead", "works"),
    [
        (timedelta(seconds=900), timedelta(seconds=300), True),
        (timedelta(seconds=375), timedelta(seconds=300), True),
        (timedelta(seconds=374), timedelta(seconds=300), False),
        (timedelta(seconds=901), timedelta(seconds=300), False),
        (timedelta(seconds=77), timedelta(seconds=2), True),
    ],
)
def test_horizons_leave_no_gap_between_sqs_and_timers(
    sqs: timedelta,
    timer_lead: timedelta,
    works: bool,  # noqa: FBT001
):
    assert (Horizons(sqs=sqs, timer_lead=timer_lead).fault is None) == works


@given(st.integers(0, 7200), st.integers(0, 60))
def test_no_bucket_is_entered_after_its_release(due_s: int, asked_at_s: int):
    world = World()
    world.clock.at = NOON + asked_at_s * SECOND
    due_at = world.clock.at + due_s * SECOND
    hand_over(world, due_at)

    for bucket_at, wake_at in world.timers.wake_ups.items():
        assert bucket_at == minute_of(due_at)
        assert wake_at > world.clock.now()
