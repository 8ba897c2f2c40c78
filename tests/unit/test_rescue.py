"""Rescue: what was lost on its way comes back, and a backlog is not amplified."""

import json
from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.attempt import RECORD_TRIES
from chalicelib.flow.release import PAGE, RESCUED_A_SHARD
from chalicelib.model.agenda import GRACE, SHARDS
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.outcome import Kind
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, an_outcome
from tests.rig.world import SECOND, World

MINUTE = timedelta(minutes=1)
#: A worker that dies after its callback leaves the store as one whose every record fails.
NOT_RECORDED = [RetryableError("the worker is gone")] * RECORD_TRIES


def in_sqs(world: World, count: int = 1) -> list[Job]:
    """Jobs that were handed over at noon and due then."""
    jobs = [a_job(attention_at=NOON + GRACE, handed_over=True) for _ in range(count)]
    world.add(*jobs)
    return jobs


def test_what_is_not_overdue_by_a_grace_is_left_alone():
    world = World()
    in_sqs(world)
    world.clock.at = NOON + GRACE

    assert world.release.rescue().touched == 0


def test_a_lost_message_is_sent_again():
    world = World()
    (job,) = in_sqs(world)
    world.clock.at = NOON + GRACE + SECOND

    assert world.release.rescue().touched == 1
    assert [envelope.job_id for _, envelope in world.waiting()] == [job.id]


def test_a_rescued_job_is_left_alone_for_another_grace():
    world = World()
    in_sqs(world)
    world.clock.at = NOON + 10 * MINUTE
    world.release.rescue()
    world.clock.at += GRACE

    assert world.release.rescue().touched == 0


def test_a_missed_timer_is_made_up_for():
    world = World()
    due_at = NOON + timedelta(hours=1)
    world.add(a_job(queue=Queue.SCHEDULED_SMS, due_at=due_at, attention_at=due_at))
    world.clock.at = due_at + SECOND
    world.release.rescue()

    assert [left for left, _ in world.waiting(Queue.SCHEDULED_SMS)] == [timedelta()]


def test_one_run_hands_over_a_bounded_number_and_the_next_one_goes_on():
    world = World()
    jobs = in_sqs(world, 3 * RESCUED_A_SHARD * SHARDS)
    world.clock.at = NOON + timedelta(hours=1)
    first = world.release.rescue().touched
    world.clock.at += SECOND
    second = world.release.rescue().touched
    rescued = [envelope.job_id for _, envelope in world.waiting()]

    assert first <= RESCUED_A_SHARD * SHARDS
    assert 0 < second <= RESCUED_A_SHARD * SHARDS
    assert len(rescued) == len(set(rescued)) == first + second < len(jobs)


def test_a_page_that_fails_keeps_no_other_and_is_told_to_lambda():
    world = World()
    in_sqs(world, PAGE + 5)
    world.clock.at = NOON + GRACE + SECOND
    world.store.faults.add("touch", RetryableError("busy"))

    with pytest.raises(RetryableError):
        world.release.rescue()
    assert len(world.waiting()) == 5
    assert world.release.rescue().touched == PAGE


def test_a_job_whose_worker_still_holds_it_is_looked_after_when_the_lease_ends():
    world = World()
    job = a_claimed_job(attention_at=NOON)
    world.add(job)
    world.clock.at = NOON + SECOND

    assert world.release.rescue().touched == 1
    assert world.now(job) == job.with_attention(NOON + LEASE, handed_over=True)
    assert world.waiting() == []


def test_a_job_whose_worker_was_lost_is_tried_again_with_an_unknown_outcome():
    world = World()
    job = a_claimed_job(attention_at=NOON)
    world.add(job)
    world.clock.at = NOON + LEASE
    world.clock.at += SECOND
    world.release.rescue()
    now = world.now(job)

    assert (now.status, now.attempts, now.history[0].kind) == (Status.PENDING, 1, Kind.UNKNOWN)
    assert [envelope.version for _, envelope in world.waiting()] == [now.version]


def test_a_job_that_loses_every_worker_fails_in_the_end():
    world = World()
    job = a_claimed_job(max_attempts=1, attention_at=NOON)
    world.add(job)
    world.clock.at = NOON + LEASE + SECOND
    world.release.rescue()

    assert world.now(job).status is Status.FAILED
    assert world.waiting() == []


def test_a_worker_that_records_at_the_last_moment_is_not_overwritten():
    world = World()
    job = a_claimed_job(attention_at=NOON)
    world.add(job)
    done = job.record(an_outcome(200), at=NOON + LEASE, wait=SECOND)
    world.store.faults.add("move", lambda: world.store.move(job, done))
    world.clock.at = NOON + LEASE + SECOND
    world.release.rescue()

    assert world.now(job) == done
    assert world.waiting() == []


def test_a_job_that_has_ended_is_not_looked_after():
    world = World()
    world.add(a_job(attention_at=NOON).cancel(at=NOON))
    world.clock.at = NOON + timedelta(days=1)

    assert world.release.rescue().touched == 0


@pytest.mark.parametrize("lost_workers", [1, 2])
def test_a_lost_worker_s_job_is_called_again_with_the_same_key(lost_workers: int):
    world = World()
    job = a_job()
    envelopes = world.add(job)
    for _ in range(lost_workers):
        world.store.faults.add("move", None, *NOT_RECORDED)
        world.serve(envelopes)
        world.clock.at += 2 * MINUTE
        world.release.rescue()
        envelopes = world.queues.receive(job.queue, 10)
    world.serve(envelopes)
    bodies = [json.loads(call.body) for _, call in world.callbacks.calls]

    assert world.now(job).status is Status.COMPLETED
    assert {call.headers["Idempotency-Key"] for _, call in world.callbacks.calls} == {job.id}
    assert [body["attempt"] for body in bodies] == list(range(1, lost_workers + 2))
    assert [a.number for a in world.now(job).history] == list(range(1, lost_workers + 2))
