"""Turns by the instant: who goes at once, who is held back, and behind whom."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from chalicelib.flow.turns import AHEAD, ALONE, FIRST, Turn
from chalicelib.model.agenda import GRACE
from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import RATES, Channel, Rate
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.model.restraint import RECOVERY, STRETCH
from chalicelib.model.slots import Run
from chalicelib.model.workspace import WorkspaceSettings
from tests.rig.builders import NOON, a_job
from tests.rig.world import SECOND, World

SLOT = RATES[Channel.SMS].spacing
MILLISECOND = timedelta(milliseconds=1)
HORIZON = NOON + timedelta(minutes=15)
PACE = "turn#sms#w1#normal"


def crowd(count: int, **changes: object) -> list[Job]:
    return [a_job(**changes) for _ in range(count)]


def planned(world: World, jobs: Sequence[Job]) -> list[tuple[float, bool]]:
    """How many seconds after noon their turns are, and who of them is held back."""
    turns = world.turns(jobs)
    assert [turn.job for turn in turns] == list(jobs)
    return [((turn.served_at - NOON) / SECOND, turn.is_held) for turn in turns]


def behind(world: World, turn_at: datetime) -> None:
    """The channel is behind: whoever comes next has that turn."""
    held = Backlog(Priority.NORMAL, turn_at=turn_at, look_at=NOON, held_at=NOON)
    world.backlogs.hold(Channel.SMS, held)


def limited(world: World, per_s: int) -> None:
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(per_s)})
    world.restraints.workspaces.put("w1", chosen)


def test_a_job_that_was_handed_over_has_the_turn_that_it_was_handed_over_for():
    job = a_job(attention_at=NOON + GRACE + SECOND, handed_over=True)

    assert Turn.given(job) == Turn(job, NOON + SECOND)


@pytest.mark.parametrize(
    ("attention_at", "served_at"), [(NOON + SECOND, NOON + SECOND), (None, NOON)]
)
def test_a_job_that_is_held_back_has_the_turn_where_it_stands(
    attention_at: datetime | None, served_at: datetime
):
    job = a_job(attention_at=attention_at)

    assert Turn.given(job) == Turn(job, served_at, is_held=True)


@pytest.mark.parametrize(
    ("served_at", "is_held", "attention_at", "handed_over"),
    [
        (HORIZON, False, HORIZON + GRACE, True),
        (HORIZON + MILLISECOND, False, HORIZON + MILLISECOND, False),
        (NOON, True, NOON, False),
    ],
)
def test_a_turn_calls_for_attention(
    served_at: datetime, attention_at: datetime, *, is_held: bool, handed_over: bool
):
    after = Turn(a_job(), served_at, is_held=is_held).planned(HORIZON)

    assert (after.attention_at, after.handed_over) == (attention_at, handed_over)


def test_one_who_comes_alone_goes_at_once_and_asks_no_pace():
    world = World()

    assert planned(world, crowd(1, due_at=NOON - SECOND)) == [(0, False)]
    assert world.pace.ends == {}


def test_those_who_come_together_go_for_a_moment_and_the_others_are_held_back():
    world = World()
    found = planned(world, crowd(40))
    at_once = FIRST // SLOT + 1

    assert found == [(n * SLOT / SECOND, n >= at_once) for n in range(40)]
    assert world.pace.ends == {PACE: NOON + 40 * SLOT, "fed#sms": NOON + at_once * SLOT}


def test_who_comes_while_the_channel_is_behind_begins_where_the_others_are():
    world = World()
    behind(world, NOON - 5 * SECOND)

    assert planned(world, crowd(2)) == [(0, False), (SLOT / SECOND, False)]
    assert world.pace.ends == {PACE: NOON - 5 * SECOND + 2 * SLOT, "fed#sms": NOON + 2 * SLOT}


def test_one_who_comes_alone_while_the_channel_is_behind_gets_a_turn_too():
    world = World()
    behind(world, NOON - 5 * SECOND)

    assert planned(world, crowd(1)) == [(0, False)]
    assert world.pace.ends == {PACE: NOON - 5 * SECOND + SLOT, "fed#sms": NOON + SLOT}


def test_a_backlog_of_later_is_no_reason_to_go_later():
    world = World()
    behind(world, NOON + 60 * SECOND)

    assert planned(world, crowd(1)) == [(0, False)]


@pytest.mark.parametrize(
    ("count", "taken_for", "is_held"),
    [
        (1, AHEAD + ALONE, False),
        (1, AHEAD + ALONE + MILLISECOND, True),
        (2, AHEAD, False),
        (2, AHEAD + MILLISECOND, True),
    ],
)
def test_who_comes_while_the_workers_have_enough_is_held_back(
    count: int, taken_for: timedelta, *, is_held: bool
):
    world = World()
    behind(world, NOON - 5 * SECOND)
    world.pace.ends["fed#sms"] = NOON + taken_for
    found = planned(world, crowd(count))
    first_at = -5 * SECOND if is_held else taken_for

    assert found == [((first_at + n * SLOT) / SECOND, is_held) for n in range(count)]


def test_who_is_due_in_a_second_is_a_crowd_of_now():
    world = World()
    found = planned(world, crowd(2, due_at=NOON + 0.9 * SECOND))

    assert found == [(0.9, False), (0.9, False)]
    assert set(world.pace.ends) == {PACE, "fed#sms"}


def test_a_crowd_of_later_has_a_pace_of_its_minute_and_nobody_feeds_it_yet():
    world = World()
    due_at = NOON + timedelta(minutes=7, seconds=20)
    found = planned(world, crowd(40, due_at=due_at))
    at_once = FIRST // SLOT + 1

    assert found == [(440 + n * SLOT / SECOND, n >= at_once) for n in range(40)]
    assert world.pace.ends == {f"{PACE}#2026-12-01T12:07:00.000Z": due_at + 40 * SLOT}


def test_nobody_who_is_held_back_for_later_has_a_turn_before_they_are_due():
    world = World()
    due_at = NOON + timedelta(minutes=7)
    jobs = [*crowd(39, due_at=due_at), a_job(due_at=due_at + 0.95 * SECOND)]

    assert planned(world, jobs)[-1] == (420.95, True)


def test_who_is_due_in_another_second_is_of_another_crowd():
    world = World()
    due_at = NOON + timedelta(minutes=7)
    jobs = [a_job(due_at=due_at + n * 0.6 * SECOND) for n in range(3)]

    assert planned(world, jobs) == [(420, False), (420 + 0.6, False), (420 + 1.2, False)]


@pytest.mark.parametrize(("count", "is_told"), [(10, False), (11, True)])
def test_a_workspace_exceeds_its_limit_with_what_needs_more_than_a_second(
    count: int, *, is_told: bool
):
    world = World()
    limited(world, 10)
    told = {turn.exceeded for turn in world.turns(crowd(count))}

    assert told == {Rate(10) if is_told else None}


def test_turns_of_a_limited_workspace_are_as_far_apart_as_its_starts():
    world = World()
    limited(world, 10)
    found = planned(world, crowd(12))
    spacing_s = timedelta(seconds=STRETCH / 10) / SECOND

    assert [at for at, _ in found[8:]] == pytest.approx([n * spacing_s for n in range(8, 12)])
    assert [is_held for _, is_held in found] == [False] * 8 + [True] * 4


def test_one_of_a_limited_workspace_takes_a_place_in_its_pace():
    world = World()
    limited(world, 10)

    assert planned(world, crowd(1)) == [(0, False)]
    assert world.pace.ends[PACE] == NOON + timedelta(seconds=STRETCH / 10)


def test_who_comes_while_their_workspace_pauses_has_a_turn_behind_the_pause():
    world = World()
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=60)
    found = planned(world, crowd(2))

    assert found == [(60, False), (60 + SLOT / SECOND, False)]


def test_what_is_due_after_the_pause_of_a_workspace_has_its_own_time():
    world = World()
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=5)

    assert planned(world, crowd(1, due_at=NOON + 90 * SECOND)) == [(90, False)]


def test_a_throttle_that_is_over_spaces_nothing():
    world = World()
    world.restraints.refuse(Channel.SMS, "w1", at=NOON - RECOVERY, wait_s=None)

    assert planned(world, crowd(2))[1] == (SLOT / SECOND, False)


def test_the_workers_are_given_three_seconds_of_work():
    world = World()

    assert world.turns.fed(Channel.SMS, 0) is None
    assert world.turns.fed(Channel.SMS, 2) == Run(NOON, SLOT, 2)
    world.pace.ends["fed#sms"] = NOON + AHEAD + MILLISECOND
    assert world.turns.fed(Channel.SMS, 1) is None
    assert world.turns.fed(Channel.SMS, 1, beyond=MILLISECOND) == Run(
        NOON + AHEAD + MILLISECOND, SLOT, 1
    )
