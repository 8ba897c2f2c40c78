"""Who is held back and comes next, by the instant: from where a backlog begins, lane by lane."""

from collections.abc import Collection
from datetime import timedelta

import pytest

from chalicelib.flow.held import FURTHEST, Held, Lane, mark_of
from chalicelib.flow.turns import AHEAD
from chalicelib.model.agenda import GRACE, PARKED_AT
from chalicelib.model.backlog import SEEN_AFTER, Backlog
from chalicelib.model.channel import Channel, Queue, Rate
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.model.workspace import WorkspaceSettings
from tests.rig.builders import LEASE, NOON, a_job
from tests.rig.world import SECOND, World

MILLISECOND = timedelta(milliseconds=1)
KNOWN = Backlog(Priority.NORMAL, turn_at=NOON, look_at=NOON, held_at=NOON)


@pytest.fixture
def world() -> World:
    return World()


def held_of(world: World) -> Held:
    return world.feed.held


def lane(world: World, *, size: int = 10, but: Collection[str] = ()) -> Lane:
    return held_of(world).lane(Channel.SMS, KNOWN, size=size, but=but)


def waiting(world: World, *turns_s: float, **changes: object) -> list[Job]:
    """Jobs of the store that have these turns, in seconds after noon."""
    jobs = [a_job(attention_at=NOON + at_s * SECOND, **changes) for at_s in turns_s]
    world.add(*jobs)
    return jobs


def limited(world: World) -> None:
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(10)})
    world.restraints.workspaces.put("w1", chosen)


def test_they_go_in_the_order_of_their_turns_of_whatever_queue(world: World):
    second, first = waiting(world, 2, 1)
    (third,) = waiting(world, 3, queue=Queue.SCHEDULED_SMS)
    waiting(world, 0, queue=Queue.SEND_EMAIL)
    waiting(world, 0, priority=Priority.HIGH)

    assert lane(world) == Lane(KNOWN, [first, second, third], None, [])


def test_the_index_may_show_them_a_moment_late(world: World):
    early = -SEEN_AFTER / SECOND
    (found,) = waiting(world, early)
    waiting(world, early - 0.001)

    assert lane(world).ready == [found]


def test_who_is_handed_over_parked_or_under_way_is_passed_over(world: World):
    waiting(world, 1, handed_over=True)
    world.add(a_job(attention_at=PARKED_AT), a_job().claim(at=NOON, lease=LEASE))

    assert lane(world) == Lane(KNOWN, [], None, [])


def test_who_was_fed_a_moment_ago_is_on_the_way(world: World):
    fed, other = waiting(world, 1, 2)
    found = lane(world, but={mark_of(fed)})

    assert (found.ready, found.on_their_way) == ([other], 1)


def test_a_place_has_a_mark_of_its_own_each_time():
    job = a_job(attention_at=NOON)
    moved = job.with_attention(NOON + MILLISECOND)

    assert mark_of(job) == mark_of(job.with_attention(NOON))
    assert len({mark_of(job), mark_of(moved), mark_of(a_job(attention_at=NOON))}) == 3
    assert len(mark_of(job)) == 8


def test_a_job_without_attention_has_the_mark_of_its_due_instant():
    job = a_job()

    assert mark_of(job.with_attention(job.due_at)) == mark_of(job)


@pytest.mark.parametrize(("ahead", "is_ready"), [(AHEAD, True), (AHEAD + MILLISECOND, False)])
def test_who_is_due_in_more_than_the_workers_have_waits(
    world: World, ahead: timedelta, *, is_ready: bool
):
    (job,) = waiting(world, 1, due_at=NOON + ahead)
    found = lane(world)

    assert found.ready == ([job] if is_ready else [])
    assert found.waiting_from == (None if is_ready else NOON + SECOND)


@pytest.mark.parametrize(("turn_s", "is_ready"), [(3, True), (3.001, False)])
def test_under_a_limit_a_turn_is_also_a_time(world: World, turn_s: float, *, is_ready: bool):
    limited(world)
    (job,) = waiting(world, turn_s)

    assert lane(world).ready == ([job] if is_ready else [])


def test_without_one_whoever_is_due_may_go_before_its_turn(world: World):
    (job,) = waiting(world, 60)

    assert lane(world).ready == [job]


def test_the_first_of_those_who_wait_is_remembered(world: World):
    waiting(world, 7, 5, 6, due_at=NOON + 60 * SECOND)
    limited(world)
    waiting(world, 4)

    assert lane(world).waiting_from == NOON + 4 * SECOND


def test_who_has_a_turn_within_a_pause_makes_room_and_who_has_one_behind_it_waits(world: World):
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=60)
    within, at_its_end = waiting(world, 59, 60)
    (other,) = waiting(world, 61, workspace_id="w2")

    assert lane(world) == Lane(
        KNOWN, [other], waiting_from=at_its_end.attention_at, pausing=[within]
    )


def test_no_more_are_looked_at_than_may_go(world: World):
    waiting(world, *range(30))

    assert len(lane(world, size=4).ready) == 5


def test_a_paused_queue_is_left_out(world: World):
    waiting(world, 1)
    (other,) = waiting(world, 2, queue=Queue.SCHEDULED_SMS)
    world.pauses.pause(Queue.SEND_SMS, at=NOON)

    assert lane(world).ready == [other]


def test_nobody_walks_further_than_so_far(world: World):
    waiting(world, *(n * 0.001 for n in range(FURTHEST + 50)), due_at=NOON + 60 * SECOND)
    (job,) = waiting(world, 2)

    assert lane(world).ready == []
    assert lane(world).waiting_from == NOON
    assert job not in lane(world).ready


def test_a_queue_begins_with_the_oldest_turn_of_a_priority(world: World):
    waiting(world, 9, 7, 8, 11, 12, 13)
    waiting(world, 1, priority=Priority.HIGH)
    waiting(world, 2, queue=Queue.SCHEDULED_SMS)
    found = held_of(world).oldest_turn_at(Queue.SEND_SMS, Priority.NORMAL)

    assert found == NOON + 7 * SECOND


def test_a_queue_where_all_are_parked_begins_nowhere(world: World):
    world.add(*(a_job(attention_at=PARKED_AT) for _ in range(9)))

    assert held_of(world).oldest_turn_at(Queue.SEND_SMS, Priority.NORMAL) is None


def test_who_was_handed_over_counts_where_a_queue_begins(world: World):
    world.add(a_job(attention_at=NOON + GRACE, handed_over=True))
    found = held_of(world).oldest_turn_at(Queue.SEND_SMS, Priority.NORMAL)

    assert found == NOON + GRACE
