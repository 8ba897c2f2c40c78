"""Pausing a queue: no callback starts, nothing is lost, and everybody goes on after a resume."""

import asyncio
from datetime import timedelta
from random import Random

from chalicelib.errors import RetryableError
from chalicelib.flow.line import Ticket
from chalicelib.flow.pause import CHUNK, FRESH_FOR
from chalicelib.flow.schedule import Draft
from chalicelib.model.agenda import PARKED_AT
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_claimed_job, a_job, a_payload, stored
from tests.rig.desk import Desk
from tests.rig.memory.jobs import Slow
from tests.rig.world import SECOND, World

MILLISECOND = timedelta(milliseconds=1)


def drafts(count: int, channel: Channel = Channel.SMS, **changes: object) -> list[Draft]:
    return [Draft(channel, "w1", a_payload(), **changes) for _ in range(count)]


async def paused_for_a_while(world: World, queue: Queue) -> None:
    """From two seconds on, for ten."""
    await world.clock.sleep_until(NOON + 2 * SECOND)
    world.pause_queues.pause(queue)
    await world.clock.sleep_until(NOON + 12 * SECOND)
    world.pause_queues.resume(queue)


def test_a_paused_queue_starts_nothing_a_second_later_and_everything_after_the_resume():
    world = World()
    world.offload = Slow(world.clock, lambda: Random(7).randrange(1, 30) * MILLISECOND)
    jobs = world.schedule(drafts(400))

    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(paused_for_a_while(world, Queue.SEND_SMS))
            tasks.create_task(world.live(Queue.SEND_SMS, until=NOON + 60 * SECOND))

    world.run(story())

    started = [at - NOON for at in world.starts]
    assert not [at for at in started if 3 * SECOND < at < 12 * SECOND]
    assert [at for at in started if at < 3 * SECOND]
    assert sorted(world.called) == sorted(job.id for job in jobs)


def test_a_slot_far_ahead_is_given_up_where_the_queue_is_paused_before_it():
    world = World()
    world.pace.ends["slots#sms"] = NOON + 4 * SECOND
    job = a_job()
    envelopes = world.add(job)

    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            until = NOON + 30 * SECOND
            tasks.create_task(world.deliver(Channel.SMS, envelopes, until=until))
            await world.clock.sleep_until(NOON + SECOND)
            world.pause_queues.pause(Queue.SEND_SMS)

    world.run(story())

    assert (world.called, world.now(job).attention_at) == ([], PARKED_AT)


def test_the_other_queue_of_the_channel_goes_on():
    world = World()
    world.pause_queues.pause(Queue.SEND_SMS)
    here, there = a_job(), a_job(queue=Queue.SCHEDULED_SMS)

    unserved = world.serve(world.add(here, there))

    assert (unserved, world.called) == (set(), [there.id])
    assert world.now(here).is_parked


def test_a_job_that_was_claimed_and_missed_its_slot_is_parked_as_if_it_never_was_claimed():
    world = World()
    job = a_job()
    claimed = a_claimed_job(id=job.id)
    world.add(claimed)

    world.run(world.give_back.park(Ticket(stored(job), claimed)))

    now = world.now(job)
    assert (now.status, now.attempts, now.history) == (Status.PENDING, 0, ())
    assert now.is_parked


def test_a_worker_goes_on_with_what_it_knows_where_pauses_cannot_be_read():
    world = World()
    world.pauses.faults.add("paused", RetryableError("busy"))
    job = a_job()

    assert world.serve(world.add(job)) == set()
    assert world.called == [job.id]


def test_a_job_that_cannot_be_parked_is_delivered_again():
    world = World()
    world.pause_queues.pause(Queue.SEND_SMS)
    world.store.faults.add("touch", RetryableError("busy"))
    job = a_job()

    assert world.serve(world.add(job)) == {job.id}


def test_what_was_parked_after_the_resume_is_found_by_the_rescue():
    world = World()
    job = a_job(attention_at=PARKED_AT)
    world.add(job)

    assert world.pause_queues.rescue() == 1
    assert [envelope.job_id for _, envelope in world.waiting()] == [job.id]
    assert not world.now(job).is_parked


def test_the_rescue_leaves_the_jobs_of_paused_queues_alone():
    world = World()
    world.pause_queues.pause(Queue.SEND_SMS)
    job = a_job(attention_at=PARKED_AT)
    world.add(job)

    assert (world.pause_queues.rescue(), world.waiting()) == (0, [])


def test_a_resume_without_time_leaves_the_rest_to_the_rescue():
    world = World()
    jobs = [a_job(attention_at=PARKED_AT) for _ in range(3)]
    world.add(*jobs)
    world.store.faults.add(
        "needing_attention", lambda: setattr(world.clock, "at", NOON + 60 * SECOND)
    )

    first = world.pause_queues.resume(Queue.SEND_SMS)

    assert first + world.pause_queues.rescue() == len(jobs)
    assert first < len(jobs)


def test_queues_that_are_resumed_together_share_the_time_of_one_call():
    world = World()
    queues = (Queue.SEND_SMS, Queue.SCHEDULED_SMS)
    jobs = [a_job(queue=queue, attention_at=PARKED_AT) for queue in queues for _ in range(3)]
    world.add(*jobs)
    for queue in queues:
        world.pause_queues.pause(queue)
    world.store.faults.add(
        "needing_attention", lambda: setattr(world.clock, "at", NOON + 60 * SECOND)
    )

    first = world.pause_queues.resume(*queues)

    assert first <= 3
    assert world.pauses.paused() == frozenset()
    assert first + world.pause_queues.rescue() == len(jobs)


def test_more_than_a_chunk_is_brought_back_with_turns_of_their_own():
    world = World()
    jobs = [a_job(attention_at=PARKED_AT) for _ in range(5 * CHUNK)]
    world.add(*jobs)

    assert world.pause_queues.resume(Queue.SEND_SMS) == len(jobs)
    turns = [world.now(job).attention_at or NOON for job in jobs]
    assert NOON + 15 * SECOND < max(turns) < NOON + 60 * SECOND
    assert len(world.waiting()) < 6 * 50


def test_a_parked_job_that_somebody_else_changed_meanwhile_is_left_to_them():
    world = World()
    job = a_job(attention_at=PARKED_AT)
    world.add(job)
    world.store.faults.add("touch", lambda: world.store.move(job, job.cancel(at=NOON)))

    assert (world.pause_queues.resume(Queue.SEND_SMS), world.waiting()) == (0, [])


def test_process_now_leaves_parked_jobs_where_they_are():
    desk = Desk()
    job = a_job(attention_at=PARKED_AT)
    desk.add(job)

    assert (desk.process_now("w1"), desk.timers.wake_ups) == (0, {})


def test_a_parked_job_can_be_cancelled_and_retried():
    desk = Desk()
    job = a_job(attention_at=PARKED_AT)
    desk.add(job)

    desk.run(desk.administer.cancel("w1", job.id))
    retried = desk.administer.retry("w1", job.id).after.job

    assert not retried.is_parked


def test_a_job_without_attention_is_not_parked():
    assert not a_claimed_job(attention_at=None).is_parked


def test_a_worker_knows_of_a_pause_within_a_second():
    assert FRESH_FOR <= SECOND
