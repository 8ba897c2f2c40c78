"""Feeding from the backlogs: whatever happens to those who wait, and to whoever feeds."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.amend import Amend
from chalicelib.flow.feed import EVERY, LEAD_CALLS, LEAD_FOR, LONGEST_LEAD, PORTION
from chalicelib.flow.feeding import SELDOM, Feeding
from chalicelib.flow.turns import AHEAD, FIRST
from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import RATES, Channel, Queue, Rate
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.model.status import Status
from chalicelib.model.workspace import WorkspaceSettings
from tests.rig.builders import NOON
from tests.rig.desk import Desk
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.steering import MemoryBacklogs
from tests.rig.world import SECOND, World
from tests.unit.test_fairness import SMS, broadcast, live, starts_of
from tests.unit.test_rate import most_in_a_second

BUSY = RetryableError("busy")
RATE = RATES[Channel.SMS].per_s


def limited(per_s: int | None) -> WorkspaceSettings:
    return WorkspaceSettings(limits={Channel.SMS: Rate(per_s)} if per_s else {})


def held_of(world: World, jobs: list[Job]) -> list[Job]:
    """Those who wait in the agenda for their turn."""
    return [now for job in jobs if not (now := world.now(job)).handed_over]


def all_called_once(world: World, jobs: list[Job]) -> bool:
    return sorted(world.called) == sorted(job.id for job in jobs)


def test_where_a_backlog_cannot_be_noted_the_rescue_finds_who_is_held_back():
    world = World()
    world.backlogs.faults.add("hold", BUSY, BUSY)
    jobs = broadcast(world, "w1", 300)
    assert world.backlogs.of(Channel.SMS) == {}
    world.run(world.live(*SMS, until=NOON + 90 * SECOND))

    assert all_called_once(world, jobs)


@pytest.mark.parametrize("call", ["remember", "settle"])
def test_a_feeder_that_dies_after_sending_makes_nobody_called_twice(call: str):
    world = World()
    jobs = broadcast(world, "w1", 400)
    deaths = [BUSY, None, BUSY, BUSY]
    live(world, seconds=50, at_s=1, do=lambda: world.backlogs.faults.add(call, *deaths))

    assert all_called_once(world, jobs)
    assert most_in_a_second(world.starts) <= RATE


def test_two_feeders_at_once_make_nobody_called_twice():
    world = World()
    jobs = broadcast(world, "w1", 400)
    world.backlogs.faults.add("fed", *[lambda: another_feeds(world)] * 6)
    world.run(world.live(*SMS, until=NOON + 60 * SECOND))

    assert all_called_once(world, jobs)
    assert world.starts[-1] < NOON + 12 * SECOND


def test_whoever_finds_another_one_feeding_asks_more_seldom_but_before_the_workers_run_dry():
    world = World()
    broadcast(world, "w1", 400)
    world.backlogs.led_until[Channel.SMS] = NOON + 60 * SECOND
    asked: list[datetime] = []
    world.backlogs.faults.add("lead", *[lambda: asked.append(world.clock.now())] * 99)

    async def story() -> None:
        until = NOON + 60 * SECOND
        async with Feeding(world.feed, Channel.SMS, world.offload, until).while_working():
            await world.clock.sleep_until(NOON + 20 * SECOND)

    world.run(story())

    gaps = {later - at for at, later in pairwise(asked[-12:])}
    assert gaps == {SELDOM}
    assert EVERY < SELDOM
    assert LEAD_FOR + SELDOM < AHEAD


def another_feeds(world: World) -> None:
    """The lead of whoever feeds is over, and somebody else takes it."""
    world.backlogs.led_until.clear()
    world.feed(Channel.SMS)


def test_the_lead_of_a_feeder_that_died_is_taken_over():
    world = World()
    jobs = broadcast(world, "w1", 400)
    live(world, seconds=20, at_s=2, do=lambda: a_feeder_dies(world))

    assert all_called_once(world, jobs)


def a_feeder_dies(world: World) -> None:
    """Just when it had begun."""
    now = world.clock.now()
    world.backlogs.led_until[Channel.SMS] = now + LEAD_FOR


def test_one_who_is_fed_is_not_fed_again_while_the_workers_have_them():
    world = World()
    broadcast(world, "w1", 400)
    for _ in range(4):
        world.feed(Channel.SMS)
        world.clock.at += EVERY
    sent = [envelope.job_id for _, envelope in world.waiting() if envelope.version]

    assert len(sent) == len(set(sent)) > 4 * EVERY / SECOND * RATE


def fed_in(world: World, seconds: int) -> list[str]:
    """The jobs that are fed while no worker lives, in their order."""
    before = len(world.waiting())
    for _ in range(2 * seconds):
        world.feed(Channel.SMS)
        world.clock.at += EVERY
    return [envelope.job_id for _, envelope in world.waiting() if envelope.version][before:]


def test_workers_that_lag_are_not_flooded_with_what_they_have():
    world = World()
    broadcast(world, "w1", 400)
    first = fed_in(world, 10)
    again = fed_in(world, 20)
    later = fed_in(world, 30)

    assert len(first) == len(set(first)) > AHEAD / SECOND * RATE * 0.7
    assert set(again) <= set(first)
    assert len(again) == len(set(again)) > 0
    assert len(later) < 2 * len(first)


class SlowBacklogs(MemoryBacklogs):
    """Each look at what is known takes a while."""

    def __init__(self, clock: MemoryClock, takes: timedelta) -> None:
        super().__init__()
        self.clock, self.takes = clock, takes

    def of(self, channel: Channel) -> Mapping[Priority, Backlog]:
        self.clock.at += self.takes
        return super().of(channel)


def test_whoever_takes_longer_than_the_lead_lasts_hands_over_nothing_more():
    clock = MemoryClock(NOON)
    backlogs = SlowBacklogs(clock, takes=0 * SECOND)
    world = World(clock=clock, backlogs=backlogs)
    broadcast(world, "w1", 400)
    before = len(world.waiting())
    backlogs.takes = LONGEST_LEAD * 0.6  # one look before the lead, and one after each portion

    world.feed(Channel.SMS)

    assert len(world.waiting()) - before == 2 * (PORTION // RATES[Channel.SMS].spacing)


def test_where_the_tables_are_slow_the_lead_lasts_longer():
    clock = MemoryClock(NOON)
    backlogs = SlowBacklogs(clock, takes=0 * SECOND)
    world = World(clock=clock, backlogs=backlogs)
    broadcast(world, "w1", 400)
    backlogs.takes = SECOND / 5
    led_until: list[datetime] = []
    backlogs.faults.add("fed", lambda: led_until.append(backlogs.led_until[Channel.SMS]))

    world.feed(Channel.SMS)

    assert led_until == [NOON + SECOND / 5 + LEAD_CALLS * SECOND / 5]


def test_a_lane_whose_jobs_were_all_cancelled_is_closed():
    desk = Desk()
    jobs = broadcast(desk, "w1", 400)
    desk.many.cancel([desk.now(job) for job in jobs])
    desk.run(desk.live(*SMS, until=NOON + 10 * SECOND))

    assert desk.called == []
    assert desk.backlogs.of(Channel.SMS) == {}


def test_who_was_deleted_is_passed_over():
    desk = Desk()
    jobs = broadcast(desk, "w1", 200)
    desk.many.delete([desk.now(job) for job in jobs[::2]])
    desk.run(desk.live(*SMS, until=NOON + 15 * SECOND))

    assert all_called_once(desk, jobs[1::2])


def test_the_rest_of_a_backlog_is_served_at_once_where_its_front_was_cancelled():
    desk = Desk()
    jobs = broadcast(desk, "w1", 3000)
    desk.many.cancel([desk.now(job) for job in jobs[:-100]])
    desk.run(desk.live(*SMS, until=NOON + 6 * SECOND))

    assert all_called_once(desk, jobs[-100:])


@pytest.mark.parametrize("count", [1, 2, 100])
@pytest.mark.parametrize("after_s", [0, 20])
def test_what_is_sent_after_a_broadcast_was_cancelled_does_not_wait_for_its_turns(
    count: int, after_s: float
):
    desk = Desk()
    wrong = broadcast(desk, "w1", 3000)
    right: list[Job] = []
    desk.many.cancel([desk.now(job) for job in wrong])
    live(
        desk,
        seconds=after_s + 10,
        at_s=after_s,
        do=lambda: right.extend(broadcast(desk, "w1", count)),
    )

    assert all_called_once(desk, right)


def test_held_jobs_of_a_paused_queue_wait_and_go_on_after_the_resume():
    world = World()
    mine = broadcast(world, "w1", 300)
    there = broadcast(world, "w2", 300, due_at=NOON + 4 * SECOND)

    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(world.live(*SMS, until=NOON + 60 * SECOND))
            await world.clock.sleep_until(NOON + SECOND)
            world.pause_queues.pause(Queue.SEND_SMS)
            await world.clock.sleep_until(NOON + 30 * SECOND)
            world.pause_queues.resume(Queue.SEND_SMS)

    world.run(story())
    at = starts_of(world, mine)

    assert not [each for each in at if NOON + 2 * SECOND < each < NOON + 30 * SECOND]
    assert starts_of(world, there)[-1] < NOON + 14 * SECOND
    assert at[-1] < NOON + 40 * SECOND
    assert all_called_once(world, mine + there)


@pytest.mark.parametrize(("before", "after"), [(25, 5), (5, 25), (5, None), (None, 5)])
def test_a_limit_that_changes_while_jobs_are_held_back(before: int | None, after: int | None):
    world = World()
    world.restraints.workspaces.put("w1", limited(before))
    jobs = broadcast(world, "w1", 120)
    workspaces = world.restraints.workspaces
    live(world, seconds=45, at_s=3, do=lambda: workspaces.put("w1", limited(after)))
    since = NOON + 5 * SECOND

    assert all_called_once(world, jobs)
    assert most_in_a_second([at for at in world.starts if at < NOON + 3 * SECOND] or [NOON]) <= (
        before or RATE
    )
    assert most_in_a_second([at for at in world.starts if at >= since] or [NOON]) <= (after or RATE)


@pytest.mark.parametrize("ranked", [Priority.HIGH, Priority.LOW])
def test_a_job_that_gets_another_priority_while_it_is_held_back_changes_the_lane(ranked: Priority):
    desk = Desk()
    jobs = broadcast(desk, "w1", 600)
    others = broadcast(desk, "w2", 600)
    mine = jobs[300]
    Amend(desk.administer).prioritise("w1", mine.id, priority=ranked)
    desk.run(desk.live(*SMS, until=NOON + 40 * SECOND))
    (at,) = starts_of(desk, [mine])

    assert all_called_once(desk, jobs + others)
    assert at < NOON + 8 * SECOND  # each priority has a share of its own; as it was, 12
    assert desk.now(mine).status is Status.COMPLETED


def test_a_job_of_a_crowd_that_is_held_back_for_later_can_be_rescheduled_and_promoted():
    desk = Desk()
    due_at = NOON + timedelta(minutes=2)
    jobs = broadcast(desk, "w1", 200, due_at=due_at)
    sooner, later, now = held_of(desk, jobs)[-3:]
    amend = Amend(desk.administer)
    amend.reschedule("w1", sooner.id, due_at=NOON + 30 * SECOND)
    amend.reschedule("w1", later.id, due_at=NOON + timedelta(minutes=4))
    amend.promote("w1", now.id)
    desk.run(desk.live(*SMS, until=NOON + timedelta(minutes=5)))

    assert all_called_once(desk, jobs)
    assert starts_of(desk, [now])[0] < NOON + 3 * SECOND
    assert NOON + 30 * SECOND <= starts_of(desk, [sooner])[0] < NOON + 32 * SECOND
    later_at = NOON + timedelta(minutes=4)
    assert later_at <= starts_of(desk, [later])[0] < later_at + 2 * SECOND
    rest = [job for job in jobs if job.id not in {sooner.id, later.id, now.id}]
    assert due_at <= starts_of(desk, rest)[0] <= starts_of(desk, rest)[-1] < due_at + 6 * SECOND


def test_who_joins_while_somebody_feeds_does_not_wait_for_the_rescue():
    world = World()
    broadcast(world, "big", 2000)
    mine: list[Job] = []
    world.clock.at += 2 * SECOND
    for _ in range(200):
        broadcast(world, "big", 1)
    world.backlogs.faults.add("settle", lambda: mine.extend(broadcast(world, "small", 5)))
    world.run(world.live(*SMS, until=NOON + 50 * SECOND))

    assert starts_of(world, mine)[-1] < NOON + 10 * SECOND


def test_who_was_not_in_the_index_yet_when_their_backlog_moved_on_is_found_all_the_same():
    world = World()
    jobs = broadcast(world, "w1", 100)
    known = world.backlogs.of(Channel.SMS)[Priority.NORMAL]
    moved_on = replace(known, turn_at=known.turn_at + 2 * SECOND)
    assert world.backlogs.settle(Channel.SMS, before=known, after=moved_on)
    world.run(world.live(*SMS, until=NOON + 10 * SECOND))

    assert all_called_once(world, jobs)


def test_delayed_jobs_are_not_walked_over_for_the_few_that_are_due():
    world = World()
    world.restraints.workspaces.put("w1", limited(1))
    broadcast(world, "w2", 5000, due_at=NOON + timedelta(days=1))
    broadcast(world, "w1", 30)
    looks: list[None] = []
    world.store.faults.add("get_jobs", *[lambda: looks.append(None)] * 1000)
    world.feed(Channel.SMS)

    assert len(looks) < 20


def test_workers_that_do_not_claim_are_not_fed_more_than_they_need():
    world = World()
    broadcast(world, "w1", 1000)
    for _ in range(16):
        world.feed(Channel.SMS)
        world.clock.at += EVERY

    spacing = RATES[Channel.SMS].spacing
    assert len(world.waiting()) <= AHEAD // spacing + FIRST // spacing + 1
