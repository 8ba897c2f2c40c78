"""Bulk acts: exact when dry, each job at most once, in calls that a cursor joins."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.bulk import BUDGET, CHUNK, COUNT_BUDGET, BulkResult
from chalicelib.flow.listing import MOST_ROWS
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.listing import Cursor, Filter, Query
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, an_outcome
from tests.rig.desk import Desk, a_failed_job
from tests.rig.world import SECOND

SMS = Filter(channel=Channel.SMS)
FAILED = Query("w1", (Status.FAILED,), SMS)
PENDING = Query("w1", (Status.PENDING,), SMS, newest_first=False)


def failed_jobs(count: int) -> list[Job]:
    return [a_failed_job(ago_s=count - i) for i in range(count)]


def slowly(desk: Desk, takes: timedelta) -> Callable[[], None]:
    """A call during which time passes."""

    def pass_by() -> None:
        desk.clock.at += takes

    return pass_by


def statuses(desk: Desk, jobs: list[Job]) -> set[Status]:
    return {desk.now(job).status for job in jobs}


def follow(desk: Desk, query: Query, verb: str) -> list[BulkResult]:
    """One call after the other, until there is no cursor."""
    cursor: Cursor | None = None
    results: list[BulkResult] = []
    while True:
        result: BulkResult = getattr(desk.bulk, verb)(query, cursor=cursor)
        results.append(result)
        cursor = result.cursor
        if cursor is None:
            return results


def test_a_dry_run_counts_and_changes_nothing():
    desk = Desk()
    jobs = failed_jobs(180)
    desk.add(*jobs, a_failed_job(queue=Queue.SEND_EMAIL), a_job())

    result = desk.bulk.count(FAILED, cursor=None)

    assert result == BulkResult(matched=180, changed=0, remaining=180, cursor=None)
    assert statuses(desk, jobs) == {Status.FAILED}


def test_all_failed_jobs_that_match_start_over():
    desk = Desk()
    jobs, others = failed_jobs(180), [a_failed_job(workspace_id="w2"), a_job().cancel(at=NOON)]
    desk.add(*jobs, *others)

    result = desk.bulk.retry(FAILED, cursor=None)

    assert result == BulkResult(matched=180, changed=180, remaining=0, cursor=None)
    assert statuses(desk, jobs) == {Status.PENDING}
    assert [desk.now(job) for job in others] == others
    assert 0 < len(desk.waiting()) < 180
    assert len({desk.now(job).attention_at for job in jobs}) == 180


def test_all_pending_jobs_that_match_are_cancelled():
    desk = Desk()
    jobs, others = [a_job() for _ in range(150)], [a_job(queue=Queue.SEND_EMAIL), a_claimed_job()]
    desk.add(*jobs, *others)

    result = desk.bulk.cancel(PENDING, cursor=None)

    assert result == BulkResult(matched=150, changed=150, remaining=0, cursor=None)
    assert statuses(desk, jobs) == {Status.CANCELLED}
    assert [desk.now(job) for job in others] == others


def test_what_one_calls_time_does_not_suffice_for_goes_on_with_the_cursor():
    desk = Desk()
    jobs = failed_jobs(10 * CHUNK + 50)
    desk.add(*jobs)
    desk.store.faults.add("get_jobs", *[slowly(desk, BUDGET / 3)] * 11)

    results = follow(desk, FAILED, "retry")

    assert [result.changed for result in results] == [300, 300, 300, 150]
    assert [result.remaining for result in results] == [750, 450, 150, 0]
    assert [result.matched for result in results] == [1050, 750, 450, 150]
    assert {desk.now(job).version for job in jobs} == {jobs[0].version + 1}


def test_a_walk_of_many_reads_is_one_walk():
    desk = Desk()
    desk.add(*failed_jobs(2 * MOST_ROWS + 10))

    assert desk.bulk.count(FAILED, cursor=None).matched == 2 * MOST_ROWS + 10
    assert desk.bulk.retry(FAILED, cursor=None).changed == 2 * MOST_ROWS + 10


def test_counting_is_bounded_too():
    desk = Desk()
    desk.add(*failed_jobs(3 * MOST_ROWS))
    stretch = desk.lists.stretch

    class Slow:
        def stretch(self, *args: object, **named: object) -> object:
            desk.clock.at += COUNT_BUDGET
            return stretch(*args, **named)  # type: ignore[arg-type]

    desk.bulk = replace(desk.bulk, listing=replace(desk.listing, lists=Slow()))

    results: list[BulkResult] = []
    cursor: Cursor | None = None
    while not results or cursor is not None:
        results.append(desk.bulk.count(FAILED, cursor=cursor))
        cursor = results[-1].cursor

    assert [result.matched for result in results] == [MOST_ROWS] * 3


def test_a_job_that_fails_again_is_not_retried_again_by_the_same_walk():
    desk = Desk()
    jobs = failed_jobs(2 * CHUNK)
    desk.add(*jobs)
    desk.store.faults.add("get_jobs", slowly(desk, BUDGET))
    first = desk.bulk.retry(FAILED, cursor=None)
    for job in jobs[CHUNK:]:
        claimed = desk.now(job).claim(at=desk.clock.now(), lease=LEASE)
        again = claimed.record(an_outcome(404), at=desk.clock.now(), wait=SECOND)
        desk.store.move(desk.now(job), claimed)
        desk.store.move(claimed, again)

    second = desk.bulk.retry(FAILED, cursor=first.cursor)

    assert (first.changed, second.changed, second.cursor) == (CHUNK, CHUNK, None)
    assert statuses(desk, jobs[CHUNK:]) == {Status.FAILED}
    assert statuses(desk, jobs[:CHUNK]) == {Status.PENDING}


@pytest.mark.parametrize("meanwhile", ["cancelled", "claimed", "filtered"])
def test_jobs_are_looked_at_again_just_before(meanwhile: str):
    desk = Desk()
    job = a_job(last_error="503")
    desk.add(job)
    after = {
        "cancelled": job.cancel(at=NOON),
        "claimed": job.claim(at=NOON, lease=LEASE),
        "filtered": replace(job, last_error="404"),
    }[meanwhile]
    desk.store.faults.add("get_jobs", partial(desk.store._update, job, after))

    result = desk.bulk.cancel(replace(PENDING, filter=Filter(error="503")), cursor=None)

    assert (result.matched, result.changed) == (meanwhile != "claimed", 0)
    assert desk.now(job) == after


def test_a_job_that_is_claimed_at_the_last_moment_is_not_cancelled():
    desk = Desk()
    job, other = a_job(), a_job()
    desk.add(job, other)
    claimed = job.claim(at=NOON, lease=LEASE)
    desk.store.faults.add("move", partial(desk.store._update, job, claimed))

    result = desk.bulk.cancel(PENDING, cursor=None)

    assert result.changed == 1
    assert desk.now(job) == claimed


def test_retried_jobs_take_turns_at_the_channels_pace():
    desk = Desk()
    desk.add(*failed_jobs(10 * CHUNK))

    desk.bulk.retry(FAILED, cursor=None)

    turns = [entry.job.attention_at or NOON for entry in desk.store.entries.values()]
    needed_s = 10 * CHUNK / RATES[Channel.SMS].per_s
    assert max(turns) > NOON + timedelta(seconds=needed_s - 5)


def test_a_walk_that_fails_in_its_middle_is_taken_up_where_it_began():
    desk = Desk()
    jobs = failed_jobs(2 * CHUNK)
    desk.add(*jobs)
    desk.store.faults.add("get_jobs", None, RetryableError("busy"))

    with pytest.raises(RetryableError):
        desk.bulk.retry(FAILED, cursor=None)
    result = desk.bulk.retry(FAILED, cursor=None)

    assert result.changed == CHUNK
    assert {desk.now(job).version for job in jobs} == {jobs[0].version + 1}


def test_a_pending_job_that_is_put_off_meanwhile_is_met_later():
    desk = Desk()
    jobs = [a_job(due_at=NOON + i * SECOND) for i in range(2 * CHUNK)]
    desk.add(*jobs)
    desk.store.faults.add("get_jobs", slowly(desk, BUDGET))
    first = desk.bulk.cancel(PENDING, cursor=None)
    put_off = jobs[CHUNK]
    claimed = put_off.claim(at=NOON, lease=LEASE)
    desk.store.move(put_off, claimed)
    desk.store.move(claimed, claimed.record(an_outcome(503), at=NOON, wait=500 * SECOND))

    desk.bulk.cancel(PENDING, cursor=first.cursor)

    assert statuses(desk, jobs) == {Status.CANCELLED}
