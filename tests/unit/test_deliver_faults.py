"""The worker on a bad day: what goes wrong with one job stays with it, and nothing bunches."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.errors import OperatorError, RetryableError
from chalicelib.flow.attempt import RECORD_TRIES
from chalicelib.flow.leads import LEAD
from chalicelib.flow.starts import MISSED_BY
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.outcome import Answer
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_job
from tests.rig.memory.jobs import Slow
from tests.rig.memory.queues import VISIBILITY, MemoryInbox
from tests.rig.world import SECOND, World

SPACING = RATES[Channel.SMS].spacing
MILLISECOND = timedelta(milliseconds=1)
BUSY = RetryableError("busy", delay_s=0.1)
DENIED = OperatorError("denied")


def stall(world: World) -> Callable[[], None]:
    """Something keeps the whole process from running for a second."""

    def event() -> None:
        world.clock.at += SECOND

    return event


def book_out(world: World) -> None:
    """The pace of SMS is taken for longer than anybody waits."""
    world.pace.ends["slots#sms"] = NOON + timedelta(minutes=2)


@pytest.mark.parametrize("error", [BUSY, DENIED])
def test_a_claim_that_fails_leaves_its_job_to_sqs_and_the_others_are_served(error: Exception):
    world = World()
    job, other = a_job(), a_job()
    envelopes = world.add(job, other)
    world.store.faults.add("move", error)

    assert world.serve(envelopes) == {job.id}
    assert world.called == [other.id]
    assert world.now(job).status is Status.PENDING


def test_a_record_that_fails_leaves_its_job_claimed_for_the_rescue():
    world = World()
    job = a_job()
    envelopes = world.add(job)
    world.store.faults.add("move", None, *[BUSY] * RECORD_TRIES)

    assert world.serve(envelopes) == {job.id}
    assert world.now(job).status is Status.PROCESSING
    assert world.serve(envelopes) == set()
    assert world.called == [job.id]


@pytest.mark.parametrize("error", [BUSY, DENIED])
def test_a_pace_that_does_not_answer_leaves_the_jobs_to_sqs(error: Exception):
    world = World()
    jobs = [a_job() for _ in range(20)]
    envelopes = world.add(*jobs)
    world.pace.faults.add("reserve", error)

    assert world.serve(envelopes) == {job.id for job in jobs}
    assert world.starts == []


def test_what_is_under_way_is_brought_to_its_end_when_the_pace_does_not_answer():
    world = World()
    world.callbacks.takes = lambda: 3 * SECOND
    jobs = [a_job() for _ in range(20)]
    envelopes = world.add(*jobs)
    world.pace.faults.add("reserve", None, BUSY)
    unserved = world.serve(envelopes)
    done = [job.id for job in jobs if world.now(job).status is Status.COMPLETED]

    assert done == world.called
    assert done
    assert unserved == {job.id for job in jobs} - set(done)


def test_one_that_cannot_be_sent_back_does_not_keep_the_others():
    world = World()
    book_out(world)
    first, second = a_job(), a_job()
    envelopes = world.add(first, second)
    world.store.faults.add("touch", BUSY)
    unserved = world.serve(envelopes)

    assert unserved == {first.id}
    assert [envelope.job_id for _, envelope in world.waiting()] == [second.id]


def test_a_slot_that_was_missed_is_given_up_for_another_one():
    world = World()
    jobs = [a_job() for _ in range(3)]
    envelopes = world.add(*jobs)
    world.store.faults.add("move", stall(world))
    world.serve(envelopes)
    at = sorted(world.starts)

    assert {world.now(job).status for job in jobs} == {Status.COMPLETED}
    assert all(later - earlier >= SPACING - MISSED_BY for earlier, later in pairwise(at))
    assert [world.now(job).starts for job in jobs] == [1, 1, 1]


def test_a_missed_slot_costs_no_attempt():
    world = World()
    job = a_job(max_attempts=1)
    envelopes = world.add(job)
    world.store.faults.add("move", stall(world))
    world.serve(envelopes)
    now = world.now(job)

    assert (now.status, now.attempts, len(now.history)) == (Status.COMPLETED, 1, 1)
    assert now.history[0].started_at == world.starts[0]


def test_a_start_that_is_a_little_late_still_uses_its_slot():
    world = World()
    world.clock.oversleep = lambda: 4 * MILLISECOND
    world.serve(world.add(a_job()))

    assert world.starts == [NOON + LEAD + 4 * MILLISECOND]


def test_a_claimed_job_that_misses_its_slot_and_finds_the_pace_occupied_is_unclaimed():
    world = World()
    job = a_job()
    envelopes = world.add(job)

    world.store.faults.add("move", stall(world))
    world.pace.faults.add("reserve", None, lambda: book_out(world))
    unserved = world.serve(envelopes)
    now = world.now(job)

    assert (unserved, world.starts) == (set(), [])
    assert (now.status, now.attempts, now.starts, now.history) == (Status.PENDING, 0, 0, ())
    assert [envelope.version for _, envelope in world.waiting()] == [now.version]


def test_a_job_that_is_cancelled_after_it_missed_its_slot_is_never_called():
    world = World()
    job = a_job()
    envelopes = world.add(job)

    def cancel() -> None:
        now = world.now(job)
        world.store.move(now, now.cancel(at=world.clock.now()))

    world.store.faults.add("move", stall(world), cancel)
    world.serve(envelopes)

    assert world.called == []
    assert world.now(job).status is Status.CANCELLED


def test_slow_claims_do_not_delay_a_slot_that_leaves_them_time():
    world = World()
    world.offload = Slow(world.clock, lambda: 90 * MILLISECOND)
    world.serve(world.add(*(a_job() for _ in range(30))))

    assert len(world.starts) == 30
    assert all(later - earlier >= SPACING for earlier, later in pairwise(world.starts))


def test_claims_that_are_always_too_slow_start_nothing_and_cost_nothing():
    world = World()
    world.offload = Slow(world.clock, lambda: 2 * SECOND)
    job = a_job()
    unserved = world.serve(world.add(job))
    now = world.now(job)

    assert (unserved, world.starts) == (set(), [])
    assert (now.status, now.attempts, now.history) == (Status.PENDING, 0, ())
    assert [envelope.version for _, envelope in world.waiting()] == [now.version]


@pytest.mark.parametrize("milliseconds", [250, 500])
def test_a_job_whose_claims_are_slow_is_claimed_earlier_until_it_meets_a_slot(milliseconds: int):
    world = World()
    world.offload = Slow(world.clock, lambda: milliseconds * MILLISECOND)
    job = a_job()
    unserved = world.serve(world.add(job))

    assert (unserved, world.called) == (set(), [job.id])
    assert world.now(job).status is Status.COMPLETED


def test_a_worker_that_only_waits_for_answers_takes_more_from_its_queue():
    world = World()
    world.callbacks.takes = lambda: 5 * SECOND
    first, *more = jobs = [a_job() for _ in range(12)]
    world.add(*jobs)
    world.dispatch.hand_over(world.dispatch.plan(jobs))
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    world.serve(world.queues.receive(Queue.SEND_SMS, 1), inbox=inbox)

    assert world.called == [first.id, *(job.id for job in more)]
    assert world.starts[-1] < NOON + 2 * SECOND
    assert world.waiting() == []


def test_what_was_taken_and_not_served_stays_in_the_queue():
    world = World()
    world.callbacks.takes = lambda: 5 * SECOND
    first, second = a_job(), a_job()
    world.add(first, second)
    world.dispatch.hand_over(world.dispatch.plan([first, second]))
    world.store.faults.add("move", None, BUSY)
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    unserved = world.serve(world.queues.receive(Queue.SEND_SMS, 1), inbox=inbox)

    assert unserved == {second.id}
    assert [envelope.job_id for _, envelope in world.waiting()] == [second.id]


def test_a_queue_that_does_not_answer_ends_no_invocation():
    world = World()
    world.callbacks.takes = lambda: SECOND
    envelopes = world.add(a_job())
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    inbox.faults.add("take", BUSY, DENIED)

    assert world.serve(envelopes, inbox=inbox) == set()
    assert len(world.called) == 1


@pytest.mark.parametrize("error", [BUSY, DENIED])
def test_served_messages_that_cannot_be_deleted_come_again_and_start_nothing(error: Exception):
    world = World()
    world.callbacks.takes = lambda: SECOND
    jobs = [a_job() for _ in range(3)]
    world.add(*jobs)
    world.dispatch.hand_over(world.dispatch.plan(jobs))
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    inbox.faults.add("finish", error)

    assert world.serve(world.queues.receive(Queue.SEND_SMS, 1), inbox=inbox) == set()
    world.clock.at += VISIBILITY
    assert len(again := world.queues.receive(Queue.SEND_SMS, 10)) == 2
    assert world.serve(again) == set()
    assert sorted(world.called) == sorted(job.id for job in jobs)


def test_nothing_is_taken_that_could_not_be_served_any_more():
    world = World()
    world.callbacks.takes = lambda: 9 * SECOND
    jobs = [a_job(), a_job()]
    world.add(*jobs)
    world.dispatch.hand_over(world.dispatch.plan(jobs))
    envelopes = world.queues.receive(Queue.SEND_SMS, 1)
    inbox = MemoryInbox(world.queues, Queue.SEND_SMS)
    world.serve(envelopes, inbox=inbox, within=timedelta(seconds=14.26))

    assert len(world.called) == 1
    assert len(world.waiting()) == 1


def test_an_answer_of_429_counts_against_nobody():
    world = World()
    world.callbacks.answers.append(Answer(429, retry_after="5"))
    job = a_job(max_attempts=1)
    world.serve(world.add(job))

    assert (world.now(job).status, world.now(job).attempts) == (Status.PENDING, 0)
