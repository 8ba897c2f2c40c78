"""The reins of one worker, by the instant: places in a workspace's pace, and slots that fit it."""

from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.line import Ticket
from chalicelib.flow.reins import CLOSER, FRESH_FOR, HORIZON, Reins
from chalicelib.model.channel import RATES, Channel, Rate
from chalicelib.model.restraint import RECOVERY, STRETCH, Restraint
from chalicelib.model.slots import Run
from chalicelib.model.workspace import WorkspaceSettings
from tests.rig.builders import NOON, a_job, stored
from tests.rig.world import SECOND, World

SLOT = RATES[Channel.SMS].spacing
#: Between two starts of a workspace that may have ten a second.
SPACING = timedelta(seconds=STRETCH / 10)
PLACE = SPACING * CLOSER


@pytest.fixture
def world() -> World:
    """Where w1 may start ten callbacks a second."""
    world = World()
    world.restraints.workspaces.put("w1", WorkspaceSettings(limits={Channel.SMS: Rate(10)}))
    return world


def reins_of(world: World) -> Reins:
    """A worker's, who knows w1 and w2."""
    reins = Reins(Channel.SMS, world.clock, world.pace, world.restraints, world.offload)
    world.run(reins.know({"w1", "w2"}))
    return reins


def tickets(count: int, workspace_id: str = "w1") -> list[Ticket]:
    return [Ticket(stored(a_job(workspace_id=workspace_id))) for _ in range(count)]


def places(
    world: World, line: list[Ticket], *, first_at: datetime = NOON, last_at: datetime
) -> tuple[list[timedelta], list[Ticket]]:
    """When after noon their places are, and who got none."""
    placed, left = world.run(reins_of(world).places(line, first_at=first_at, last_at=last_at))
    assert [each.stored for each in placed] == [each.stored for each in line[: len(placed)]]
    return [(each.not_before or NOON) - NOON for each in placed], left


def test_who_is_known_is_not_asked_for_again(world: World):
    reins = reins_of(world)
    world.restraints.faults.add("of", RetryableError("it was asked"))

    world.run(reins.know({"w1", "w2"}))

    assert set(reins.known) == {"w1", "w2"}


def test_a_look_that_fails_leaves_what_was_known(world: World):
    reins = reins_of(world)
    world.restraints.faults.add("of", RetryableError("busy"))

    world.run(reins.look_again({"w1"}))

    assert reins.known["w1"] == Restraint(Rate(10))


def test_a_worker_knows_of_another_limit_within_a_moment(world: World):
    reins = reins_of(world)
    other = WorkspaceSettings(limits={Channel.SMS: Rate(3)})

    async def story() -> list[Restraint]:
        async with reins.while_working():
            world.restraints.workspaces.put("w1", other)
            await world.clock.sleep_until(NOON + FRESH_FOR - SECOND / 1000)
            before = reins.known["w1"]
            await world.clock.sleep_until(NOON + FRESH_FOR + SECOND / 1000)
            return [before, reins.known["w1"]]

    assert world.run(story()) == [Restraint(Rate(10)), Restraint(Rate(3))]


def test_only_a_workspace_with_a_pace_of_its_own_is_restrained(world: World):
    reins = reins_of(world)
    (mine,), (other,), (unknown,) = tickets(1), tickets(1, "w2"), tickets(1, "w3")

    assert [reins.is_restrained(each) for each in (mine, other, unknown)] == [True, False, False]


def test_a_workspace_pauses_for_as_long_as_its_backend_asked(world: World):
    world.restraints.refuse(Channel.SMS, "w2", at=NOON, wait_s=5)
    reins = reins_of(world)
    (mine,), (other,) = tickets(1), tickets(1, "w2")

    assert (reins.is_paused(mine), reins.is_paused(other)) == (False, True)
    world.clock.at += 5 * SECOND
    assert not reins.is_paused(other)


def test_places_are_a_bit_closer_than_starts(world: World):
    found = places(world, tickets(3), last_at=NOON + SECOND)

    assert found == ([0 * PLACE, PLACE, 2 * PLACE], [])
    assert world.pace.ends == {"own#sms#w1": NOON + 3 * PLACE}


def test_who_would_start_after_the_last_instant_gets_no_place(world: World):
    line = tickets(20)
    found, left = places(world, line, last_at=NOON + 10 * SPACING)

    assert found == [number * PLACE for number in range(11)]
    assert left == line[11:]


def test_places_are_given_three_seconds_ahead_at_most(world: World):
    line = tickets(60)
    found, left = places(world, line, last_at=NOON + 60 * SECOND)

    assert len(found) == HORIZON // SPACING + 1
    assert left == line[len(found) :]


def test_one_place_is_left_where_the_first_instant_is_the_last(world: World):
    found, left = places(world, tickets(2), last_at=NOON)

    assert (found, len(left)) == ([timedelta()], 1)


def test_places_begin_behind_a_pause(world: World):
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=2)
    found, _ = places(world, tickets(2), last_at=NOON + 6 * SECOND)

    assert found == [2 * SECOND, 2 * SECOND + PLACE * 2]  # by half of its pace


def test_nobody_gets_a_place_where_the_pause_is_longer_than_the_worker_waits(world: World):
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=7)
    line = tickets(2)

    assert places(world, line, last_at=NOON + 6 * SECOND) == ([], line)
    assert world.pace.ends == {}


def test_who_only_pauses_goes_when_the_pause_is_over(world: World):
    world.restraints.refuse(Channel.SMS, "w2", at=NOON, wait_s=22)
    world.clock.at = first_at = NOON + RECOVERY
    line = tickets(3, "w2")
    found, left = places(world, line, first_at=first_at, last_at=first_at + 6 * SECOND)

    assert (found, left) == ([22 * SECOND] * 3, [])
    assert world.pace.ends == {}


def test_nobody_gets_a_place_where_others_have_them_all(world: World):
    world.pace.ends["own#sms#w1"] = NOON + 2 * SECOND
    line = tickets(2)

    assert places(world, line, last_at=NOON + SECOND) == ([], line)


def held_off(world: World, line: list[Ticket]) -> list[tuple[Ticket, timedelta]]:
    """Who waits and until when after noon, if the next run has 13 slots from noon on."""
    waiting = world.run(reins_of(world).held_off(line, Run(NOON, SLOT, 13)))
    by_job = {each.stored.job.id: each for each in line}
    return [(by_job[each.stored.job.id], (each.not_before or NOON) - NOON) for each in waiting]


def test_nobody_unrestrained_is_held_off(world: World):
    world.pace.faults.add("free_at", RetryableError("nobody has to ask"))

    assert held_off(world, tickets(3, "w2")) == []


def test_whoever_finds_no_start_in_a_full_run_waits_for_the_next_one(world: World):
    line = [*tickets(5), *tickets(12, "w2")]

    assert held_off(world, line) == [(line[3], 3 * SPACING), (line[4], 4 * SPACING)]


def test_a_run_is_no_longer_than_those_who_go(world: World):
    line = tickets(4)

    assert held_off(world, line) == [(each, n * SPACING) for n, each in enumerate(line)][1:]


def test_a_start_that_another_worker_took_counts(world: World):
    world.pace.ends["start#sms#w1"] = NOON + SPACING
    line = [*tickets(3), *tickets(12, "w2")]

    assert held_off(world, line) == [(line[2], 3 * SPACING)]


def test_while_the_channel_is_behind_its_slots_come_later_and_so_do_starts(world: World):
    world.pace.ends["slots#sms"] = NOON + SECOND
    world.pace.ends["start#sms#w1"] = NOON + SECOND + SPACING
    line = [*tickets(3), *tickets(12, "w2")]

    assert held_off(world, line) == [(line[2], 3 * SPACING)]


def test_a_channel_that_is_ahead_changes_nothing(world: World):
    world.pace.ends["slots#sms"] = NOON - SECOND
    line = [*tickets(5), *tickets(12, "w2")]

    assert held_off(world, line) == [(line[3], 3 * SPACING), (line[4], 4 * SPACING)]


def test_slots_go_to_those_whom_they_fit_and_the_rest_to_the_others(world: World):
    mine, others = tickets(3), tickets(9, "w2")
    slots = list(Run(NOON, SLOT, 10))
    pairs, refused = world.run(reins_of(world).assigned([*mine, *others], slots))

    assert pairs[:2] == [(mine[0], slots[0]), (mine[1], slots[5])]
    assert [at for _, at in pairs[2:]] == [at for at in slots if at not in {slots[0], slots[5]}]
    assert [ticket for ticket, _ in pairs[2:]] == others[:8]
    assert [(each.stored, each.not_before) for each in refused] == [
        (mine[2].stored, NOON + 2 * SPACING)
    ]
    assert world.pace.ends == {"start#sms#w1": NOON + 2 * SPACING}


def test_nobody_of_two_restrained_workspaces_is_forgotten(world: World):
    world.restraints.workspaces.put("w2", WorkspaceSettings(limits={Channel.SMS: Rate(10)}))
    mine, others = tickets(2), tickets(2, "w2")
    slots = list(Run(NOON, SLOT, 4))
    pairs, refused = world.run(reins_of(world).assigned([*mine, *others], slots))

    assert pairs == [(mine[0], slots[0]), (others[0], slots[1])]
    assert [each.stored for each in refused] == [mine[1].stored, others[1].stored]
    assert [each.not_before for each in refused] == [NOON + SPACING, NOON + SLOT + SPACING]
