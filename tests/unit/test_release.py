"""Release: the jobs of a minute go to SQS, all of them, each for its own instant."""

from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.release import MINUTE, PAGE
from chalicelib.flow.schedule import Draft
from chalicelib.flow.turns import AHEAD, FIRST
from chalicelib.model.agenda import GRACE, SHARDS
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from tests.rig.builders import NOON, a_job, a_payload
from tests.rig.world import SECOND, World

LEAD = timedelta(minutes=5)
BUCKET = NOON + timedelta(hours=1)


def far_ahead(
    world: World, count: int, *, offset: timedelta = timedelta(), workspace_id: str = "w1"
) -> list[Job]:
    """Jobs of one workspace that were scheduled for the bucket, and wait for its timer."""
    draft = Draft(Channel.SMS, workspace_id, a_payload(), due_at=BUCKET + offset)
    return world.schedule([draft] * count)


def released(world: World) -> int:
    world.clock.at = BUCKET - LEAD
    return world.release.release(BUCKET)


def test_a_job_is_handed_over_for_its_instant():
    world = World()
    far_ahead(world, 1, offset=7 * SECOND)

    assert released(world) == 1
    assert [left for left, _ in world.waiting(Queue.SCHEDULED_SMS)] == [LEAD + 5 * SECOND]


def test_the_minutes_before_and_after_are_left_alone():
    world = World()
    far_ahead(world, 1, offset=-timedelta(milliseconds=1))
    far_ahead(world, 1, offset=MINUTE)

    assert released(world) == 0


def test_every_job_of_a_minute_is_handed_over_once():
    world = World()
    world.add(
        *(
            a_job(
                due_at=BUCKET + n * SECOND / 50,
                attention_at=BUCKET + n * SECOND / 50,
                workspace_id=f"w{n % 10}",
            )
            for n in range(3 * PAGE * SHARDS)
        )
    )
    handed_over = released(world)
    again = released(world)

    assert (handed_over, again) == (3 * PAGE * SHARDS, 0)
    assert len({envelope.job_id for _, envelope in world.waiting()}) == handed_over
    assert len(world.waiting()) == handed_over


def test_a_page_that_was_handed_over_does_not_hide_the_rest_of_the_minute():
    """Its jobs need attention a grace after their turn, which may be within the same minute."""
    world = World()
    at_once = [a_job(due_at=BUCKET, attention_at=BUCKET) for _ in range(2 * PAGE * SHARDS)]
    at = BUCKET + GRACE + SECOND
    at_the_end = [a_job(due_at=at, attention_at=at) for _ in range(10)]
    world.add(*at_once, *at_the_end)

    assert released(world) == len(at_once) + len(at_the_end)


def test_all_queues_are_released():
    world = World()
    world.add(*(a_job(queue=queue, due_at=BUCKET, attention_at=BUCKET) for queue in Queue))

    assert released(world) == len(Queue)
    assert all(world.waiting(queue) for queue in Queue)


def test_a_broadcast_keeps_the_turns_that_it_got_when_it_was_scheduled():
    world = World()
    jobs = far_ahead(world, 200)
    turns = {job.id: world.now(job).attention_at for job in jobs}
    released(world)
    delays = sorted(left for left, _ in world.waiting(Queue.SCHEDULED_SMS))
    held = [world.now(job) for job in jobs if not world.now(job).handed_over]

    assert LEAD - 3 * SECOND < delays[0] <= delays[-1] < LEAD
    assert len(delays) + len(held) == len(jobs)
    assert all(job.attention_at == turns[job.id] for job in held)
    assert max(turns.values()) <= BUCKET + len(jobs) * RATES[Channel.SMS].spacing


def test_jobs_of_one_second_that_came_one_by_one_are_spread_too():
    world = World()
    for _ in range(200):
        far_ahead(world, 1)
    released(world)
    held = [e.job for e in world.store.entries.values() if not e.job.handed_over]

    assert len(held) > 150
    assert len({job.attention_at for job in held}) == len(held)
    assert world.backlogs.of(Channel.SMS)


def test_jobs_of_many_workspaces_that_are_due_together_are_a_crowd_as_well():
    world = World()
    for number in range(500):
        far_ahead(world, 1, workspace_id=f"w{number}")
    released(world)
    sent = world.waiting(Queue.SCHEDULED_SMS)

    assert len(sent) <= FIRST / RATES[Channel.SMS].spacing + 1
    assert world.backlogs.of(Channel.SMS)


def test_jobs_of_many_workspaces_keep_their_places_while_they_wait():
    """An update of each of a million would take longer than Lambda lets anything run."""
    world = World()
    jobs = [far_ahead(world, 1, workspace_id=f"w{number}")[0] for number in range(500)]
    released(world)
    held = [job for job in map(world.now, jobs) if not job.handed_over]

    assert len(held) > 450
    assert {job.attention_at for job in held} == {BUCKET}


def test_a_crowd_of_many_pages_wakes_the_workers_once():
    world = World()
    world.add(*(a_job(due_at=NOON, attention_at=BUCKET) for _ in range(5 * PAGE)))
    released(world)
    sent = [envelope for _, envelope in world.queues.waiting[Queue.SEND_SMS]]

    assert sum(envelope.job_id.startswith("wake@") for envelope in sent) == 1


def test_whoever_is_due_before_the_pages_before_has_somebody_woken_earlier():
    world = World()
    world.add(*(a_job(due_at=BUCKET, attention_at=BUCKET + SECOND) for _ in range(PAGE)))
    early = BUCKET - 20 * SECOND
    world.add(*(a_job(due_at=early, attention_at=BUCKET + 2 * SECOND) for _ in range(PAGE)))
    released(world)
    jobs = [e.job_id for _, e in world.queues.waiting[Queue.SEND_SMS] if not e.version]

    assert jobs == [f"wake@{to_iso(at - AHEAD)}" for at in (BUCKET, early)]


def test_a_release_that_is_out_of_time_says_so_and_the_next_one_goes_on():
    world = World()
    for _ in range(3 * PAGE):
        far_ahead(world, 1)
    world.clock.at = BUCKET - LEAD
    until = world.clock.at + SECOND
    world.store.faults.add("get_jobs", None, lambda: setattr(world.clock, "at", until))

    with pytest.raises(RetryableError, match=f"after {PAGE} jobs"):
        world.release.release(BUCKET, until=until)
    assert world.release.release(BUCKET, until=until + MINUTE) >= 2 * PAGE
    held = [e.job for e in world.store.entries.values() if not e.job.handed_over]
    assert BUCKET not in {job.attention_at for job in held}


def test_what_is_released_is_looked_after_when_its_turn_is_over():
    world = World()
    (job,) = far_ahead(world, 1)
    released(world)
    attention_at = world.now(job).attention_at

    assert attention_at is not None
    assert BUCKET + GRACE <= attention_at <= BUCKET + 2 * MINUTE


def test_a_job_that_was_cancelled_meanwhile_is_not_handed_over():
    world = World()
    (job,) = far_ahead(world, 1)
    world.store.move(world.now(job), world.now(job).cancel(at=NOON))

    assert released(world) == 0


def test_a_job_that_moves_between_reading_and_touching_is_left_to_who_moved_it():
    world = World()
    (job,) = far_ahead(world, 1)
    world.store.faults.add("touch", lambda: world.store.move(job, job.cancel(at=NOON)))

    assert released(world) == 1
    assert world.waiting(Queue.SCHEDULED_SMS) == []


def test_a_timer_that_fires_twice_changes_nothing():
    world = World()
    far_ahead(world, 3)

    assert (released(world), released(world)) == (3, 0)
    assert len(world.waiting(Queue.SCHEDULED_SMS)) == 3


def test_a_release_that_comes_late_hands_over_at_once():
    world = World()
    far_ahead(world, 1)
    world.clock.at = BUCKET + timedelta(hours=2)

    assert world.release.release(BUCKET) == 1
    assert [left for left, _ in world.waiting(Queue.SCHEDULED_SMS)] == [timedelta()]


def test_a_hand_over_that_fails_is_found_by_the_rescue():
    world = World()
    (job,) = far_ahead(world, 1)
    world.queues.refusing = True
    released(world)
    world.queues.refusing = False
    world.clock.at = world.now(job).attention_at or BUCKET
    world.clock.at += SECOND

    assert world.release.rescue().touched == 1
    assert len(world.waiting(Queue.SCHEDULED_SMS)) == 1
