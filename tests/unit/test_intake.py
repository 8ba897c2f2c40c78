"""What a worker takes, by the instant: for how long, how much, and who of it stands in a flood."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.breakers import BackendWatch
from chalicelib.flow.give_back import CROWD
from chalicelib.flow.intake import LATE, MOST_RUNNING, REFILL, Intake
from chalicelib.flow.pause import PauseWatch
from chalicelib.flow.reins import Reins
from chalicelib.flow.work import LONGEST_WAIT, SERVICE_TIME, Work
from chalicelib.model.backlog import Backlog
from chalicelib.model.canary import canary_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.job import Job, Priority
from tests.rig.builders import NOON, a_job, an_envelope
from tests.rig.memory.queues import MemoryInbox
from tests.rig.world import INVOCATION, SECOND, World

MILLISECOND = timedelta(milliseconds=1)


@pytest.fixture
def world() -> World:
    return World()


def intake_of(world: World) -> Intake:
    return world.deliver.intake


def work_of(world: World, *, within: timedelta = INVOCATION, inbox: MemoryInbox | None) -> Work:
    """An invocation that has nothing in hand yet."""
    return Work(
        Channel.SMS,
        world.clock.now() + within,
        PauseWatch(world.clock, world.pauses, world.offload),
        Reins(Channel.SMS, world.clock, world.pace, world.restraints, world.offload),
        BackendWatch(Channel.SMS, world.clock, world.circuit_breaker, world.offload),
        inbox=inbox,
    )


def queued(world: World, count: int) -> tuple[list[Job], MemoryInbox]:
    """Jobs that are in their queue, and what a worker takes them from."""
    jobs = [a_job() for _ in range(count)]
    for envelope in world.add(*jobs):
        world.queues.waiting[Queue.SEND_SMS].append((NOON, envelope))
    return jobs, MemoryInbox(world.queues, Queue.SEND_SMS)


def test_ten_are_taken_at_a_time(world: World):
    jobs, inbox = queued(world, REFILL + 1)
    work = work_of(world, inbox=inbox)

    assert world.run(intake_of(world).refill(work)) is True
    assert [each.stored.job for each in work.line] == jobs[:REFILL]
    assert work.taken == {job.id for job in jobs[:REFILL]}


def test_nothing_is_taken_from_nowhere(world: World):
    assert world.run(intake_of(world).refill(work_of(world, inbox=None))) is False


def test_an_empty_queue_gives_nothing(world: World):
    _, inbox = queued(world, 0)
    work = work_of(world, inbox=inbox)

    assert world.run(intake_of(world).refill(work)) is False
    assert (len(work.line), work.taken) == (0, set())


@pytest.mark.parametrize(("less", "is_taken"), [(timedelta(), True), (MILLISECOND, False)])
def test_nothing_is_taken_that_could_not_wait_and_be_served(
    world: World, less: timedelta, *, is_taken: bool
):
    _, inbox = queued(world, 1)
    work = work_of(world, within=SERVICE_TIME + LONGEST_WAIT - less, inbox=inbox)

    assert world.run(intake_of(world).refill(work)) is is_taken


@pytest.mark.parametrize(("more", "is_taken"), [(0, True), (1, False)])
def test_nothing_is_taken_while_so_many_are_under_way(world: World, more: int, *, is_taken: bool):
    _, inbox = queued(world, 1)
    work = work_of(world, inbox=inbox)
    running: set[Any] = set(range(MOST_RUNNING + more))
    work.running = running

    assert world.run(intake_of(world).refill(work)) is is_taken


def test_a_queue_or_a_store_that_does_not_answer_gives_nothing(world: World):
    _, inbox = queued(world, 1)
    work = work_of(world, inbox=inbox)
    inbox.faults.add("take", RetryableError("busy"))
    world.store.faults.add("recent_many", RetryableError("busy"))

    assert world.run(intake_of(world).refill(work)) is False
    assert world.run(intake_of(world).refill(work)) is False
    assert (len(work.line), work.taken) == (0, set())


def test_what_was_taken_and_served_is_deleted_in_the_end(world: World):
    jobs, inbox = queued(world, 3)
    work = work_of(world, inbox=inbox)
    world.run(intake_of(world).refill(work))
    work.unserved.add(jobs[1].id)
    world.run(intake_of(world).finish(work, inbox))

    assert [envelope.job_id for _, envelope in world.waiting()] == [jobs[1].id]


def test_where_nothing_was_taken_nothing_is_deleted(world: World):
    _, inbox = queued(world, 1)
    inbox.faults.add("finish", RetryableError("nothing was taken"))
    work = work_of(world, inbox=inbox)
    world.run(intake_of(world).finish(work, inbox))

    assert inbox.faults.coming["finish"]


def opened(world: World, *envelopes: Envelope) -> list[Job]:
    return [entry.job for entry in world.run(intake_of(world).opened(envelopes))]


def test_an_envelope_opens_a_job_that_is_still_as_it_says(world: World):
    good, cancelled, newer = a_job(), a_job(), a_job(version=2)
    world.add(good, cancelled.cancel(at=NOON), newer)
    envelopes = [an_envelope(good), an_envelope(cancelled), an_envelope(a_job(id=newer.id))]

    assert opened(world, *envelopes, an_envelope()) == [good]


@pytest.mark.parametrize(("served_ago", "staying"), [(LATE, CROWD), (LATE + MILLISECOND, 0)])
def test_those_who_come_so_late_are_a_flood(world: World, served_ago: timedelta, staying: int):
    held = Backlog(Priority.NORMAL, turn_at=NOON - SECOND, look_at=NOON, held_at=NOON)
    world.backlogs.hold(Channel.SMS, held)
    world.pace.ends["fed#sms"] = NOON + 60 * SECOND
    jobs = [a_job() for _ in range(CROWD)]
    envelopes = [replace(each, served_at=NOON - served_ago) for each in world.add(*jobs)]

    assert len(opened(world, *envelopes)) == staying


def test_a_canary_in_the_batch_is_met(world: World):
    opened(world, canary_of(Queue.SEND_SMS, visible_at=NOON))

    assert world.canaries.flock().met == {Queue.SEND_SMS: NOON}


def test_one_that_cannot_be_noted_keeps_no_other_and_no_job(world: World):
    job = a_job()
    world.add(job)
    world.canaries.faults.add("meet", RetryableError("busy"))
    canaries = [
        canary_of(queue, visible_at=NOON) for queue in (Queue.SEND_SMS, Queue.SCHEDULED_SMS)
    ]

    assert opened(world, *canaries, an_envelope(job)) == [job]
    assert world.canaries.flock().met == {Queue.SCHEDULED_SMS: NOON}
