"""What the board shows: exact counts, pages in order, and no more reads with a larger backlog."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property

import pytest

from chalicelib.flow.completed import Completed, KeepCompleted
from chalicelib.flow.count import Count
from chalicelib.flow.queue_acts import QueueActs
from chalicelib.flow.tabs import LOOK, Selection, Tabs
from chalicelib.flow.throughput import Minutes, ReadThroughput
from chalicelib.model.agenda import OPEN_SHARDS, PARKED_AT, SHARDS
from chalicelib.model.board import REACH, Tab, tab_of
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job, Priority
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome
from tests.rig.desk import Desk, a_failed_job
from tests.rig.memory.completions import MemoryCompletionLog
from tests.rig.memory.meters import MemoryMeters
from tests.rig.memory.queue_lists import MemoryQueueLists
from tests.rig.memory.tallies import MemoryTallies
from tests.rig.world import SECOND

HERE = Queue.SEND_SMS
#: So many shards are read for the open jobs of a queue, and for an ended tab.
ONE_LOOK = len(OPEN_SHARDS)


@dataclass(frozen=True)
class CountedLists(MemoryQueueLists):
    """Says how often it was asked."""

    asked: list[str] = field(default_factory=list)

    def ahead(self, *args, **named):  # noqa: ANN002, ANN003
        self.asked.append("ahead")
        return super().ahead(*args, **named)

    def ended(self, *args, **named):  # noqa: ANN002, ANN003
        self.asked.append("ended")
        return super().ended(*args, **named)


class Board(Desk):
    """The desk with a board, and tallies of what was added."""

    @cached_property
    def tallies(self) -> MemoryTallies:
        return MemoryTallies()

    @cached_property
    def queue_lists(self) -> CountedLists:
        return CountedLists(self.store)

    @cached_property
    def completed(self) -> Completed:
        return Completed(MemoryCompletionLog(), self.queue_lists, self.store)

    @property
    def tabs(self) -> Tabs:
        return Tabs(
            clock=self.clock,
            lists=self.queue_lists,
            store=self.store,
            totals=self.tallies,
            pauses=self.pauses,
            completed=self.completed,
        )

    @property
    def acts(self) -> QueueActs:
        return QueueActs(
            clock=self.clock,
            lists=self.queue_lists,
            store=self.store,
            totals=self.tallies,
            many=self.many,
            completed=self.completed,
        )

    def count(self, *jobs: Job) -> None:
        """As if the stream had brought them as new jobs."""
        changes = [Change(f"event-{job.id}", NOON, None, job) for job in jobs]
        Count(self.tallies)(changes)
        KeepCompleted(self.completed.log)(changes)

    def put(self, *jobs: Job) -> list[str]:
        """Add and count; answers their ids."""
        self.add(*jobs)
        self.count(*jobs)
        return [job.id for job in jobs]

    def counts(self, queue: Queue = HERE) -> dict[Tab, int]:
        facts, _ = self.tabs()
        return next(dict(each.counts) for each in facts if each.queue is queue)

    def page(self, tab: Tab, page: int = 1, size: int = 10) -> list[str]:
        _, jobs = self.tabs(Selection(HERE, tab, page, size))
        return [entry.job.id for entry in jobs]


def a_completed_job(ago_s: float = 0, **changes: object) -> Job:
    at = NOON - ago_s * SECOND
    return a_claimed_job(**changes).record(an_outcome(200), at=at, wait=SECOND)


def due_in(seconds: float, **changes: object) -> Job:
    at = NOON + seconds * SECOND
    return a_job(due_at=at, attention_at=at, **changes)


@pytest.mark.parametrize(
    ("job", "tab"),
    [
        (a_job(), Tab.WAITING),
        (a_job(priority=Priority.HIGH), Tab.PRIORITIZED),
        (a_job(priority=Priority.LOW), Tab.PRIORITIZED),
        (due_in(1, priority=Priority.HIGH), Tab.DELAYED),
        (a_claimed_job(), Tab.ACTIVE),
        (a_completed_job(), Tab.COMPLETED),
        (a_failed_job(), Tab.FAILED),
        (a_job().cancel(at=NOON), None),
    ],
)
def test_a_job_stands_under_the_tab_of_its_state(job: Job, tab: Tab | None):
    assert tab_of(job, NOON) is tab


def test_every_job_is_counted_under_its_tab():
    board = Board()
    board.put(a_job(), a_job(), due_in(9), a_claimed_job(), a_failed_job(), a_completed_job())

    assert board.counts() == {
        Tab.ACTIVE: 1,
        Tab.WAITING: 2,
        Tab.PRIORITIZED: 0,
        Tab.DELAYED: 1,
        Tab.COMPLETED: 1,
        Tab.FAILED: 1,
    }
    assert sum(board.counts(Queue.MY_QUEUE).values()) == 0


@pytest.mark.parametrize(
    ("queue", "tab"), [(Queue.SEND_SMS, Tab.WAITING), (Queue.SCHEDULED_SMS, Tab.DELAYED)]
)
def test_beyond_what_is_looked_at_the_queue_says_what_its_jobs_are(queue: Queue, tab: Tab):
    board = Board()
    jobs = [due_in(-1 if tab is Tab.WAITING else 60, queue=queue) for _ in range(REACH + 500)]
    board.put(a_claimed_job(queue=queue), *jobs)

    counts = board.counts(queue)

    assert (counts[tab], counts[Tab.ACTIVE]) == (len(jobs), 1)
    assert sum(counts.values()) == len(jobs) + 1


def test_parked_jobs_of_a_paused_queue_wait():
    board = Board()
    board.pause_queues.pause(HERE)
    (parked,) = board.put(a_job(attention_at=PARKED_AT))

    facts, _ = board.tabs()

    assert [each.queue for each in facts if each.is_paused] == [HERE]
    assert (board.counts()[Tab.WAITING], board.page(Tab.WAITING)) == (1, [parked])


def test_tallies_that_are_a_moment_behind_are_never_shown_below_nothing():
    board = Board()
    board.count(a_failed_job())
    job = a_failed_job()
    Count(board.tallies)([Change("gone", NOON, job, None), Change("gone-2", NOON, job, None)])

    assert board.counts()[Tab.FAILED] == 0


def test_pages_of_an_ended_tab_follow_each_other_newest_first():
    board = Board()
    ids = board.put(*[a_failed_job(ago_s) for ago_s in range(35)])

    pages = [board.page(Tab.FAILED, page) for page in (1, 2, 3, 4, 5)]

    assert pages == [ids[:10], ids[10:20], ids[20:30], ids[30:], []]


def test_waiting_jobs_are_listed_soonest_first_and_in_pages():
    board = Board()
    ids = board.put(*[due_in(-seconds) for seconds in range(25, 0, -1)], due_in(5))

    assert [board.page(Tab.WAITING, page) for page in (1, 3)] == [ids[:10], ids[20:25]]


def test_a_page_out_of_reach_is_empty():
    board = Board()
    board.put(a_failed_job())

    assert board.page(Tab.FAILED, page=REACH // 10 + 1) == []


def test_pages_of_completed_jobs_follow_each_other_newest_first_over_all_batches():
    board = Board()
    jobs = [a_completed_job(ago_s) for ago_s in range(35)]
    board.add(*jobs)
    for shard in (jobs[::2], jobs[1::2]):
        board.count(*shard[:7])
        board.count(*shard[7:])

    pages = [board.page(Tab.COMPLETED, page) for page in (1, 2, 3, 4, 5)]

    ids = [job.id for job in jobs]
    assert pages == [ids[:10], ids[10:20], ids[20:30], ids[30:], []]


def test_parked_jobs_are_seen_behind_all_that_are_delayed():
    board = Board()
    board.put(*[due_in(60 + n) for n in range(REACH + 200)])
    (parked,) = board.put(a_job(attention_at=PARKED_AT))
    assert board.page(Tab.WAITING) == []
    board.pauses.pause(HERE, at=NOON)

    assert board.page(Tab.WAITING) == [parked]


def test_the_latest_are_the_first_of_every_state():
    board = Board()
    ids = board.put(a_claimed_job(), a_job(), a_completed_job(), a_failed_job(), due_in(9))

    assert board.page(Tab.LATEST) == ids
    assert board.page(Tab.LATEST, size=1) == ids


def test_a_job_that_left_the_tab_meanwhile_is_left_out():
    board = Board()
    failed = a_failed_job()
    board.put(failed)
    board.store.faults.add("get_many", lambda: board.store.move(failed, failed.retry(at=NOON)))

    assert board.page(Tab.FAILED) == []


@pytest.mark.parametrize("backlog", [30, 3 * REACH])
def test_reads_do_not_grow_with_the_backlog(backlog: int):
    board = Board()
    board.put(*[a_failed_job(ago_s) for ago_s in range(backlog)], a_job())

    board.page(Tab.FAILED, page=3)

    assert len(board.queue_lists.asked) == ONE_LOOK + SHARDS


def test_queues_without_open_jobs_are_not_looked_at():
    board = Board()
    board.put(a_failed_job(), a_completed_job())

    board.tabs()

    assert board.queue_lists.asked == []
    assert LOOK * SHARDS == REACH


def test_all_failed_jobs_are_retried_each_once():
    board = Board()
    ids = board.put(*[a_failed_job(ago_s) for ago_s in range(250)])

    done = board.acts.retry_failed(HERE)

    assert (done.changed, done.left) == (len(ids), 0)
    assert {board.store.entries[each].job.status for each in ids} == {Status.PENDING}


def test_a_job_that_fails_again_during_the_walk_is_not_met_again():
    board = Board()
    (job_id,) = board.put(a_failed_job(1))
    later = replace(a_failed_job(), id=job_id, completed_at=NOON + SECOND, version=9)
    board.store.entries[job_id] = replace(board.store.entries[job_id], job=later)

    assert board.acts.retry_failed(HERE).changed == 0


def test_what_a_call_has_no_time_for_is_said():
    board = Board()
    board.put(*[a_failed_job(ago_s) for ago_s in range(300)], a_completed_job())
    late = lambda: setattr(board.clock, "at", NOON + timedelta(minutes=1))  # noqa: E731
    board.store.faults.add("get_jobs", late)

    done = board.acts.retry_failed(HERE)

    assert (done.changed + done.left, done.left > 0) == (300, True)


def test_tallies_that_are_behind_do_not_say_that_nothing_is_left():
    board = Board()
    board.put(*[a_failed_job(ago_s) for ago_s in range(300)])
    board.tallies.figures.clear()
    late = lambda: setattr(board.clock, "at", NOON + timedelta(minutes=1))  # noqa: E731
    board.store.faults.add("get_jobs", late)

    assert board.acts.retry_failed(HERE).left == 1


def test_promoting_makes_every_delayed_job_due_and_no_other():
    board = Board()
    ids = board.put(*[due_in(60 + i) for i in range(150)])
    board.put(a_job(), a_claimed_job())

    assert board.acts.promote_delayed(HERE).changed == len(ids)
    jobs = [board.store.entries[each].job for each in ids]
    assert {(job.due_at, job.updated_at) for job in jobs} == {(NOON, NOON)}


def test_cleaning_takes_away_what_stands_under_the_tab():
    board = Board()
    failed, completed, delayed, waiting = board.put(
        a_failed_job(), a_completed_job(), due_in(60), a_job()
    )

    for tab in (Tab.FAILED, Tab.DELAYED, Tab.COMPLETED):
        assert board.acts.clean(HERE, tab).changed == 1

    assert set(board.store.entries) == {waiting}
    assert {failed, completed, delayed}.isdisjoint(board.store.entries)


def test_emptying_takes_away_all_that_is_pending_and_lets_the_rest_be():
    board = Board()
    board.put(due_in(60), a_job(), a_job(priority=Priority.HIGH))
    staying = board.put(a_claimed_job(), a_failed_job())

    assert board.acts.empty(HERE).changed == 3
    assert list(board.store.entries) == staying


def test_the_chart_has_the_minutes_of_its_own_queue():
    board = Board()
    board.put(
        a_completed_job(), a_completed_job(60), a_completed_job(60, queue=Queue.SCHEDULED_SMS)
    )
    board.put(a_failed_job(59 * 60), a_failed_job(60 * 60))
    read = ReadThroughput(board.clock, board.tallies, MemoryMeters(board.tallies))

    found = read(HERE)

    completed, failed = found["completed"], found["failed"]
    assert (completed.total, completed.running, list(completed.past[:2])) == (2, 1, [1, 0])
    assert (failed.total, failed.running, failed.past[-1], len(failed.past)) == (2, 0, 1, 59)


def test_the_chart_of_a_queue_without_jobs_is_flat():
    board = Board()
    read = ReadThroughput(board.clock, board.tallies, MemoryMeters(board.tallies))
    flat = Minutes(0, running=0, past=[0] * 59)

    assert read(HERE) == {"completed": flat, "failed": flat}
    board.put(a_failed_job(60))
    assert read(HERE) == {
        "completed": flat,
        "failed": Minutes(1, running=0, past=[1, *[0] * 58]),
    }
