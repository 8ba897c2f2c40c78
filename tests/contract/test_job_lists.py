"""JobLists: a walk in stretches meets every job that stays, each once, whatever others do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from chalicelib.adapters.dynamodb_lists import DynamoJobLists
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job, Priority
from chalicelib.model.listing import Filter, Query, list_place
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobLists, JobStore
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, stored
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.lists import MemoryJobLists

SECOND = timedelta(seconds=1)
SOONEST = Query("w1", (Status.PENDING,), newest_first=False)
LATEST = Query("w1", (Status.PENDING,))


@dataclass(frozen=True)
class Shelf:
    """A store, and the lists of what is in it."""

    store: JobStore
    lists: JobLists

    def add(self, *jobs: Job) -> None:
        """Store jobs."""
        self.store.add([stored(job) for job in jobs])

    def walk(self, query: Query, *, limit: int = 2, after: str | None = None) -> Iterator[str]:
        """The ids of a list of one status, stretch by stretch."""
        while True:
            found = self.lists.stretch(query, query.statuses[0], after=after, limit=limit)
            assert len(found.rows) <= limit
            yield from (row.job_id for row in found.rows)
            if found.end is None:
                return
            after = found.end


@pytest.fixture
def shelf(store: JobStore) -> Shelf:
    if isinstance(store, MemoryJobStore):
        return Shelf(store, MemoryJobLists(store))
    return Shelf(store, DynamoJobLists("JobsTable"))


def jobs_due(*due: datetime, **changes: object) -> list[Job]:
    return [a_job(due_at=at, **changes) for at in due]


def ids(*jobs: Job) -> list[str]:
    return [job.id for job in jobs]


def test_a_list_is_in_its_order(shelf: Shelf):
    second, third, first = jobs_due(NOON + SECOND, NOON + 2 * SECOND, NOON)
    shelf.add(second, third, first)

    assert list(shelf.walk(SOONEST)) == ids(first, second, third)
    assert list(shelf.walk(LATEST)) == ids(third, second, first)


def test_jobs_of_one_instant_are_each_met_once(shelf: Shelf):
    same = [a_job(id=job_id) for job_id in ("a", "a1", "a10", "aZ", "b", "B-1", "0")]
    shelf.add(*same)

    for limit in (1, 2, 3, 10):
        assert sorted(shelf.walk(SOONEST, limit=limit)) == sorted(ids(*same))
        assert sorted(shelf.walk(LATEST, limit=limit)) == sorted(ids(*same))


def test_others_are_not_in_the_list(shelf: Shelf):
    mine = a_job()
    shelf.add(mine, a_job(workspace_id="w2"), a_job(status=Status.FAILED, completed_at=NOON))

    assert list(shelf.walk(SOONEST)) == [mine.id]


def test_nothing_is_in_an_empty_list(shelf: Shelf):
    found = shelf.lists.stretch(SOONEST, Status.PENDING, after=None, limit=10)

    assert (list(found.rows), found.end) == ([], None)


@pytest.mark.parametrize("query", [SOONEST, LATEST])
def test_a_walk_meets_what_stays_once_while_others_come_and_go(shelf: Shelf, query: Query):
    jobs = jobs_due(*(NOON + i * SECOND for i in range(20)))
    shelf.add(*jobs)
    staying, leaving = jobs[::2], jobs[1::2]

    met: list[str] = []
    for job_id in shelf.walk(query, limit=3):
        met.append(job_id)
        if leaving:
            gone = leaving.pop()
            shelf.store.move(gone, gone.cancel(at=NOON))
            shelf.add(*jobs_due(NOON + 21 * SECOND, NOON - SECOND))

    assert len(met) == len(set(met))
    assert set(ids(*staying)) <= set(met)


def test_the_job_at_the_end_of_a_stretch_may_leave(shelf: Shelf):
    first, second, third = jobs_due(NOON, NOON + SECOND, NOON + 2 * SECOND)
    shelf.add(first, second, third)
    found = shelf.lists.stretch(SOONEST, Status.PENDING, after=None, limit=2)

    shelf.store.delete(second)

    assert list(shelf.walk(SOONEST, after=found.end)) == [third.id]


def test_since_is_in_and_until_is_out(shelf: Shelf):
    early, first, second, late = jobs_due(NOON - SECOND, NOON, NOON + SECOND / 2, NOON + SECOND)
    shelf.add(early, first, second, late)
    within = Filter(since=NOON, until=NOON + SECOND)

    assert list(shelf.walk(replace(SOONEST, filter=within), limit=1)) == ids(first, second)
    assert list(shelf.walk(replace(LATEST, filter=within), limit=1)) == ids(second, first)


def test_an_end_before_the_beginning_holds_nothing(shelf: Shelf):
    shelf.add(a_job())
    backwards = Filter(since=NOON + SECOND, until=NOON - SECOND)

    assert list(shelf.walk(replace(SOONEST, filter=backwards))) == []


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(channel=Channel.EMAIL),
        Filter(priority=Priority.HIGH),
        Filter(error="answered 503"),
        Filter(channel=Channel.EMAIL, priority=Priority.HIGH, error="503"),
    ],
)
def test_a_filter_lets_through_what_matches_all_of_it(shelf: Shelf, wanted: Filter):
    match = a_job(
        queue=Queue.SCHEDULED_EMAIL,
        priority=Priority.HIGH,
        last_error="The backend answered 503: busy",
    )
    others = [a_job(), a_job(last_error="The backend answered 404"), a_job()]
    shelf.add(*others, match)

    assert list(shelf.walk(replace(SOONEST, filter=wanted))) == [match.id]


def test_a_stretch_without_a_match_says_how_far_it_looked(shelf: Shelf):
    jobs = jobs_due(*(NOON + i * SECOND for i in range(5)))
    shelf.add(*jobs)
    query = replace(SOONEST, filter=Filter(channel=Channel.EMAIL))

    found = shelf.lists.stretch(query, Status.PENDING, after=None, limit=3)

    assert (list(found.rows), found.end) == ([], list_place(jobs[2]))


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_its_list(shelf: Shelf, status: Status):
    jobs = [
        a_job(status=status, due_at=at, started_at=at, completed_at=at)
        for at in (NOON + SECOND, NOON)
    ]
    shelf.add(*jobs)

    query = Query("w1", (status,))

    assert list(shelf.walk(query)) == ids(*jobs)


def test_those_under_way_are_listed_by_their_start(shelf: Shelf):
    late, early = (
        a_claimed_job(due_at=NOON - SECOND).postpone(at=NOON + s * SECOND, lease=LEASE)
        for s in (2, 1)
    )
    email, other = a_claimed_job(queue=Queue.SEND_EMAIL), a_claimed_job(workspace_id="w2")
    shelf.add(late, early, email, other, a_job())
    sms = Query("w1", (Status.PROCESSING,), Filter(channel=Channel.SMS))

    assert list(shelf.walk(sms, limit=1)) == ids(late, early)
    assert list(shelf.walk(replace(sms, newest_first=False))) == ids(early, late)
    assert list(shelf.walk(replace(sms, filter=Filter(until=NOON + SECOND)))) == ids(email)


def test_a_job_under_way_keeps_its_place_among_the_pending(shelf: Shelf):
    first, second, third = jobs_due(NOON, NOON + SECOND, NOON + 2 * SECOND)
    shelf.add(first, second, third)
    shelf.store.move(second, second.claim(at=NOON + SECOND, lease=LEASE))

    assert list(shelf.walk(SOONEST, limit=1)) == ids(first, second, third)


def test_a_communication_lists_its_jobs_by_creation(shelf: Shelf):
    later, earlier = (
        a_job(communication_id="c1", created_at=at, due_at=NOON) for at in (NOON + SECOND, NOON)
    )
    other, foreign = a_job(communication_id="c2"), a_job(communication_id="c1", workspace_id="w2")
    shelf.add(later, earlier, other, foreign, a_job(id="c1"))

    def places(after: str | None, limit: int) -> list[str]:
        return list(shelf.lists.of_communication("w1", "c1", after=after, limit=limit))

    both = places(None, 10)

    assert [each.partition("#")[2] for each in both] == ids(earlier, later)
    assert places(None, 1) == both[:1]
    assert places(both[0], 10) == both[1:]
    assert places(both[1], 10) == []
