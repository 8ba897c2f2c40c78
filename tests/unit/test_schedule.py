"""Scheduling: durable before it is handed over, and in the order of the drafts."""

from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job, Priority
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_payload
from tests.rig.world import World


def a_draft(**changes: object) -> Draft:
    usual: dict[str, object] = {
        "channel": Channel.SMS,
        "workspace_id": "w1",
        "payload": a_payload(),
    }
    return Draft(**usual | changes)  # pyright: ignore[reportArgumentType]


def test_a_draft_becomes_a_pending_job_with_all_that_it_says():
    world = World()
    due_at = NOON + timedelta(hours=1)
    draft = a_draft(
        contact_id="c1",
        communication_id="spring",
        priority=Priority.HIGH,
        max_attempts=5,
        due_at=due_at,
    )
    (job,) = world.schedule([draft])

    assert job == Job(
        id=job.id,
        workspace_id="w1",
        contact_id="c1",
        communication_id="spring",
        queue=Queue.SCHEDULED_SMS,
        priority=Priority.HIGH,
        status=Status.PENDING,
        version=1,
        due_at=due_at,
        created_at=NOON,
        updated_at=NOON,
        max_attempts=5,
    )


def test_a_draft_without_a_due_instant_is_due_now():
    world = World()
    (job,) = world.schedule([a_draft()])

    assert (job.queue, job.due_at) == (Queue.SEND_SMS, NOON)
    assert job.communication_id == job.id


def test_a_due_instant_that_has_just_passed_is_now():
    world = World()
    (job,) = world.schedule([a_draft(due_at=NOON - timedelta(milliseconds=5))])

    assert job.queue is Queue.SEND_SMS


def test_jobs_come_in_the_order_of_their_drafts_with_their_payloads():
    world = World()
    payloads = [a_payload(message=str(n)) for n in range(600)]
    jobs = world.schedule([a_draft(payload=payload) for payload in payloads])

    assert [world.store.entries[job.id].payload for job in jobs] == payloads


def test_what_was_scheduled_is_stored_with_the_attention_of_its_turn():
    world = World()
    jobs = world.schedule([a_draft() for _ in range(300)])

    assert all(world.now(job).attention_at is not None for job in jobs)
    assert 0 < len(world.waiting()) < 300
    assert sum(not world.now(job).handed_over for job in jobs) == 300 - len(world.waiting())


def test_a_store_that_does_not_answer_is_told_and_nothing_is_handed_over():
    world = World()
    world.store.faults.add("add", RetryableError("busy"))

    with pytest.raises(RetryableError):
        world.schedule([a_draft()])
    assert world.waiting() == []


def test_a_queue_that_does_not_answer_is_not_told_for_the_job_is_durable():
    world = World()
    world.queues.refusing = True
    (job,) = world.schedule([a_draft()])

    assert world.now(job).status is Status.PENDING
    assert world.now(job).attention_at is not None
