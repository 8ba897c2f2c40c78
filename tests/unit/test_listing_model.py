"""Queries, filters and cursors of lists of jobs."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.model.channel import Channel, Queue
from chalicelib.model.cursor import place, seal
from chalicelib.model.job import Job, Priority
from chalicelib.model.listing import (
    Cursor,
    Filter,
    Query,
    Row,
    index_place,
    list_place,
    listed_at,
    still_in,
)
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_claimed_job, a_job

SECOND = timedelta(seconds=1)
FAILED = Query("w1", (Status.FAILED,))
ALL = Query("w1", tuple(Status))
PLACE = place(NOON, "job-1")


@pytest.mark.parametrize("query", [FAILED, ALL])
@pytest.mark.parametrize("after", [None, PLACE])
def test_a_cursor_comes_back_as_it_went(query: Query, after: str | None):
    cursor = Cursor(Status.FAILED, after)

    assert Cursor.from_text(cursor.to_text(query), query) == cursor


@pytest.mark.parametrize(
    "other",
    [
        replace(FAILED, workspace_id="w2"),
        replace(FAILED, statuses=(Status.PENDING,)),
        replace(FAILED, newest_first=False),
        replace(FAILED, filter=Filter(channel=Channel.SMS)),
        replace(FAILED, filter=Filter(error="x")),
        replace(FAILED, filter=Filter(contact_id="c1")),
        replace(FAILED, filter=Filter(since=NOON)),
        replace(FAILED, filter=Filter(until=NOON)),
    ],
)
def test_a_cursor_is_of_no_use_with_another_query(other: Query):
    text = Cursor(Status.FAILED, PLACE).to_text(FAILED)

    with pytest.raises(ValueError, match="another list"):
        Cursor.from_text(text, other)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["failed"],
        ["pending", PLACE],
        ["pending", None],
        ["nonsense", PLACE],
        ["failed", "nonsense"],
        [None, PLACE],
        ["failed", PLACE, PLACE],
    ],
)
def test_a_cursor_with_other_parts_is_refused(parts: list[str | None]):
    with pytest.raises(ValueError, match="no cursor of this list"):
        Cursor.from_text(seal(FAILED.binding, *parts), FAILED)


def test_an_empty_filter_asks_for_nothing():
    assert Filter().is_empty
    assert not Filter().sifts


@pytest.mark.parametrize(
    ("wanted", "sifts"),
    [
        (Filter(channel=Channel.SMS), True),
        (Filter(priority=Priority.LOW), True),
        (Filter(error="x"), True),
        (Filter(since=NOON), False),
        (Filter(until=NOON), False),
    ],
)
def test_a_filter_sifts_what_the_order_of_the_list_does_not_say(wanted: Filter, *, sifts: bool):
    assert not wanted.is_empty
    assert wanted.sifts is sifts


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (Filter(), True),
        (Filter(channel=Channel.SMS, priority=Priority.NORMAL), True),
        (Filter(channel=Channel.EMAIL), False),
        (Filter(priority=Priority.HIGH), False),
        (Filter(error="503"), True),
        (Filter(error="404"), False),
        (Filter(since=NOON), True),
        (Filter(since=NOON + timedelta(microseconds=900)), True),
        (Filter(since=NOON + SECOND), False),
        (Filter(until=NOON + SECOND), True),
        (Filter(until=NOON), False),
    ],
)
def test_a_job_matches_a_filter_as_a_whole(wanted: Filter, *, matches: bool):
    job = a_job(queue=Queue.SCHEDULED_SMS, last_error="The backend answered 503")

    assert wanted.matches(job) is matches


def test_a_job_without_an_error_has_no_part_of_one():
    assert not Filter(error="x").matches(a_job())


@pytest.mark.parametrize(
    ("job", "at"),
    [
        (a_job(due_at=NOON + SECOND), NOON + SECOND),
        (a_claimed_job(), NOON),
        (a_job(status=Status.PROCESSING, updated_at=NOON - SECOND), NOON - SECOND),
        (a_job(status=Status.FAILED, completed_at=NOON + SECOND), NOON + SECOND),
        (a_job(status=Status.CANCELLED, updated_at=NOON - SECOND), NOON - SECOND),
    ],
)
def test_what_a_list_is_ordered_by(job: Job, at: object):
    assert listed_at(job) == at


@pytest.mark.parametrize(
    ("job", "at"),
    [
        (a_job(due_at=NOON + SECOND), NOON + SECOND),
        (a_job(due_at=NOON - SECOND).claim(at=NOON, lease=SECOND), NOON - SECOND),
        (a_job(due_at=NOON - SECOND).cancel(at=NOON), NOON),
    ],
)
def test_the_index_has_an_open_job_where_it_is_due_and_another_where_it_ended(
    job: Job, at: datetime
):
    assert index_place(job) == place(at, job.id)


def a_row(job: Job) -> Row:
    return Row(job.status, list_place(job), job.id)


def test_a_row_says_how_to_go_on_behind_it():
    job = a_job()

    assert a_row(job).cursor == Cursor(Status.PENDING, list_place(job))


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_job_that_stayed_is_still_there(newest_first: bool):  # noqa: FBT001 - parametrized
    job = a_job()

    assert still_in(replace(ALL, newest_first=newest_first), a_row(job), job=job)


def test_a_job_that_left_the_list_is_not_there():
    job = a_job()
    pending = Query("w1", (Status.PENDING,))

    assert not still_in(pending, a_row(job), job=job.cancel(at=NOON))


def test_a_job_that_moved_to_a_later_list_is_met_there():
    job = a_job()

    assert not still_in(ALL, a_row(job), job=job.cancel(at=NOON))


def test_a_job_that_moved_to_an_earlier_list_is_met_here_or_nowhere():
    cancelled = a_job().cancel(at=NOON)

    assert still_in(ALL, a_row(cancelled), job=cancelled.retry(at=NOON))


@pytest.mark.parametrize(
    ("newest_first", "moved", "stays"),
    [
        (True, SECOND, True),
        (True, -SECOND, False),
        (False, SECOND, False),
        (False, -SECOND, True),
    ],
)
def test_a_job_that_moved_ahead_of_the_walk_is_met_there(
    *, newest_first: bool, moved: timedelta, stays: bool
):
    job = a_job()
    query = replace(ALL, newest_first=newest_first)

    assert still_in(query, a_row(job), job=replace(job, due_at=NOON + moved)) is stays
