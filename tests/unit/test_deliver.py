"""The worker: every envelope of a batch has its slot, in turn, and none before it is due."""

from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.leads import LEAD
from chalicelib.flow.work import LONGEST_WAIT, SERVICE_TIME
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Priority
from chalicelib.model.outcome import Answer
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored
from tests.rig.builders import NOON, a_job, an_envelope
from tests.rig.world import INVOCATION, SECOND, World

SPACING = RATES[Channel.SMS].spacing
MILLISECOND = timedelta(milliseconds=1)


def test_a_batch_is_served_slot_by_slot():
    world = World()
    jobs = [a_job() for _ in range(50)]
    unserved = world.serve(world.add(*jobs))

    assert unserved == set()
    assert world.called == [job.id for job in jobs]
    assert {later - earlier for earlier, later in pairwise(world.starts)} == {SPACING}
    assert {world.now(job).status for job in jobs} == {Status.COMPLETED}


def test_the_first_slot_leaves_time_to_claim():
    world = World()
    world.serve(world.add(a_job()))

    assert world.starts == [NOON + LEAD]


def test_a_slow_backend_does_not_delay_the_next_start():
    world = World()
    world.callbacks.takes = lambda: 9 * SECOND
    world.serve(world.add(*(a_job() for _ in range(50))))

    assert world.starts[-1] - world.starts[0] == 49 * SPACING


def test_a_job_is_never_called_before_it_is_due():
    world = World()
    due_at = NOON + 870 * MILLISECOND
    world.serve(world.add(a_job(due_at=due_at)))

    assert world.starts == [due_at]


def test_those_who_are_not_due_yet_do_not_hold_up_the_others():
    world = World()
    later, now = a_job(due_at=NOON + SECOND, priority=Priority.HIGH), a_job()
    world.serve(world.add(later, now))

    assert world.called == [now.id, later.id]
    assert world.starts == [NOON + LEAD, NOON + SECOND]


def test_a_job_that_is_due_too_late_for_the_invocation_goes_back():
    world = World()
    job = a_job(due_at=NOON + LONGEST_WAIT + 60 * SECOND)
    unserved = world.serve(world.add(job))

    assert (world.starts, unserved) == ([], set())
    assert world.waiting() == [(64 * SECOND, an_envelope(job))]


def test_high_priority_goes_first():
    world = World()
    low, high = a_job(priority=Priority.LOW), a_job(priority=Priority.HIGH)
    world.serve(world.add(low, high))

    assert world.called == [high.id, low.id]


def test_an_envelope_of_an_older_version_is_dropped():
    world = World()
    job = a_job()
    (envelope,) = world.add(job)
    world.serve([envelope])
    unserved = world.serve([envelope])

    assert unserved == set()
    assert world.called == [job.id]


def test_an_envelope_of_a_newer_version_than_the_store_s_is_dropped():
    world = World()
    job = a_job(version=1)
    world.add(job)

    assert world.serve([an_envelope(a_job(id=job.id, version=2))]) == set()
    assert world.called == []


def test_two_envelopes_of_one_job_are_one_callback():
    world = World()
    (envelope,) = world.add(a_job())
    world.serve([envelope, envelope])

    assert len(world.called) == 1


def test_the_envelope_of_a_job_that_is_gone_is_dropped():
    world = World()

    assert world.serve([an_envelope()]) == set()
    assert world.called == []


def test_a_job_that_is_cancelled_before_its_slot_is_never_called():
    world = World()
    job, other = a_job(), a_job()
    envelopes = world.add(job, other)
    world.pace.faults.add("reserve", lambda: world.store.move(job, job.cancel(at=NOON)))
    world.serve(envelopes)

    assert world.called == [other.id]
    assert world.now(job).status is Status.CANCELLED


def test_a_retry_has_a_new_envelope_and_the_old_one_is_done():
    world = World()
    world.callbacks.answers.append(Answer(503))
    job = a_job()
    unserved = world.serve(world.add(job))

    assert unserved == set()
    assert [envelope.version for _, envelope in world.waiting()] == [world.now(job).version]


def test_all_channels_have_a_pace_of_their_own():
    world = World()
    world.serve(world.add(*(a_job() for _ in range(50))))
    started_at = world.clock.now()
    world.serve(world.add(a_job(queue=Queue.SEND_EMAIL)), Channel.EMAIL)

    assert world.starts[-1] == started_at + LEAD


def test_both_queues_of_a_channel_share_its_pace():
    world = World()
    now, scheduled = a_job(), a_job(queue=Queue.SCHEDULED_SMS)
    world.pace.ends["slots#sms"] = NOON + SECOND
    world.serve(world.add(now, scheduled))

    assert world.starts == [NOON + SECOND, NOON + SECOND + SPACING]


def test_an_occupied_pace_sends_the_jobs_back_until_it_is_free():
    world = World()
    free_at = NOON + LONGEST_WAIT + 10 * SECOND
    world.pace.ends["slots#sms"] = free_at
    jobs = [a_job() for _ in range(60)]
    unserved = world.serve(world.add(*jobs))

    assert (unserved, world.starts) == (set(), [])
    assert len(world.waiting()) == len(jobs)
    assert {left for left, _ in world.waiting()} == {13 * SECOND}
    assert all((world.now(job).attention_at or NOON) > free_at for job in jobs)


def test_a_job_that_was_cancelled_is_not_sent_back():
    world = World()
    world.pace.ends["slots#sms"] = NOON + timedelta(minutes=1)
    job = a_job()
    envelopes = world.add(job)
    world.pace.faults.add("reserve", lambda: world.store.move(job, job.cancel(at=NOON)))
    world.serve(envelopes)

    assert world.waiting() == []


@pytest.mark.parametrize("within", [timedelta(), SERVICE_TIME - SECOND, SERVICE_TIME + LEAD / 2])
def test_what_could_not_be_recorded_before_the_invocation_ends_is_not_started(within: timedelta):
    world = World()
    job = a_job()
    unserved = world.serve(world.add(job), within=within)

    assert (unserved, world.starts) == (set(), [])
    assert [envelope.job_id for _, envelope in world.waiting()] == [job.id]


def test_the_last_slot_leaves_time_to_serve_it():
    world = World()
    jobs = [a_job() for _ in range(100)]
    world.serve(world.add(*jobs), within=SERVICE_TIME + SECOND)

    assert 0 < len(world.starts) < len(jobs)
    assert max(world.starts) <= NOON + SECOND + RATES[Channel.SMS].spacing * 12
    assert len(world.waiting()) == len(jobs) - len(world.starts)


def test_an_empty_batch_is_fine():
    world = World()

    assert world.serve([]) == set()
    assert world.clock.now() == NOON


def test_a_store_that_does_not_answer_leaves_the_batch_to_sqs():
    world = World()
    envelopes = world.add(a_job())
    world.store.faults.add("recent_many", RetryableError("busy"))

    with pytest.raises(RetryableError):
        world.serve(envelopes)
    assert world.starts == []


def test_a_big_batch_is_read_once():
    world = World()
    envelopes = world.add(*(a_job() for _ in range(100)))
    reads: list[int] = []
    world.store.faults.add("recent_many", *[lambda: reads.append(1)] * 9)
    world.store.faults.add("get_many", *[lambda: reads.append(1)] * 9)
    world.serve(envelopes, within=INVOCATION)

    assert len(reads) == 1


def test_what_is_stored_besides_does_not_matter():
    world = World()
    other = a_job()
    world.add(other)
    job = a_job()
    world.serve(world.add(job))

    assert world.called == [job.id]
    assert isinstance(world.store.get(other.id), Stored)
    assert world.now(other).status is Status.PENDING
