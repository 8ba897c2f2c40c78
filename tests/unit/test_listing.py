"""Pages of lists: complete over any limit, at a cost that the backlog does not change."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flow.listing import CHUNK, MOST_READS, MOST_ROWS, Listing
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.listing import Cursor, Filter, Query
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobLists, Stored, Stretch
from tests.rig.builders import NOON, a_claimed_job, a_job, stored
from tests.rig.desk import Desk, a_failed_job
from tests.rig.world import SECOND

PENDING = Query("w1", (Status.PENDING,), newest_first=False)
ALL = Query("w1", tuple(Status))


@dataclass
class Meter:
    """Lists that count what is read from them."""

    lists: JobLists
    reads: int = 0
    rows: int = 0

    def stretch(self, query: Query, status: Status, *, after: str | None, limit: int) -> Stretch:
        self.reads += 1
        self.rows += limit
        return self.lists.stretch(query, status, after=after, limit=limit)

    def of_communication(
        self, workspace_id: str, communication_id: str, *, after: str | None, limit: int
    ) -> Sequence[str]:
        self.reads += 1
        return self.lists.of_communication(workspace_id, communication_id, after=after, limit=limit)


def walk(desk: Desk, query: Query, *, limit: int) -> list[str]:
    """The ids of a whole list, page by page."""
    met: list[str] = []
    cursor: Cursor | None = None
    while True:
        found, cursor = desk.listing.load(query, cursor=cursor, limit=limit)
        page = [entry.job.id for _, entry in found]
        assert len(page) <= limit
        met += page
        if cursor is None:
            return met


@given(
    jobs=st.lists(st.tuples(st.sampled_from(Status), st.integers(0, 5), st.booleans())),
    limit=st.integers(1, 7),
    sifting=st.booleans(),
)
def test_every_job_that_matches_is_met_once(
    jobs: list[tuple[Status, int, bool]], limit: int, *, sifting: bool
):
    desk = Desk()
    made = [
        a_job(
            status=status,
            due_at=NOON + s * SECOND,
            completed_at=NOON - s * SECOND,
            queue=Queue.SEND_EMAIL if is_email else Queue.SEND_SMS,
        )
        for status, s, is_email in jobs
    ]
    desk.add(*made)
    wanted = Filter(channel=Channel.EMAIL) if sifting else Filter()

    met = walk(desk, replace(ALL, filter=wanted), limit=limit)

    assert sorted(met) == sorted(j.id for j in made if wanted.matches(j))


def test_a_page_is_read_no_further_than_it_needs():
    desk = Desk()
    desk.add(*(a_job(due_at=NOON + i * SECOND) for i in range(300)))
    meter = Meter(desk.lists)

    page = Listing(meter, desk.store).page(PENDING, cursor=None, limit=10)

    assert (len(page.rows), meter.reads, meter.rows) == (10, 1, 10)


@pytest.mark.parametrize("backlog", [1_000, 10_000])
def test_a_filter_that_matches_nothing_costs_the_same_for_any_backlog(backlog: int):
    desk = Desk()
    desk.add(*(a_job(due_at=NOON + i * SECOND) for i in range(backlog)))
    meter = Meter(desk.lists)
    query = replace(PENDING, filter=Filter(channel=Channel.EMAIL))

    page = Listing(meter, desk.store).page(query, cursor=None, limit=500)

    assert not page.rows
    assert meter.reads <= MOST_READS
    assert meter.rows <= MOST_READS * MOST_ROWS
    assert (page.cursor is None) == (backlog == 1_000)


def test_where_a_page_was_given_up_the_next_one_goes_on():
    desk = Desk()
    match = a_job(due_at=NOON + timedelta(days=1), queue=Queue.SEND_EMAIL)
    desk.add(*(a_job(due_at=NOON + i * SECOND) for i in range(3_300)), match)
    query = replace(PENDING, filter=Filter(channel=Channel.EMAIL))

    assert walk(desk, query, limit=5) == [match.id]


def test_jobs_that_moved_on_meanwhile_are_left_out():
    desk = Desk()
    staying, leaving = a_job(), a_job()
    gone = a_job()
    desk.add(staying, leaving, gone)
    found, _ = desk.listing.load(PENDING, cursor=None, limit=10)

    desk.store.move(leaving, leaving.cancel(at=NOON))
    desk.store.delete(gone)

    assert [entry.job for _, entry in found] == [staying]


def test_a_full_page_may_be_the_last_one():
    desk = Desk()
    desk.add(*[a_failed_job(ago_s) for ago_s in range(3)])
    query = Query("w1", (Status.FAILED,))

    assert desk.listing.page(query, cursor=None, limit=3).cursor is None
    assert len(desk.listing.page(query, cursor=None, limit=2).rows) == 2


def test_each_job_comes_with_the_cursor_behind_it():
    desk = Desk()
    desk.add(*(a_job(due_at=NOON + i * SECOND) for i in range(5)))
    found, _ = desk.listing.load(PENDING, cursor=None, limit=5)
    pairs = list(found)

    for i, (cursor, _) in enumerate(pairs):
        rest, _ = desk.listing.load(PENDING, cursor=cursor, limit=5)

        assert [entry for _, entry in rest] == [entry for _, entry in pairs[i + 1 :]]


def test_payloads_are_read_only_as_they_are_asked_for():
    desk = Desk()
    desk.add(*(a_job() for _ in range(CHUNK + 1)))
    found, _ = desk.listing.load(PENDING, cursor=None, limit=CHUNK + 1)
    reads: list[str] = []
    desk.store.faults.add("get_many", *[lambda: reads.append("read")] * 2)

    first = next(iter(found))

    assert first
    assert len(reads) == 1


def communication(desk: Desk, name: str = "c1", *, limit: int = 100) -> list[list[Stored]]:
    """The pages of a communication."""
    pages: list[list[Stored]] = []
    after: str | None = None
    while True:
        found, after = desk.listing.communication("w1", name, after=after, limit=limit)
        pages.append([entry for _, entry in found])
        if after is None:
            return pages


def in_communication(i: int, **changes: object) -> Job:
    return a_job(communication_id="c1", created_at=NOON + i * SECOND, **changes)


def test_a_communication_is_read_page_by_page_the_oldest_first():
    desk = Desk()
    jobs = [in_communication(i) for i in range(7)]
    desk.add(*jobs[::-1], a_job(communication_id="c2"), in_communication(9, workspace_id="w2"))

    pages = communication(desk, limit=3)

    assert [[entry.job for entry in page] for page in pages] == [jobs[:3], jobs[3:6], jobs[6:]]


def test_a_job_without_a_communication_is_its_own():
    desk = Desk()
    job = a_job()
    desk.add(job)

    assert communication(desk, job.id) == [[stored(job)]]


def test_a_job_comes_before_those_that_name_it_as_their_communication():
    desk = Desk()
    first = a_job(id="c1", created_at=NOON - SECOND)
    second = in_communication(1)
    desk.add(first, second)

    assert communication(desk, limit=1) == [[stored(first), stored(second)], []]


def test_each_job_of_a_communication_comes_with_the_place_behind_it():
    desk = Desk()
    desk.add(*(in_communication(i) for i in range(4)))
    found, _ = desk.listing.communication("w1", "c1", after=None, limit=10)
    pairs = list(found)

    for i, (behind, _) in enumerate(pairs):
        rest, _ = desk.listing.communication("w1", "c1", after=behind, limit=10)

        assert [entry for _, entry in rest] == [entry for _, entry in pairs[i + 1 :]]


def test_a_job_of_one_communication_is_not_its_own_as_well():
    desk = Desk()
    desk.add(a_job(id="c1", communication_id="c2"))

    assert communication(desk) == [[]]


def test_nobody_can_name_a_communication_that_is_no_id():
    assert communication(Desk(), "c#1") == [[]]


def test_failed_jobs_are_listed_the_newest_first():
    desk = Desk()
    jobs = [a_failed_job(ago_s) for ago_s in (2, 0, 1)]
    desk.add(*jobs)

    met = walk(desk, Query("w1", (Status.FAILED,)), limit=2)

    assert met == [jobs[1].id, jobs[2].id, jobs[0].id]


def test_a_crowd_under_way_does_not_keep_those_who_wait_from_a_page():
    desk = Desk()
    waiting = a_job(due_at=NOON + SECOND)
    desk.add(*(a_claimed_job() for _ in range(60)), waiting)

    page = desk.listing.page(PENDING, cursor=None, limit=10)

    assert [row.job_id for row in page.rows] == [waiting.id]
    assert page.cursor is None
