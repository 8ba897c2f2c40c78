"""What the board's API shows: queues, jobs, attempts, charts."""

from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.model.channel import Queue
from tests.integration.board import (
    SMS,
    call,
    delayed,
    keep_and_count,
    look,
)
from tests.integration.operators import (
    PAST,
    a_completed_job,
    a_failed_job,
    keep,
)
from tests.integration.service import Service
from tests.rig.builders import a_job

#: What the page cannot do without (bull-board.md, 4.1 and 4.2).
OF_A_QUEUE = {"name", "statuses", "counts", "jobs", "pagination", "allowRetries", "isPaused"}
OF_A_JOB = {
    "id",
    "name",
    "timestamp",
    "stacktrace",
    "opts",
    "data",
    "attempts",
    "isFailed",
    "delay",
}


def test_every_queue_is_shown_with_all_that_the_page_needs(service: Service):
    keep_and_count(a_failed_job(), delayed(), a_completed_job())

    queues = look(service)

    assert list(queues) == [queue.value for queue in Queue]
    assert all(queue.keys() >= OF_A_QUEUE for queue in queues.values())
    assert queues[SMS]["counts"] == {
        "active": 0,
        "waiting": 0,
        "prioritized": 0,
        "completed": 1,
        "failed": 1,
        "delayed": 1,
    }
    assert set(queues[SMS]["statuses"]) == queues[SMS]["counts"].keys() | {"latest"}


def test_the_jobs_of_one_tab_are_shown_in_pages(service: Service):
    failed = [a_failed_job(at=PAST + timedelta(seconds=i)) for i in range(25)]
    keep_and_count(*failed)

    queue = look(service, activeQueue=SMS, status="failed", page=3)[SMS]

    newest_first = [job.id for job in reversed(failed)]
    assert [job["id"] for job in queue["jobs"]] == newest_first[20:]
    assert queue["pagination"] == {"pageCount": 3, "range": {"start": 20, "end": 29}}
    assert all(job.keys() >= OF_A_JOB for job in queue["jobs"])


def test_a_failed_job_tells_why(service: Service):
    job = a_failed_job()
    keep(job)

    shown = call(service, "GET", f"/api/queues/{SMS}/{job.id}").json_body
    lines = call(service, "GET", f"/api/queues/{SMS}/{job.id}/logs").json_body

    assert (shown["status"], shown["job"]["isFailed"]) == ("failed", True)
    assert "404" in shown["job"]["stacktrace"][0]
    assert "404" in shown["job"]["failedReason"]
    assert [line.split(" ", 1)[1].split(",")[0] for line in lines] == [
        "attempt 1 started",
        "attempt 1 failed",
    ]


def test_a_completed_job_tells_what_the_backend_said(service: Service):
    job = a_completed_job()
    keep(job)

    shown = call(service, "GET", f"/api/queues/{SMS}/{job.id}").json_body

    assert shown["job"]["returnValue"]["status"] == 200


def test_a_cancelled_job_is_shown_by_its_link(service: Service):
    job = a_job().cancel(at=PAST)
    keep(job)

    assert call(service, "GET", f"/api/queues/{SMS}/{job.id}").json_body["status"] == "unknown"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/job-schedulers", {"schedulers": []}),
        (f"/api/queues/{SMS}/rate-limit", {"supported": False, "rateLimit": None, "queue": SMS}),
        (f"/api/queues/{SMS}/workers", {"workers": None, "queue": SMS}),
        (f"/api/queues/{SMS}/nobody/logs", []),
    ],
)
def test_what_has_no_meaning_here_answers_that_there_is_none(
    service: Service, path: str, body: object
):
    assert call(service, "GET", path).json_body == body


def test_the_editor_knows_the_fields_of_each_queue(service: Service):
    schema = call(service, "GET", "/api/queues/send-email-queue/job-data-schema").json_body
    options = call(service, "GET", f"/api/queues/{SMS}/default-job-options").json_body

    assert {"to", "subject", "html"} <= set(schema["required"])
    assert options["attempts"] == 3


def test_the_chart_shows_the_ends_of_each_minute(service: Service):
    ended = wiring.clock().now()
    keep_and_count(a_failed_job(at=ended))

    shown = call(service, "GET", f"/api/queues/{SMS}/metrics").json_body["failed"]

    running = shown["meta"]["count"] - shown["meta"]["prevCount"]
    assert (running + shown["data"][0], len(shown["data"])) == (1, 59)
