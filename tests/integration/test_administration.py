"""The administration routes as the contract has them: shapes, messages, states."""

import json
from datetime import timedelta

import pytest

from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from tests.integration.operators import (
    PAST,
    a_claimed_job,
    a_completed_job,
    a_failed_job,
    ask,
    keep,
    now,
    remove,
    tell,
)
from tests.integration.service import Json, Service, a_token
from tests.rig.builders import NOON, a_job

SECOND = timedelta(seconds=1)
FIELDS = {
    "id",
    "communicationId",
    "status",
    "priority",
    "scheduledAt",
    "startedAt",
    "completedAt",
    "attempts",
    "maxAttempts",
    "lastError",
    "payload",
    "createdAt",
    "updatedAt",
    "channel",
    "queue",
    "workspaceId",
    "contactId",
    "metadata",
    "history",
}
SMS: Json = {
    "phoneNumber": "+1234567890",
    "message": "Your message here",
    "contactId": "contact-uuid",
    "workspaceId": "w1",
    "delay": 60000,
    "metadata": {
        "source": "campaign",
        "campaignId": "campaign-uuid",
        "callbackEndpoint": "/send-sms",
    },
}


def scheduled(service: Service, **changes: object) -> str:
    return service.post("/api/schedule-sms", SMS | changes).json_body["jobId"]


def test_a_scheduled_job_is_shown_with_all_that_was_scheduled(service: Service):
    job_id = scheduled(service)

    answer = ask(service, f"/{job_id}")

    job = answer.json_body
    assert answer.status_code == 200
    assert job.keys() == FIELDS
    assert {name: job[name] for name in FIELDS - {"scheduledAt", "createdAt", "updatedAt"}} == {
        "id": job_id,
        "communicationId": job_id,
        "status": "pending",
        "priority": "normal",
        "startedAt": None,
        "completedAt": None,
        "attempts": 0,
        "maxAttempts": 3,
        "lastError": None,
        "payload": job["payload"],
        "channel": "sms",
        "queue": "scheduled-sms-queue",
        "workspaceId": "w1",
        "contactId": "contact-uuid",
        "metadata": SMS["metadata"],
        "history": [],
    }
    payload = json.loads(job["payload"])
    assert payload["channel"] == "sms"
    assert payload["recipientContact"] == "+1234567890"
    assert payload["message"] == "Your message here"


def test_every_attempt_is_in_the_history(service: Service):
    job = a_failed_job()
    keep(job)

    (attempt,) = ask(service, f"/{job.id}").json_body["history"]

    assert attempt == {
        "attempt": 1,
        "startedAt": "2026-01-01T00:00:00.000Z",
        "finishedAt": "2026-01-01T00:00:00.000Z",
        "outcome": "failed",
        "statusCode": 404,
        "error": "The backend answered 404: no such number",
        "durationMs": 0,
        "answer": "no such number",
    }


def test_an_attempt_under_way_has_nulls(service: Service):
    job = a_claimed_job()
    keep(job)

    (attempt,) = ask(service, f"/{job.id}").json_body["history"]

    empty = ("finishedAt", "outcome", "statusCode", "error", "durationMs", "answer")
    assert [attempt[name] for name in empty] == [None] * 6


@pytest.mark.parametrize("path", ["/no-such-job", "/w2-job", "/%23", "/" + "x" * 3000])
def test_an_unknown_job_and_another_workspaces_are_the_same(service: Service, path: str):
    keep(a_job(id="w2-job", workspace_id="w2"))

    answer = ask(service, path)

    assert (answer.status_code, answer.json_body["code"]) == (404, "job_not_found")


def test_pending_jobs_come_soonest_first(service: Service):
    jobs = [a_job(due_at=NOON + i * SECOND) for i in range(12)]
    keep(*jobs[::-1], a_failed_job(), a_job(workspace_id="w2"))

    default, three = ask(service, "/pending"), ask(service, "/pending", limit=3)

    assert [job["id"] for job in default.json_body] == [job.id for job in jobs[:10]]
    assert [job["id"] for job in three.json_body] == [job.id for job in jobs[:3]]
    assert default.json_body[0].keys() == FIELDS


def test_failed_jobs_come_newest_first(service: Service):
    jobs = [a_failed_job() for _ in range(3)]
    jobs = [job.retry(at=NOON) if i == 1 else job for i, job in enumerate(jobs)]
    keep(*jobs)

    found = ask(service, "/failed").json_body

    assert [job["id"] for job in found] == [jobs[2].id, jobs[0].id]
    assert [job["lastError"] for job in found] == ["The backend answered 404: no such number"] * 2


@pytest.mark.parametrize("path", ["/pending", "/failed", "/jobs", "/by-communication/c1"])
@pytest.mark.parametrize("limit", ["0", "-1", "501", "1.5", "ten", "\u0661", "9" * 30])
def test_a_limit_that_is_none_is_a_fault(service: Service, path: str, limit: str):
    answer = ask(service, path, limit=limit)

    assert answer.status_code == 400
    assert answer.json_body["errors"] == [
        {"path": "limit", "message": "must be a whole number from 1 to 500"}
    ]


def test_a_communication_lists_its_jobs_the_oldest_first(service: Service):
    ids = [scheduled(service, communicationId="campaign-1") for _ in range(3)]
    scheduled(service, communicationId="campaign-2")

    found = ask(service, "/by-communication/campaign-1").json_body

    assert [job["id"] for job in found] == ids
    assert found[0]["history"] == []


def test_a_job_without_a_communication_is_its_own(service: Service):
    job_id = scheduled(service)

    (found,) = ask(service, f"/by-communication/{job_id}").json_body

    assert found["id"] == job_id


def test_a_failed_job_is_retried(service: Service):
    job = a_failed_job()
    keep(job)

    answer = tell(service, f"/{job.id}/retry")

    body = answer.json_body
    assert answer.status_code == 200
    assert (body["success"], body["message"]) == (True, "Job successfully queued for retry")
    assert (body["job"]["status"], body["job"]["attempts"]) == ("pending", 0)
    assert body["job"]["lastError"] is None
    assert body["job"].keys() == FIELDS
    assert [len(body["job"]["history"]), now(job).status] == [1, Status.PENDING]
    assert len(service.messages(Queue.SEND_SMS)) == 1


def test_a_retried_job_is_called_back(service: Service):
    job = a_failed_job()
    keep(job)
    tell(service, f"/{job.id}/retry")

    service.work()

    (call,) = service.backend.received
    assert call.headers["idempotency-key"] == job.id
    assert now(job).status is Status.COMPLETED


def test_a_pending_job_is_cancelled_and_never_called_back(service: Service):
    job_id = scheduled(service, delay=0)

    answer = tell(service, f"/{job_id}/cancel")
    service.work()

    assert answer.status_code == 200
    assert answer.json_body["message"] == "Job cancelled successfully"
    assert answer.json_body["job"]["status"] == "cancelled"
    assert answer.json_body["job"]["completedAt"] is not None
    assert not service.backend.received


def test_a_job_under_way_is_cancelled(service: Service):
    job = a_claimed_job()
    keep(job)

    answer = tell(service, f"/{job.id}/cancel")

    assert answer.json_body["job"]["status"] == "cancelled"


def test_a_deleted_job_leaves_nothing(service: Service):
    job_id = scheduled(service)

    answer = remove(service, f"/{job_id}")

    assert (answer.status_code, answer.body) == (204, b"")
    assert answer.headers["X-Request-Id"]
    assert service.items() == []
    assert ask(service, f"/{job_id}").status_code == 404


@pytest.mark.parametrize(
    ("job", "act", "word", "status"),
    [
        (a_completed_job(), "retry", "retried", "completed"),
        (a_job(), "retry", "retried", "pending"),
        (a_claimed_job(), "retry", "retried", "processing"),
        (a_completed_job(), "cancel", "cancelled", "completed"),
        (a_failed_job(), "cancel", "cancelled", "failed"),
        (a_job().cancel(at=NOON), "cancel", "cancelled", "cancelled"),
        (a_claimed_job(), "delete", "deleted", "processing"),
    ],
)
def test_a_state_that_does_not_allow_it_is_named(
    service: Service, job: Job, act: str, word: str, status: str
):
    keep(job)

    answer = remove(service, f"/{job.id}") if act == "delete" else tell(service, f"/{job.id}/{act}")

    assert answer.status_code == 409
    assert answer.json_body == {
        "success": False,
        "message": f"Job {job.id} cannot be {word} (current status: {status})",
        "code": f"cannot_be_{word}",
    }
    assert now(job) == job


@pytest.mark.parametrize("act", ["retry", "cancel", "delete"])
@pytest.mark.parametrize("job_id", ["no-such-job", "w2-job"])
def test_what_is_not_there_cannot_be_changed(service: Service, act: str, job_id: str):
    foreign = a_failed_job(id="w2-job", workspace_id="w2")
    keep(foreign)

    answer = remove(service, f"/{job_id}") if act == "delete" else tell(service, f"/{job_id}/{act}")

    assert (answer.status_code, answer.json_body["code"]) == (404, "job_not_found")
    assert now(foreign) == foreign


def test_due_jobs_are_processed_now(service: Service):
    keep(*(a_job(due_at=PAST, attention_at=PAST) for _ in range(12)))

    answer = tell(service, "/process-now")

    assert answer.status_code == 200
    assert answer.json_body == {
        "success": True,
        "message": "Queue processing completed",
        "dispatched": 12,
    }
    assert len(service.messages(Queue.SEND_SMS)) == 10


@pytest.mark.parametrize("workspace_id", ["w2", "*", "w1%23", "x" * 300])
def test_a_foreign_business_is_unknown(service: Service, workspace_id: str):
    path = f"/api/businesses/{workspace_id}/communication-queue/pending"

    answer = service.get(path, token=a_token(role="admin"))

    assert (answer.status_code, answer.json_body["code"]) == (404, "business_not_found")
