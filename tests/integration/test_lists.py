"""Lists page by page: whole, bound to their query, as much as an answer can carry, and as CSV."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job, Priority
from tests.integration.operators import (
    PAST,
    a_completed_job,
    a_failed_job,
    ask,
    keep,
    pages,
    rows_of,
)
from tests.integration.service import Json, Service, a_token
from tests.rig.builders import NOON, a_job, a_payload

SECOND = timedelta(seconds=1)
HEAD = [
    *("id", "communicationId", "channel", "queue", "status", "priority", "contactId"),
    *("recipient", "scheduledAt", "startedAt", "completedAt", "attempts", "maxAttempts"),
    "lastError",
]
#: What no spreadsheet may take for a formula.
FORMULAS = [
    "=1+1",
    "+1234567890",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\uff1d1",
    "\uff0b1",
    "\u00a0=1",
    '=HYPERLINK("http://evil.example","x")',
]


def jobs_of(body: Any) -> list[Json]:  # noqa: ANN401 - any JSON
    """The jobs of an answer, an object or an array."""
    return body["jobs"] if isinstance(body, dict) else body


def failed_jobs(count: int) -> list[Job]:
    return [a_failed_job(at=PAST + i * SECOND) for i in range(count)]


def ids(jobs: list[Job]) -> set[str]:
    return {job.id for job in jobs}


def test_all_jobs_come_page_by_page_each_once(service: Service):
    jobs = [*failed_jobs(7), *(a_job() for _ in range(6)), a_completed_job(), a_completed_job()]
    keep(*jobs, a_job(workspace_id="w2"))

    answers = [answer.json_body for answer in pages(service, "/jobs", limit=4)]

    met = [job["id"] for answer in answers for job in answer["jobs"]]
    assert len(met) == len(jobs)
    assert set(met) == ids(jobs)
    assert all(answer.keys() == {"jobs", "cursor"} for answer in answers)


def test_a_walk_meets_what_stays_while_others_come_and_go(service: Service):
    jobs = failed_jobs(12)
    keep(*jobs)
    leaving = jobs[1::3]

    met: list[str] = []
    for answer in pages(service, "/jobs", limit=3, status="failed"):
        met += [job["id"] for job in answer.json_body["jobs"]]
        if leaving:
            gone = leaving.pop()
            wiring.store().move(gone, gone.retry(at=NOON))
        keep(a_failed_job(at=NOON))

    assert len(met) == len(set(met))
    assert ids(jobs) - ids(jobs[1::3]) <= set(met)


@pytest.mark.parametrize(
    "params",
    [
        {"status": "pending"},
        {"channel": "email"},
        {"priority": "high"},
        {"error": "no such number"},
        {"from": "2026-06-01T00:00:00Z", "status": "failed"},
        {"to": "2025-06-01T02:00:00+02:00", "status": "failed"},
        {"from": "2026-06-01", "to": "2026-07-01", "status": "failed", "channel": "sms"},
    ],
)
def test_a_filter_lets_through_what_it_says(service: Service, params: dict[str, str]):
    day = timedelta(days=365)
    wanted = {
        "pending": a_job(),
        "email": a_completed_job(queue=Queue.SEND_EMAIL),
        "high": a_completed_job(priority=Priority.HIGH),
        "no such number": a_failed_job(),
        "2026-06-01T00:00:00Z": a_failed_job(at=PAST + day),
        "2025-06-01T02:00:00+02:00": a_failed_job(at=PAST - day),
        "2026-06-01": a_failed_job(at=PAST.replace(month=6, day=30)),
    }
    keep(*wanted.values())
    found = ask(service, "/jobs", **params).json_body["jobs"]

    name = next(iter(params.values()))
    expected = ids([wanted[name]])
    if name == "no such number":
        expected |= {job.id for job in wanted.values() if job.last_error}
    if name == "2026-06-01T00:00:00Z":
        expected.add(wanted["2026-06-01"].id)
    assert {job["id"] for job in found} == expected


def test_every_fault_of_a_query_is_named_at_once(service: Service):
    answer = ask(
        service,
        "/jobs",
        status="lost",
        channel="fax",
        priority="urgent",
        error="x" * 201,
        to="yesterday",
        limit="0",
        cursor="nonsense",
        **{"from": "0001-01-01T00:00:00Z"},
    )

    assert answer.status_code == 400
    assert {fault["path"] for fault in answer.json_body["errors"]} == {
        "status",
        "channel",
        "priority",
        "error",
        "from",
        "to",
        "limit",
        "cursor",
    }


def test_a_range_that_ends_before_it_begins_is_a_fault(service: Service):
    answer = ask(service, "/jobs", to="2026-01-01", **{"from": "2026-01-02"})

    assert answer.json_body["errors"] == [{"path": "from", "message": "must not be after 'to'"}]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/jobs", {"status": "failed", "channel": "sms"}),
        ("/jobs", {"status": "pending"}),
        ("/jobs", {}),
        ("/pending", {}),
        ("/audit", {}),
        ("/by-communication/c1", {}),
    ],
)
def test_a_cursor_is_of_no_use_elsewhere(service: Service, path: str, params: dict[str, str]):
    keep(*failed_jobs(3))
    cursor = ask(service, "/jobs", status="failed", limit=1).json_body["cursor"]

    answer = ask(service, path, cursor=cursor, **params)

    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json_body["errors"]] == ["cursor"]


def test_a_cursor_of_another_workspace_is_of_no_use(service: Service):
    keep(*failed_jobs(3), *(a_failed_job(workspace_id="w2") for _ in range(3)))
    cursor = ask(service, "/jobs", limit=1).json_body["cursor"]

    answer = service.get(
        f"/api/businesses/w2/communication-queue/jobs?cursor={cursor}",
        token=a_token(role="admin", workspaces=["w2"]),
    )

    assert answer.status_code == 400


def test_an_array_goes_on_by_a_header(service: Service):
    jobs = failed_jobs(5)
    keep(*jobs)

    answers = list(pages(service, "/failed", limit=2))

    assert [len(answer.json_body) for answer in answers[:2]] == [2, 2]
    assert {job["id"] for answer in answers for job in answer.json_body} == ids(jobs)


def test_a_communication_goes_on_by_a_header(service: Service):
    jobs = [a_job(communication_id="c1", created_at=PAST + i * SECOND) for i in range(5)]
    keep(*jobs)

    answers = list(pages(service, "/by-communication/c1", limit=2))

    assert [job["id"] for answer in answers for job in answer.json_body] == [j.id for j in jobs]


@pytest.mark.parametrize("path", ["/failed", "/jobs", "/by-communication/c1"])
def test_large_messages_come_in_as_many_answers_as_they_need(service: Service, path: str):
    payload = a_payload(html="\"<'é>" * 45_000)
    jobs = [a_failed_job(at=PAST + i * SECOND, communication_id="c1") for i in range(14)]
    keep(*jobs, payload=payload)

    answers = list(pages(service, path, limit=100))

    bodies = [answer.json_body for answer in answers]
    found = [job for body in bodies for job in jobs_of(body)]
    assert len(answers) > 1
    assert {job["id"] for job in found} == ids(jobs)
    assert json.loads(found[0]["payload"])["html"] == payload.body["html"]
    assert all(len(json.dumps(answer.body.decode())) < 6_000_000 for answer in answers)


def test_failed_jobs_are_exported(service: Service):
    job = a_failed_job()
    keep(job)

    answer = ask(service, "/failed.csv")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="failed.csv"'
    head, row = rows_of(answer.body.decode())
    assert head == HEAD
    assert row == [
        job.id,
        job.id,
        "sms",
        "send-sms-queue",
        "failed",
        "normal",
        "contact-1",
        "'+1234567890",
        "2026-12-01T12:00:00.000Z",
        "2026-01-01T00:00:00.000Z",
        "2026-01-01T00:00:00.000Z",
        "1",
        "3",
        "The backend answered 404: no such number",
    ]


def test_the_pages_of_an_export_are_one_file(service: Service):
    jobs = failed_jobs(7)
    keep(*jobs, a_job(), a_failed_job(queue=Queue.SEND_EMAIL))

    answers = list(pages(service, "/failed.csv", limit=3, channel="sms"))

    rows = rows_of("".join(answer.body.decode() for answer in answers))
    assert rows[0] == HEAD
    assert [row[0] for row in rows[1:]] == [job.id for job in jobs[::-1]]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(service: Service, text: str):
    job = a_failed_job(contact_id=text)
    keep(job, payload=a_payload(to=text))

    _, row = rows_of(ask(service, "/failed.csv").body.decode())

    for name in ("contactId", "recipient"):
        assert row[HEAD.index(name)].startswith("'")
        assert row[HEAD.index(name)].replace("'", "") == text


def test_cells_keep_quotes_commas_and_lines(service: Service):
    text = 'Doe, "Jane"\r\nsecond line; 1=1'
    keep(a_failed_job(contact_id=text))

    _, row = rows_of(ask(service, "/failed.csv").body.decode())

    assert row[HEAD.index("contactId")] == text


def test_a_job_without_a_recipient_has_an_empty_cell(service: Service):
    keep(a_failed_job(contact_id=None, queue=Queue.MY_QUEUE), payload=a_payload(to=None))

    _, row = rows_of(ask(service, "/failed.csv").body.decode())

    assert (row[HEAD.index("contactId")], row[HEAD.index("recipient")]) == ("", "")
