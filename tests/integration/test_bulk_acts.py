"""Bulk acts over HTTP: what may be asked for, and what it answers."""

from datetime import timedelta

import pytest

from chalicelib.model.channel import Queue
from chalicelib.model.status import Status
from tests.integration.operators import PAST, a_claimed_job, a_failed_job, audit, keep, now, tell
from tests.integration.service import Json, Service
from tests.rig.builders import a_job

SECOND = timedelta(seconds=1)
SMS: Json = {"filter": {"channel": "sms"}}


def test_a_dry_run_says_how_many_and_changes_nothing(service: Service):
    jobs = [a_failed_job() for _ in range(5)]
    keep(*jobs)

    answer = tell(service, "/retry-failed", SMS | {"dryRun": True})

    assert answer.status_code == 200
    assert answer.json_body == {
        "success": True,
        "matched": 5,
        "changed": 0,
        "remaining": 5,
        "cursor": None,
    }
    assert {now(job).status for job in jobs} == {Status.FAILED}


def test_failed_jobs_that_match_are_retried(service: Service):
    jobs = [a_failed_job() for _ in range(5)]
    others = [a_failed_job(queue=Queue.SEND_EMAIL), a_failed_job(workspace_id="w2"), a_job()]
    keep(*jobs, *others)

    answer = tell(service, "/retry-failed", SMS)

    assert answer.json_body == {
        "success": True,
        "matched": 5,
        "changed": 5,
        "remaining": 0,
        "cursor": None,
    }
    assert {now(job).status for job in jobs} == {Status.PENDING}
    assert [now(job) for job in others] == others
    assert len(service.messages(Queue.SEND_SMS)) == 5


def test_pending_jobs_that_match_are_cancelled(service: Service):
    jobs = [a_job(due_at=PAST + i * SECOND) for i in range(5)]
    others = [a_job(), a_claimed_job(due_at=PAST)]
    keep(*jobs, *others)

    answer = tell(service, "/cancel-pending", {"filter": {"to": "2026-01-02T00:00:00Z"}})

    assert answer.json_body["changed"] == 5
    assert {now(job).status for job in jobs} == {Status.CANCELLED}
    assert [now(job) for job in others] == others


@pytest.mark.parametrize("path", ["/retry-failed", "/cancel-pending"])
@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, ["filter"]),
        ({"filter": {}}, ["filter"]),
        ({"filter": None}, ["filter"]),
        ({"filter": {"channel": None}}, ["filter"]),
        ({"filter": "all"}, ["filter"]),
        ({"filter": {"channel": "fax"}}, ["filter.channel"]),
        ({"filter": {"chanel": "sms", "priority": "high"}}, ["filter.chanel"]),
        ({"filter": {"error": ""}}, ["filter.error"]),
        ({"filter": {"error": 404}}, ["filter.error"]),
        ({"filter": {"from": "soon", "to": 5}}, ["filter.from", "filter.to"]),
        ({"filter": {"from": "2026-01-02", "to": "2026-01-01"}}, ["filter.from"]),
        (SMS | {"dryRun": "true"}, ["dryRun"]),
        (SMS | {"dry_run": True}, ["dry_run"]),
        (SMS | {"cursor": "nonsense"}, ["cursor"]),
        (SMS | {"cursor": 5}, ["cursor"]),
    ],
)
def test_what_is_not_clear_is_refused_and_changes_nothing(
    service: Service, path: str, body: Json, paths: list[str]
):
    jobs = [a_failed_job(), a_job()]
    keep(*jobs)

    answer = tell(service, path, body)

    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json_body["errors"]] == paths
    assert [now(job) for job in jobs] == jobs


def test_a_cursor_of_the_one_act_is_of_no_use_to_the_other(service: Service):
    from chalicelib.model.channel import Channel  # noqa: PLC0415
    from chalicelib.model.listing import Cursor, Filter, Query  # noqa: PLC0415

    query = Query("w1", (Status.FAILED,), Filter(channel=Channel.SMS))
    cursor = Cursor(Status.FAILED).to_text(query)

    assert tell(service, "/retry-failed", SMS | {"cursor": cursor}).status_code == 200
    assert tell(service, "/cancel-pending", SMS | {"cursor": cursor}).status_code == 400
    assert (
        tell(service, "/retry-failed", {"filter": {"channel": "email"}, "cursor": cursor})
    ).status_code == 400


def test_the_audit_trail_says_how_many(service: Service):
    keep(a_failed_job(), a_failed_job())
    tell(service, "/retry-failed", SMS)

    (entry,) = audit(service)

    assert (entry["action"], entry["before"], entry["after"], entry["result"]) == (
        "retry_failed",
        "2 matched",
        "2 changed",
        "done",
    )
