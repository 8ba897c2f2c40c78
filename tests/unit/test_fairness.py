"""No tenant starves another: whose callbacks start when several workspaces share a channel."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import RATES, Channel, Rate
from chalicelib.model.job import Job, Priority
from chalicelib.model.workspace import WorkspaceSettings
from tests.rig.builders import NOON, a_payload
from tests.rig.measuring.rates import jain_index
from tests.rig.world import SECOND, World
from tests.unit.test_rate import QUEUES, most_in_a_second

SMS = QUEUES[Channel.SMS]
RATE = RATES[Channel.SMS]


def broadcast(world: World, workspace_id: str, count: int, **fields: object) -> list[Job]:
    """One request of a workspace for so many SMS."""
    return world.schedule([Draft(Channel.SMS, workspace_id, a_payload(), **fields)] * count)


def starts_of(world: World, jobs: list[Job]) -> list[datetime]:
    """When the first callbacks of these jobs started, in that order."""
    mine = {job.id for job in jobs}
    return [at for at, job_id in zip(world.starts, world.called, strict=True) if job_id in mine]


def live(
    world: World,
    *,
    seconds: float,
    at_s: float = 0,
    do: Callable[[], object] = int,
    channels: Sequence[Channel] = (Channel.SMS,),
) -> None:
    """Let channels work for so long; somebody does something in between."""
    queues = [queue for channel in channels for queue in QUEUES[channel]]

    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(world.live(*queues, until=NOON + seconds * SECOND))
            await world.clock.sleep_until(NOON + at_s * SECOND)
            do()

    world.run(story())


def shares(world: World, *, since: datetime, until: datetime) -> Counter[str]:
    """Callbacks by workspace in a stretch of time."""
    return Counter(
        world.store.entries[job_id].job.workspace_id
        for at, job_id in zip(world.starts, world.called, strict=True)
        if since <= at < until
    )


def test_ten_broadcasts_of_ten_workspaces_share_the_channel_evenly():
    world = World()
    for number in range(10):
        broadcast(world, f"w{number}", 400)
    world.run(world.live(*SMS, until=NOON + 60 * SECOND))
    found = shares(world, since=NOON + 5 * SECOND, until=NOON + 55 * SECOND)

    assert jain_index([found[f"w{number}"] for number in range(10)]) >= 0.99
    assert sum(found.values()) >= 0.97 * 50 * RATE.per_s


def test_who_comes_later_begins_where_the_others_are():
    world = World()
    for number in range(4):
        broadcast(world, f"w{number}", 1000)
    late: list[Job] = []
    live(world, seconds=45, at_s=20, do=lambda: late.extend(broadcast(world, "late", 200)))
    at = starts_of(world, late)

    assert at[0] < NOON + 25 * SECOND
    assert len(at) >= 0.9 * 20 * RATE.per_s / 5


@pytest.mark.parametrize(("requests", "size"), [(1, 1000), (100, 1)])
def test_one_job_waits_seconds_behind_the_backlogs_of_others(requests: int, size: int):
    world = World()
    for number in range(10):
        for _ in range(requests):
            broadcast(world, f"w{number}", size)
    mine: list[Job] = []
    live(world, seconds=24, at_s=12, do=lambda: mine.extend(broadcast(world, "small", 1)))

    assert starts_of(world, mine)[0] - mine[0].due_at < 5 * SECOND


def test_a_backlog_is_not_handed_over_before_its_time():
    world = World()
    broadcast(world, "big", 20_000)
    broadcast(world, "other", 5000)

    assert len(world.waiting()) <= 4 * RATE.per_s
    for minute in range(1, 6):
        world.clock.at = NOON + timedelta(minutes=minute)
        world.release.rescue()
    assert len(world.waiting()) <= 24 * RATE.per_s


def test_high_overtakes_and_low_still_moves():
    world = World()
    low = broadcast(world, "w1", 300, priority=Priority.LOW)
    normal = broadcast(world, "w1", 1500)
    high: list[Job] = []
    urgent = {"priority": Priority.HIGH}
    live(world, seconds=30, at_s=5, do=lambda: high.extend(broadcast(world, "w1", 200, **urgent)))
    high_at = starts_of(world, high)
    assert len(high_at) == 200
    assert high_at[-1] < NOON + 16 * SECOND  # alone they would take 4; as normal ones, over 40
    between = NOON + 8 * SECOND, NOON + 28 * SECOND
    assert sum(between[0] <= at < between[1] for at in starts_of(world, low)) > 40
    assert len(starts_of(world, normal)) < 1500


@pytest.mark.parametrize("priority", Priority)
def test_whatever_waits_alone_gets_the_whole_rate(priority: Priority):
    world = World()
    broadcast(world, "w1", 600, priority=priority)
    world.run(world.live(*SMS, until=NOON + 14 * SECOND))

    assert len(world.starts) == 600


@pytest.mark.parametrize("per_s", [1, 10, 25, 49])
def test_a_limit_is_kept_in_any_second_and_others_do_not_pay_for_it(per_s: int):
    world = World()
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(per_s)})
    world.restraints.workspaces.put("limited", chosen)
    mine = broadcast(world, "limited", 20 * per_s)
    broadcast(world, "free", 1000)
    world.run(world.live(*SMS, until=NOON + 15 * SECOND))
    at = starts_of(world, mine)

    assert most_in_a_second(at) <= per_s
    assert most_in_a_second(world.starts) <= RATE.per_s
    fair = min(per_s, RATE.per_s / 2)
    assert len([each for each in at if each >= NOON + 5 * SECOND]) >= 0.5 * 10 * fair
    assert len([each for each in world.starts if each < NOON + 15 * SECOND]) >= 0.85 * 14.5 * 50


@pytest.mark.parametrize("per_s", [1, 10, 25])
def test_a_limit_is_kept_by_jobs_that_come_one_by_one(per_s: int):
    world = World()
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(per_s)})
    world.restraints.workspaces.put("limited", chosen)
    for _ in range(8 * per_s):
        broadcast(world, "limited", 1)
    world.run(world.live(*SMS, until=NOON + 15 * SECOND))

    assert most_in_a_second(world.starts) <= per_s
    assert len(world.starts) == 8 * per_s


def test_jobs_of_one_second_that_were_scheduled_one_by_one_do_not_hold_up_others():
    world = World()
    due_at = NOON + timedelta(hours=1)
    for _ in range(500):
        broadcast(world, "big", 1, due_at=due_at)
    (mine,) = broadcast(world, "small", 1, due_at=due_at + 4 * SECOND)
    world.clock.at = due_at - timedelta(minutes=5)
    world.release.release(due_at)
    world.clock.at = due_at - 2 * SECOND
    world.run(world.live(*SMS, until=due_at + 14 * SECOND))

    assert starts_of(world, [mine])[0] - mine.due_at < 5 * SECOND
    assert len(world.starts) == 501


@pytest.mark.parametrize(("count", "noted"), [(10, []), (75, [75]), (1, [])])
def test_what_exceeds_a_limit_is_noted_with_the_size_of_its_batch(count: int, noted: list[int]):
    world = World()
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(10)})
    world.restraints.workspaces.put("limited", chosen)
    broadcast(world, "limited", count)
    broadcast(world, "free", 200)

    assert [each.batch_size for each in world.batch_log.exceedances] == noted
    assert {each.error for each in world.batch_log.exceedances} <= {
        "Rate limit exceeded: 10 per second"
    }


def test_a_note_that_fails_keeps_no_job():
    world = World()
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(10)})
    world.restraints.workspaces.put("limited", chosen)
    world.batch_log.faults.add("exceed", RetryableError("busy"))

    assert len(broadcast(world, "limited", 75)) == 75


def test_limited_jobs_of_two_queues_are_served_without_a_rescue():
    world = World()
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(10)})
    world.restraints.workspaces.put("limited", chosen)
    broadcast(world, "limited", 100, due_at=NOON + 2 * SECOND)
    broadcast(world, "limited", 100)
    world.run(world.live(*SMS, until=NOON + 40 * SECOND))

    assert most_in_a_second(world.starts) <= 10
    assert len(world.starts) == 200
