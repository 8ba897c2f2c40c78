"""The completed jobs of a queue: kept from the stream, listed by their ends, taken away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from chalicelib.flow.completed import CHUNK, FURTHEST, Completed, KeepCompleted
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.completions import Completions, completions_of, ended_at, in_order
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Glimpse
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome, stored
from tests.rig.memory.completions import MemoryCompletionLog
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.queue_lists import MemoryQueueLists
from tests.rig.world import SECOND

HERE = Queue.SEND_SMS


def a_completed_job(ago_s: float = 0, **changes: object) -> Job:
    at = NOON - ago_s * SECOND
    return a_claimed_job(**changes).record(an_outcome(200), at=at, wait=SECOND)


def told(*jobs: Job) -> list[Change]:
    return [Change(f"event-{job.id}-{job.version}", NOON, a_claimed_job(), job) for job in jobs]


@dataclass
class Log(MemoryCompletionLog):
    """Says how many batches were read."""

    read: int = 0

    def newest(self, queue: Queue) -> Iterator[Completions]:
        for batch in super().newest(queue):
            self.read += 1
            yield batch


@dataclass(frozen=True)
class OldLists(MemoryQueueLists):
    """An agenda in which completed jobs of before the update stand."""

    old: list[Job] = field(default_factory=list)

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> Sequence[Glimpse]:
        if shard or queue is not HERE or status is not Status.COMPLETED:
            return []
        places = sorted(map(ended_at, self.old), reverse=True)
        left = [each for each in places if before is None or each < before][:most]
        by = {ended_at(job): job for job in self.old}
        return [
            Glimpse(each, by[each].id, status, by[each].due_at, by[each].priority) for each in left
        ]


class Shelf:
    """A store, and what was completed in it."""

    def __init__(self, *old: Job) -> None:
        self.store = MemoryJobStore()
        self.log = Log()
        self.completed = Completed(self.log, OldLists(self.store, [*old]), self.store)
        self.store.add([stored(job) for job in old])

    def put(self, *jobs: Job) -> list[str]:
        """Store the jobs, and tell of them as one batch."""
        self.store.add([stored(job) for job in jobs])
        KeepCompleted(self.log)(told(*jobs))
        return [job.id for job in jobs]

    def newest(self, most: int = 100) -> list[str]:
        return list(self.completed.newest(HERE, most=most))

    def clean(self) -> list[str]:
        """Take everything away as it is met; answers what was met."""
        met: list[str] = []
        for ids in self.completed.walk(HERE):
            met += ids
            self.store.delete_many([*self.store.get_jobs(ids).values()])
        return met


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        (a_claimed_job(), a_completed_job(), True),
        (None, a_completed_job(), True),
        (a_completed_job(), a_completed_job(), False),
        (a_job(), a_claimed_job(), False),
        (a_completed_job(), None, False),
    ],
)
def test_only_what_becomes_completed_is_told(
    before: Job | None, after: Job | None, *, is_told: bool
):
    assert bool(completions_of([Change("event-1", NOON, before, after)])) is is_told


def test_a_batch_is_told_queue_by_queue():
    here, there = a_completed_job(), a_completed_job(queue=Queue.SCHEDULED_SMS)

    found = completions_of(told(here, there))

    assert found == [
        Completions(HERE, (ended_at(here),)),
        Completions(Queue.SCHEDULED_SMS, (ended_at(there),)),
    ]


def test_batches_that_overlap_are_put_in_order():
    batches = [Completions(HERE, ("9", "4", "2")), Completions(HERE, ("7", "3", "1"))]

    assert list(in_order(batches)) == ["9", "7", "4", "3", "2", "1"]


def test_the_newest_are_first_and_no_batch_is_read_that_no_page_needs():
    shelf = Shelf()
    ids = [shelf.put(a_completed_job(ago_s))[0] for ago_s in range(30)]

    found = shelf.newest(most=5)

    assert found == ids[:5]
    assert shelf.log.read < 10


def test_the_same_batch_again_changes_nothing():
    shelf = Shelf()
    job = a_completed_job()
    shelf.put(job)
    KeepCompleted(shelf.log)(told(job))

    assert shelf.newest() == [job.id]


def test_jobs_that_were_deleted_since_are_left_out():
    shelf = Shelf()
    (first, second, third) = shelf.put(*[a_completed_job(ago_s) for ago_s in (1, 2, 3)])
    shelf.store.delete(shelf.store.get_jobs([second])[second])

    assert shelf.newest(most=2) == [first, third]


def test_those_of_before_the_update_stand_among_the_others():
    old = [a_completed_job(ago_s) for ago_s in (1, 3, 5)]
    shelf = Shelf(*old)
    (second,) = shelf.put(a_completed_job(2))

    assert shelf.newest() == [old[0].id, second, old[1].id, old[2].id]
    assert shelf.newest(most=1) == [old[0].id]


def test_a_job_that_stands_in_both_places_is_listed_once():
    old = a_completed_job(1)
    shelf = Shelf(old)
    KeepCompleted(shelf.log)(told(old))

    assert shelf.newest() == [old.id]


def test_behind_many_that_are_gone_nobody_looks_for_ever():
    shelf = Shelf()
    gone = [a_completed_job(n / 1000) for n in range(FURTHEST)]
    KeepCompleted(shelf.log)(told(*gone))
    shelf.put(a_completed_job(60))

    assert shelf.newest() == []


def test_what_was_taken_away_is_forgotten():
    old = [a_completed_job(90 + n) for n in range(CHUNK + 1)]
    shelf = Shelf(*old)
    kept = shelf.put(a_completed_job(1), a_completed_job(2))

    met = shelf.clean()

    assert sorted(met) == sorted([*kept, *(job.id for job in old)])
    assert (shelf.newest(), shelf.log.batches) == ([], {})


def test_what_nobody_came_back_for_stays():
    shelf = Shelf()
    kept = shelf.put(a_completed_job())

    next(shelf.completed.walk(HERE))

    assert shelf.newest() == kept
