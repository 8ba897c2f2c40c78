"""Backlogs: where they begin, whoever joins in whatever order; and who of them goes next."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flow.feed import by_shares
from chalicelib.flow.held import Lane
from chalicelib.model.agenda import OPEN_SHARDS, SHARDS_OF, open_shard_of
from chalicelib.model.backlog import SAID_EVERY, SEEN_AFTER, Backlog, with_held
from chalicelib.model.priority import SHARES, Priority
from tests.rig.builders import NOON, a_job

SECOND = timedelta(seconds=1)
instants = st.integers(-10_000, 10_000).map(lambda ms: NOON + timedelta(milliseconds=ms))
backlogs = st.builds(Backlog, st.just(Priority.NORMAL), instants, instants, instants)


def joined(held: list[Backlog]) -> Backlog:
    """The backlog after all of them, one after the other."""
    known: Backlog | None = None
    for each in held:
        known = with_held(known, each)
    assert known is not None
    return known


@given(st.lists(backlogs, min_size=1, max_size=4))
def test_in_whatever_order_they_join_it_begins_with_the_earliest(held: list[Backlog]):
    for order in permutations(held):
        known = joined(list(order))

        assert known.turn_at == min(each.turn_at for each in held)
        assert known.look_at == min(each.look_at for each in held)


@given(st.lists(backlogs, min_size=1))
def test_it_is_known_to_a_second_when_somebody_joined_last(held: list[Backlog]):
    last_at = max(each.held_at for each in held)

    assert last_at - SAID_EVERY <= joined(held).held_at <= last_at


@given(backlogs, backlogs)
def test_who_joins_twice_says_nothing_new(known: Backlog, held: Backlog):
    once = with_held(known, held)

    assert with_held(once, held) == once


@pytest.mark.parametrize("later_s", [0, 0.5, 1])
def test_who_joins_behind_the_others_within_a_second_is_not_worth_a_write(later_s: float):
    known = Backlog(Priority.NORMAL, turn_at=NOON, look_at=NOON, held_at=NOON)
    held = Backlog(Priority.NORMAL, NOON + later_s * SECOND, NOON, NOON + later_s * SECOND)

    assert with_held(known, held) is known


def test_who_joins_behind_the_others_later_on_says_when():
    known = Backlog(Priority.NORMAL, turn_at=NOON, look_at=NOON, held_at=NOON)
    late = NOON + SAID_EVERY + timedelta(milliseconds=1)

    assert with_held(known, Backlog(Priority.NORMAL, late, late, late)) == Backlog(
        Priority.NORMAL, NOON, NOON, late
    )


@pytest.mark.parametrize(("turn_s", "look_s"), [(-1, 0), (0, -1), (-1, 1), (1, -1)])
def test_who_joins_before_the_others_always_says_so(turn_s: int, look_s: int):
    known = Backlog(Priority.NORMAL, turn_at=NOON, look_at=NOON, held_at=NOON)
    held = Backlog(Priority.NORMAL, NOON + turn_s * SECOND, NOON + look_s * SECOND, NOON)

    assert with_held(known, held) == Backlog(
        Priority.NORMAL,
        min(NOON, NOON + turn_s * SECOND),
        min(NOON, NOON + look_s * SECOND),
        NOON,
    )


def test_a_backlog_is_not_closed_on_what_was_left_unsaid():
    assert SEEN_AFTER > 2 * SAID_EVERY


def a_lane(priority: Priority, count: int) -> Lane:
    jobs = [a_job(priority=priority) for _ in range(count)]
    return Lane(Backlog(priority, NOON, NOON, NOON), jobs, None, [])


@pytest.mark.parametrize("rounds", [1, 3])
def test_of_sixteen_who_wait_twelve_are_high_three_normal_and_one_is_low(rounds: int):
    found = by_shares([a_lane(priority, 99) for priority in Priority], 16 * rounds)

    assert Counter(job.priority for job in found) == {
        priority: share * rounds for priority, share in SHARES.items()
    }


@given(st.lists(st.integers(0, 30), min_size=3, max_size=3), st.integers(0, 60))
def test_while_somebody_waits_no_place_is_left_empty_and_each_lane_keeps_its_order(
    counts: list[int], size: int
):
    lanes = [a_lane(priority, n) for priority, n in zip(Priority, counts, strict=True)]
    found = by_shares(lanes, size)

    assert len(found) == min(size, sum(counts))
    for lane in lanes:
        mine = [job for job in found if job.priority is lane.known.priority]
        assert mine == list(lane.ready[: len(mine)])


@given(st.integers(16, 200))
def test_nobody_gets_far_less_than_their_share_while_all_wait(size: int):
    found = Counter(job.priority for job in by_shares([a_lane(p, size) for p in Priority], size))

    for priority, share in SHARES.items():
        assert abs(found[priority] - size * share / 16) <= 1


def test_nobody_is_chosen_where_nobody_may_go():
    assert by_shares([a_lane(Priority.HIGH, 0)], 9) == []
    assert by_shares([], 9) == []


@given(st.text(min_size=1), st.sampled_from(list(Priority)))
def test_an_open_job_stands_on_a_shard_of_its_priority(job_id: str, priority: Priority):
    shard = open_shard_of(job_id, priority)

    assert shard in SHARDS_OF[priority]
    assert shard == open_shard_of(job_id, priority)


def test_priorities_share_no_shard_and_leave_none_out():
    shards = [shard for each in SHARDS_OF.values() for shard in each]

    assert sorted(shards) == list(OPEN_SHARDS)


@pytest.mark.parametrize("priority", Priority)
def test_jobs_are_spread_evenly_over_the_shards_of_their_priority(priority: Priority):
    found = Counter(open_shard_of(f"01KB{n:022}", priority) for n in range(4000))
    fair = 4000 / len(SHARDS_OF[priority])

    assert set(found) == set(SHARDS_OF[priority])
    assert all(0.9 * fair < count < 1.1 * fair for count in found.values())


def a_moment_later(lane: Lane, *, fed: int = 0, after: timedelta = SECOND) -> Backlog | None:
    return lane.after(fed, now=NOON + after, look_at=NOON + 9 * SECOND)


def at(seconds: float) -> datetime:
    return NOON + seconds * SECOND


def test_a_lane_moves_on_to_the_first_who_is_left():
    jobs = [a_job(attention_at=at(n)) for n in range(3)]
    lane = Lane(Backlog(Priority.NORMAL, NOON, NOON, NOON), jobs, at(7), [])

    assert a_moment_later(lane, fed=2) == Backlog(Priority.NORMAL, at(2), at(9), NOON)


def test_but_not_beyond_somebody_who_has_to_wait():
    jobs = [a_job(attention_at=at(n)) for n in range(3)]
    lane = Lane(Backlog(Priority.NORMAL, NOON, NOON, NOON), jobs, at(1), [])

    assert a_moment_later(lane, fed=2) == Backlog(Priority.NORMAL, at(1), at(9), NOON)


def test_a_lane_where_all_have_to_wait_is_looked_at_when_the_first_may_go():
    lane = Lane(Backlog(Priority.NORMAL, NOON, NOON, NOON), [], at(60), [])

    assert a_moment_later(lane) == Backlog(Priority.NORMAL, at(60), at(57), NOON)


def test_a_lane_that_seems_empty_is_closed_once_the_index_must_have_shown_everybody():
    lane = a_lane(Priority.NORMAL, 1)

    assert a_moment_later(lane, fed=1) == Backlog(Priority.NORMAL, NOON, at(9), NOON)
    assert a_moment_later(lane, fed=1, after=SEEN_AFTER) is None


def test_a_lane_of_workspaces_that_pause_stays_open():
    lane = Lane(Backlog(Priority.NORMAL, NOON, NOON, NOON), [], None, [a_job()])

    assert a_moment_later(lane, after=60 * SECOND) is not None
