"""Lanes by the instant: who is slow, for how long, and how many posts to one URL are under way."""

from datetime import datetime, timedelta

import pytest

from chalicelib.flow.destinations import Destination
from chalicelib.flow.lanes import (
    MOST_AT_ONCE,
    MOST_AT_ONCE_SLOW,
    SLOW,
    SLOW_FOR,
    SLOW_STARTS,
    Lane,
    Lanes,
    SlowUrls,
    Ticket,
)
from chalicelib.model.trace import trace_of_job
from chalicelib.model.workspace import Event
from tests.rig.builders import NOON, a_notice

URL, OTHER = "https://w1.example/hooks", "https://w2.example/hooks"
LAST_START_AT = NOON + timedelta(seconds=18)
MILLISECOND = timedelta(milliseconds=1)


def ticket(url: str = URL) -> Ticket:
    destination = Destination(NOON, url, frozenset(Event), None)
    return Ticket(a_notice(), url, destination, {}, trace_of_job("job-1"))


def lanes_of(*tickets: Ticket, slow: SlowUrls | None = None) -> Lanes:
    lanes = Lanes(NOON, LAST_START_AT, slow or SlowUrls())
    lanes.join(list(tickets))
    return lanes


@pytest.mark.parametrize(("took", "is_slow"), [(SLOW, False), (SLOW + MILLISECOND, True)])
def test_who_takes_longer_than_two_seconds_is_slow_for_a_minute(took: timedelta, *, is_slow: bool):
    slow = SlowUrls()
    now = NOON + took
    slow.learn(URL, started_at=NOON, now=now)

    assert slow.has(URL, Lane(), now=now + SLOW_FOR - MILLISECOND) is is_slow
    assert not slow.has(URL, Lane(), now=now + SLOW_FOR)
    assert not slow.has(OTHER, Lane(), now=now)


def test_who_is_fast_again_is_slow_no_longer():
    slow = SlowUrls({URL: NOON + SLOW_FOR})
    slow.learn(URL, started_at=NOON, now=NOON + SLOW)

    assert not slow.has(URL, Lane(), now=NOON)


def test_who_was_never_slow_may_be_fast():
    slow = SlowUrls()
    slow.learn(URL, started_at=NOON, now=NOON)

    assert slow.until == {}


@pytest.mark.parametrize(("for_long", "is_slow"), [(SLOW, False), (SLOW + MILLISECOND, True)])
def test_who_has_not_answered_for_two_seconds_is_being_slow(for_long: timedelta, *, is_slow: bool):
    lane = Lane(running=[NOON + SLOW, NOON])

    assert SlowUrls().has(URL, lane, now=NOON + for_long) is is_slow


def test_ten_posts_to_one_url_are_under_way_and_the_next_one_starts_when_one_ends():
    tickets = [ticket() for _ in range(MOST_AT_ONCE + 2)]
    lanes = lanes_of(*tickets)

    assert lanes.start(NOON) == tickets[:MOST_AT_ONCE]
    assert lanes.start(NOON) == []
    lanes.end(tickets[0], started_at=NOON, now=NOON)
    assert lanes.start(NOON) == [tickets[MOST_AT_ONCE]]
    assert lanes


def test_urls_have_lanes_of_their_own():
    mine, others = [ticket() for _ in range(MOST_AT_ONCE + 1)], [ticket(OTHER)]

    assert lanes_of(*mine, *others).start(NOON) == [*mine[:MOST_AT_ONCE], *others]


def test_who_has_started_waits_no_longer():
    lanes = lanes_of(ticket())
    lanes.start(NOON)

    assert not lanes


@pytest.mark.parametrize(
    ("now", "room"),
    [
        (NOON, MOST_AT_ONCE_SLOW),
        (NOON + SLOW_STARTS, MOST_AT_ONCE_SLOW),
        (NOON + SLOW_STARTS + MILLISECOND, 0),
    ],
)
def test_a_slow_one_is_posted_to_by_few_and_at_the_start_only(now: datetime, room: int):
    lanes = lanes_of(*[ticket() for _ in range(5)], slow=SlowUrls({URL: NOON + SLOW_FOR}))

    assert len(lanes.start(now)) == room


@pytest.mark.parametrize(("after", "started"), [(timedelta(), 1), (MILLISECOND, 0)])
def test_nothing_starts_after_the_last_start(after: timedelta, started: int):
    assert len(lanes_of(ticket()).start(LAST_START_AT + after)) == started


def test_who_waits_for_a_slow_one_is_turned_away_and_others_wait_on():
    mine, other = ticket(), ticket(OTHER)
    lanes = lanes_of(mine, other, slow=SlowUrls({URL: NOON + SLOW_FOR}))

    assert lanes.turn_away(NOON) == ([mine], [])
    assert lanes.turn_away(NOON) == ([], [])
    assert lanes.start(NOON) == [other]


@pytest.mark.parametrize(("after", "is_late"), [(timedelta(), False), (MILLISECOND, True)])
def test_who_waits_beyond_the_last_start_is_late(after: timedelta, *, is_late: bool):
    mine = ticket()
    lanes = lanes_of(mine)

    assert lanes.turn_away(LAST_START_AT + after) == ([], [mine] if is_late else [])
    assert bool(lanes) is not is_late
