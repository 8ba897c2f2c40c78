"""The worker by the instant: when it reserves, claims, gives up, looks again and wakes others."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.flow.deliver import REFILL_EVERY
from chalicelib.flow.leads import CLAIM_LEAD, LEAD
from chalicelib.flow.starts import MISSED_BY
from chalicelib.flow.work import LONGEST_WAIT, SERVICE_TIME
from chalicelib.model.agenda import GRACE
from chalicelib.model.breaker import Breaker
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.outcome import Answer
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_job
from tests.rig.memory.queues import MemoryInbox
from tests.rig.world import INVOCATION, SECOND, World

SLOT = RATES[Channel.SMS].spacing
#: Slots of a quarter of a second.
RUN = 12
MILLISECOND = timedelta(milliseconds=1)
HOST = "sms.example"


@pytest.fixture
def world() -> World:
    return World()


def calls_of(world: World, port: object, method: str) -> list[datetime]:
    """When a port is asked from now on."""
    asked: list[datetime] = []
    faults = port.faults  # pyright: ignore[reportAttributeAccessIssue]
    faults.add(method, *[lambda: asked.append(world.clock.now())] * 1000)
    return asked


def woken(world: World) -> list[float]:
    """When after noon somebody is called, in seconds."""
    return [
        (visible_at - NOON) / SECOND
        for visible_at, envelope in world.queues.waiting[Queue.SEND_SMS]
        if envelope.job_id.startswith("wake@")
    ]


def test_slots_are_reserved_a_quarter_of_a_second_at_a_time_and_just_ahead(world: World):
    reserved = calls_of(world, world.pace, "reserve")
    world.serve(world.add(*(a_job() for _ in range(3 * RUN))))

    assert reserved == [NOON + n * RUN * SLOT for n in range(3)]
    assert len(world.starts) == 3 * RUN


def test_no_more_slots_are_reserved_than_there_are_jobs(world: World):
    world.serve(world.add(*(a_job() for _ in range(RUN + 5))))

    assert world.pace.ends["slots#sms"] == NOON + LEAD + (RUN + 5) * SLOT


def test_a_job_is_claimed_just_before_its_slot(world: World):
    moved = calls_of(world, world.store, "move")
    world.serve(world.add(a_job()))

    assert moved[0] == NOON + LEAD - CLAIM_LEAD
    assert moved[1] == NOON + LEAD


@pytest.mark.parametrize(("late", "is_used"), [(MISSED_BY, True), (MISSED_BY + MILLISECOND, False)])
def test_a_slot_is_used_a_little_late_or_not_at_all(
    world: World, late: timedelta, *, is_used: bool
):
    world.store.faults.add("move", lambda: setattr(world.clock, "at", NOON + LEAD + late))
    world.serve(world.add(a_job()))

    assert (world.starts[0] == NOON + LEAD + late) is is_used
    assert len(world.starts) == 1


def test_a_slot_within_the_longest_wait_is_waited_for(world: World):
    world.pace.ends["slots#sms"] = NOON + LEAD + LONGEST_WAIT
    world.serve(world.add(a_job()))

    assert world.starts == [NOON + LEAD + LONGEST_WAIT]


def test_one_beyond_it_is_not(world: World):
    world.pace.ends["slots#sms"] = free_at = NOON + LEAD + LONGEST_WAIT + MILLISECOND
    job = a_job()
    world.serve(world.add(job))

    assert world.starts == []
    assert world.now(job).attention_at == free_at + GRACE


def test_the_last_slot_leaves_just_time_to_serve_it(world: World):
    job, late = a_job(), a_job()
    assert world.serve(world.add(job), within=SERVICE_TIME + LEAD) == set()
    world.clock.at = NOON
    world.pace.ends.clear()
    world.serve(world.add(late), within=SERVICE_TIME + LEAD - MILLISECOND)

    assert world.called == [job.id]


def test_an_unserved_job_is_not_taken_from_the_inbox_again(world: World):
    world.pace.ends["slots#sms"] = NOON + timedelta(minutes=2)
    world.callbacks.takes = lambda: 3 * SECOND
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    taken = calls_of(world, inbox, "take")
    world.serve(world.add(a_job()), inbox=inbox)

    assert taken == []


def test_a_worker_that_only_waits_looks_for_more_four_times_a_second(world: World):
    world.callbacks.takes = lambda: SECOND
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    taken = calls_of(world, inbox, "take")
    world.serve(world.add(a_job()), inbox=inbox)

    gaps = {b - a for a, b in pairwise(taken[1:])}
    assert len(taken) >= 4
    assert max(gaps) == REFILL_EVERY


def test_so_does_one_whose_jobs_are_not_due_yet(world: World):
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    taken = calls_of(world, inbox, "take")
    world.serve(world.add(a_job(due_at=NOON + 2 * SECOND)), inbox=inbox)

    assert taken[:3] == [NOON, NOON + REFILL_EVERY, NOON + 2 * REFILL_EVERY]
    assert world.starts == [NOON + 2 * SECOND]


def test_who_has_no_inbox_sleeps_until_somebody_is_due(world: World):
    reserved = calls_of(world, world.pace, "reserve")
    world.serve(world.add(a_job(due_at=NOON + 2 * SECOND)))

    assert reserved == [NOON + 2 * SECOND - LEAD]


def down(world: World, *, probe_in: timedelta) -> None:
    """The backend is down, and a probe may go in a while."""
    world.breakers.breakers[HOST] = Breaker(opened_at=NOON, probe_at=NOON + probe_in)


def test_while_the_backend_is_down_one_waits_to_go_as_a_probe_and_the_others_are_held(
    world: World,
):
    down(world, probe_in=2 * SECOND)
    jobs = [a_job() for _ in range(3)]
    world.serve(world.add(*jobs))

    assert world.called == [jobs[0].id]
    assert NOON + 2 * SECOND <= world.starts[0] <= NOON + 3 * SECOND
    assert [world.now(job).handed_over for job in jobs[1:]] == [False, False]
    assert world.breakers.breakers[HOST] == Breaker()


@pytest.mark.parametrize(
    ("probe_in", "is_called"), [(LONGEST_WAIT, True), (LONGEST_WAIT + MILLISECOND, False)]
)
def test_nobody_waits_for_a_probe_that_is_far_away(
    world: World, probe_in: timedelta, *, is_called: bool
):
    down(world, probe_in=probe_in)
    job = a_job()
    world.serve(world.add(job))

    assert (world.called == [job.id]) is is_called
    assert world.now(job).handed_over is False


def test_after_a_probe_the_channel_is_woken_at_once_where_it_is_well(world: World):
    down(world, probe_in=timedelta())
    world.serve(world.add(a_job()))

    assert woken(world) == [pytest.approx(LEAD / SECOND, abs=0.01)]


def test_and_when_the_next_one_may_go_where_it_is_not(world: World):
    down(world, probe_in=timedelta())
    world.callbacks.answers.append(Answer(503))
    world.serve(world.add(a_job()))
    probe_at = world.breakers.breakers[HOST].probe_at

    assert probe_at == NOON + LEAD + 4 * SECOND
    assert woken(world)[0] == pytest.approx((LEAD + 4 * SECOND) / SECOND, abs=0.01)


def test_a_probe_that_was_refused_costs_no_attempt(world: World):
    down(world, probe_in=timedelta())
    world.callbacks.answers.append(Answer(503))
    job = a_job(max_attempts=1)
    world.serve(world.add(job))
    now = world.now(job)

    assert (now.status, now.attempts) == (Status.PENDING, 0)
    assert now.due_at >= NOON + LEAD + 4 * SECOND


def test_once_a_workspace_is_told_to_wait_nobody_else_of_it_is_claimed(world: World):
    world.callbacks.answers.append(Answer(429, retry_after="3"))
    jobs = [a_job() for _ in range(2 * RUN)]
    world.serve(world.add(*jobs))

    told_at = world.starts[0]
    during = [at for at in world.starts if told_at + CLAIM_LEAD < at < told_at + 3 * SECOND]
    assert during == []
    assert world.starts[-1] >= told_at + 3 * SECOND


def test_jobs_of_a_queue_that_was_paused_meanwhile_are_parked_and_not_claimed(world: World):
    jobs = [a_job() for _ in range(2 * RUN)]
    envelopes = world.add(*jobs)
    world.pace.faults.add("reserve", lambda: world.pauses.pause(Queue.SEND_SMS, at=NOON))
    world.serve(envelopes, within=INVOCATION)

    assert {world.now(job).status for job in jobs} <= {Status.PENDING, Status.COMPLETED}
    assert any(world.now(job).is_parked for job in jobs)
