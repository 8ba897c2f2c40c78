"""Receivers side by side: a slow one costs nobody else anything, and a worker uses its waiting."""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.lanes import MOST_AT_ONCE, MOST_AT_ONCE_SLOW
from chalicelib.model.outcome import Answer
from chalicelib.model.workspace import Event
from tests.rig.builders import NOON, a_notice
from tests.rig.memory.jobs import Slow
from tests.unit.hooks import SECOND, Hooks

BUSY = RetryableError("busy")


def hooks_of(*workspaces: str) -> Hooks:
    hooks = Hooks()
    for each in workspaces:
        hooks.subscribe(Event.FAILED, workspace_id=each)
    return hooks


def a_slow_receiver(hooks: Hooks, workspace_id: str, takes: timedelta) -> None:
    """All answer at once but this one."""
    hooks.callbacks.takes = lambda: (
        takes if workspace_id in hooks.callbacks.calls[-1][1].url else timedelta()
    )


def arrive(hooks: Hooks, workspace_id: str, *, after: timedelta = timedelta(), count: int = 1):
    """So many notices become visible in the queue."""
    at = NOON + after
    hooks.notices.waiting += [
        (at, a_notice(workspace_id=workspace_id, happened_at=at, not_before=at))
        for _ in range(count)
    ]


def posts(hooks: Hooks, workspace_id: str) -> list[float]:
    """When posts to a workspace's receiver started, in seconds after noon."""
    starts = zip(hooks.posted_at, hooks.calls, strict=True)
    return [at for at, call in starts if workspace_id in call.url]


def test_those_who_come_while_a_slow_one_is_waited_for_are_posted_at_once():
    hooks = hooks_of("w-slow", "w-fast")
    a_slow_receiver(hooks, "w-slow", 10 * SECOND)
    for second in range(1, 10):
        arrive(hooks, "w-fast", after=second * SECOND)
    report = hooks.invoke(a_notice(workspace_id="w-slow"))

    assert report.unserved == set()
    assert posts(hooks, "w-fast") == pytest.approx(range(1, 10), abs=0.3)
    assert hooks.notices.waiting == []


def test_one_worker_serves_the_others_through_a_slow_ones_backlog():
    hooks = hooks_of("w-slow", "w-fast")
    a_slow_receiver(hooks, "w-slow", 10 * SECOND)
    arrive(hooks, "w-slow", count=200)
    for second in range(90):
        arrive(hooks, "w-fast", after=second * SECOND)
    hooks.work(until=timedelta(seconds=100))
    late = [at - n for n, at in enumerate(posts(hooks, "w-fast"))]

    assert len(late) == 90
    assert sorted(late)[80] < 2
    assert max(late) < 11  # the first ones: nobody knew yet that it is slow


def test_a_slow_backlog_is_posted_in_the_end():
    hooks = hooks_of("w-slow")
    a_slow_receiver(hooks, "w-slow", 3 * SECOND)
    arrive(hooks, "w-slow", count=60)
    hooks.work(until=timedelta(hours=2))

    assert Counter(call.headers["webhook-id"] for call in hooks.calls).total() == 60
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 60


def under_way(hooks: Hooks, takes: timedelta) -> int:
    """The most posts that were under way at a time."""
    starts = [at for at, _ in hooks.callbacks.calls]
    return max(sum(at <= each < at + takes for at in starts) for each in starts)


@pytest.mark.parametrize(
    ("takes", "most"),
    [(SECOND, MOST_AT_ONCE), (3 * SECOND, MOST_AT_ONCE)],
)
def test_so_many_posts_to_one_receiver_are_under_way(takes: timedelta, most: int):
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: takes
    hooks.invoke(*[a_notice() for _ in range(40)])

    assert under_way(hooks, takes) == most


def test_a_receiver_that_was_slow_has_two_at_a_time():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: 3 * SECOND
    hooks.invoke(a_notice())
    hooks.callbacks.calls.clear()
    hooks.invoke(*[a_notice() for _ in range(40)])

    assert len(hooks.calls) == MOST_AT_ONCE_SLOW
    assert len(hooks.notices.waiting) == 38


def test_a_receiver_that_is_fast_again_is_slow_no_longer():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: 3 * SECOND
    hooks.invoke(a_notice())
    hooks.callbacks.takes = timedelta
    hooks.invoke(a_notice())
    hooks.callbacks.calls.clear()
    hooks.invoke(*[a_notice() for _ in range(40)])

    assert len(hooks.calls) == 40


def test_who_would_end_too_late_goes_back_to_the_queue_at_once():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: 1.9 * SECOND
    hooks.invoke(*[a_notice() for _ in range(120)], inbox=False)
    started = len(hooks.calls)

    assert max(hooks.posted_at) <= 18
    assert len(hooks.notices.waiting) == 120 - started
    assert {notice.turned_away for _, notice in hooks.notices.waiting} == {0}
    assert max(at for at, _ in hooks.notices.waiting) <= hooks.clock.now()


def test_posts_may_all_end_while_more_is_looked_for():
    hooks = hooks_of("w1")
    hooks.offload = Slow(hooks.clock, lambda: SECOND / 10)
    hooks.callbacks.takes = lambda: SECOND / 20
    arrive(hooks, "w1", count=40)
    reports = hooks.work(until=timedelta(seconds=60), batch=5)

    assert [report.unserved for report in reports] == [set()] * len(reports)
    assert len(hooks.calls) == 40
    assert hooks.notices.waiting == []


def test_an_empty_queue_is_looked_at_four_times_a_second():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: SECOND
    looks: list[float] = []
    hooks.inbox.faults.add(
        "take", *[lambda: looks.append((hooks.clock.now() - NOON) / SECOND)] * 100
    )
    hooks.invoke(*[a_notice() for _ in range(20)])

    assert looks == pytest.approx([n / 4 for n in range(len(looks))], abs=0.05)
    assert 8 <= len(looks) <= 9


def test_nothing_more_is_taken_when_it_could_not_be_served():
    hooks = hooks_of("w-slow", "w-fast")
    a_slow_receiver(hooks, "w-slow", 20 * SECOND)
    arrive(hooks, "w-fast", after=19 * SECOND)
    hooks.invoke(a_notice(workspace_id="w-slow"))

    assert posts(hooks, "w-fast") == []
    assert len(hooks.notices.waiting) == 1


def test_a_queue_that_gives_nothing_more_costs_nothing():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: SECOND
    hooks.inbox.faults.add("take", BUSY)
    arrive(hooks, "w1", after=SECOND / 2)

    assert hooks.invoke(a_notice()).unserved == set()
    assert len(hooks.calls) == 2


def test_what_cannot_be_deleted_comes_again():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: SECOND
    arrive(hooks, "w1", after=SECOND / 2)
    hooks.inbox.faults.add("finish", BUSY)

    assert hooks.invoke(a_notice()).unserved == set()
    assert len(hooks.notices.waiting) == 1


def test_what_was_taken_and_not_served_stays_in_the_queue():
    hooks = hooks_of("w1")
    hooks.callbacks.takes = lambda: 3 * SECOND
    hooks.callbacks.answers += [Answer(200), Answer(500)]
    arrive(hooks, "w1", after=SECOND / 2)
    hooks.healths.faults.add("get", None, BUSY)
    report = hooks.invoke(a_notice())

    assert len(report.unserved) == 1
    assert {notice.id for _, notice in hooks.notices.waiting} == report.unserved
