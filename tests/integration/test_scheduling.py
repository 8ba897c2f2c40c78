"""The scheduling routes: what they answer, and what is durable by then."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Queue
from chalicelib.settings import settings
from tests.integration.service import Json, Service, a_token

AN_SMS: Json = {
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
AN_EMAIL: Json = {
    "to": "recipient@example.com",
    "subject": "Your email subject",
    "html": "<h1>Hello!</h1>",
    "contactId": "contact-uuid",
    "workspaceId": "w1",
    "delay": 60000,
    "metadata": {
        "source": "campaign",
        "campaignId": "campaign-uuid",
        "callbackEndpoint": "/api/email/send",
    },
}
A_JOB: Json = {"workspaceId": "w1", "data": {"any": ["JSON", 1, None]}, "callbackEndpoint": "/x"}

ROUTES = [
    ("/api/schedule-sms", AN_SMS, "SMS scheduled successfully"),
    ("/api/schedule-email", AN_EMAIL, "Email scheduled successfully"),
    ("/api/jobs", A_JOB, "Job scheduled successfully"),
]
BULKS = [("/api/schedule-sms/bulk", AN_SMS), ("/api/schedule-email/bulk", AN_EMAIL)]


def status_of(service: Service, job_id: str) -> Json:
    response = service.get(f"/api/job-status/{job_id}")
    assert response.status_code == 200
    return response.json_body


def scheduled(service: Service, body: Json, path: str = "/api/schedule-sms") -> Json:
    """Schedule; answers the job's status."""
    response = service.post(path, body)
    assert response.status_code == 200, response.json_body
    return status_of(service, response.json_body["jobId"])


@pytest.mark.parametrize(("path", "body", "message"), ROUTES)
def test_a_message_is_scheduled(service: Service, path: str, body: Json, message: str):
    response = service.post(path, body)

    assert response.status_code == 200
    assert response.json_body == {
        "success": True,
        "jobId": response.json_body["jobId"],
        "message": message,
    }
    assert {item["pk"]["S"] for item in service.items()} == {response.json_body["jobId"]}


def test_every_answer_names_its_request_and_is_json(service: Service):
    response = service.post("/api/schedule-sms", AN_SMS)

    assert response.headers["X-Request-Id"]
    assert response.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    ("path", "body", "delay", "queue"),
    [
        ("/api/schedule-sms", AN_SMS, 0, Queue.SEND_SMS),
        ("/api/schedule-sms", AN_SMS, 60_000, Queue.SCHEDULED_SMS),
        ("/api/schedule-email", AN_EMAIL, 0, Queue.SEND_EMAIL),
        ("/api/schedule-email", AN_EMAIL, 60_000, Queue.SCHEDULED_EMAIL),
        ("/api/jobs", A_JOB, 0, Queue.MY_QUEUE),
        ("/api/jobs", A_JOB, 60_000, Queue.MY_QUEUE),
    ],
)
def test_a_job_is_handed_over_to_its_queue(
    service: Service, path: str, body: Json, delay: int | None, queue: Queue
):
    job = scheduled(service, body | {"delay": delay}, path)

    assert job["queue"] == queue.value
    assert len(service.messages(queue)) == (0 if delay else 1)
    assert service.delayed_count(queue) == (1 if delay else 0)


def test_a_job_beyond_the_horizon_waits_for_a_timer(service: Service):
    scheduled(service, AN_SMS | {"delay": 3 * 24 * 3600 * 1000})
    timers = client("scheduler").list_schedules(GroupName="TimerGroup")["Schedules"]

    assert len(timers) == 1
    assert service.delayed_count(Queue.SCHEDULED_SMS) == 0


def test_a_job_s_status_has_the_contract_s_shape(service: Service):
    before = datetime.now(UTC)
    job = scheduled(service, AN_SMS)
    due_at = datetime.fromisoformat(job["scheduledFor"])
    view = job.pop("job")

    assert job == {
        "success": True,
        "jobId": view["id"],
        "status": "SCHEDULED",
        "scheduledFor": view["scheduledAt"],
        "attempts": 0,
        "maxAttempts": 3,
        "error": None,
        "queue": "scheduled-sms-queue",
    }
    assert timedelta(seconds=59) < due_at - before < timedelta(seconds=70)
    assert len(job["scheduledFor"]) == len("2026-12-01T09:00:00.000Z")


def test_a_job_has_every_field_of_the_contract(service: Service):
    view = scheduled(service, AN_SMS)["job"]
    payload = json.loads(view["payload"])
    content = {name: AN_SMS[name] for name in ("phoneNumber", "message", "metadata")}

    assert (
        view.items()
        >= {
            "communicationId": view["id"],
            "status": "pending",
            "priority": "normal",
            "startedAt": None,
            "completedAt": None,
            "lastError": None,
            "channel": "sms",
            "workspaceId": "w1",
            "contactId": "contact-uuid",
            "history": [],
        }.items()
    )
    assert (
        payload.items() >= ({"channel": "sms", "recipientContact": "+1234567890"} | content).items()
    )
    assert {"createdAt", "updatedAt", "scheduledAt", "queue", "metadata"} <= set(view)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"z": 1, "a": 2, "ключ": "значение", "🙂": ["\u0000", "\u2028", "</script>"]},
        {"n": [0, -0.0, 1.5, 1e300, 2**53 + 1, 10**30, True, None], "deep": {"er": {"est": []}}},
        {"communicationId": "spring", "callbackEndpoint": None},
        {"pk": "x", "__proto__": {}, "jobId": "mine", "attempt": 99},
    ],
)
def test_metadata_is_kept_exactly_as_it_came(service: Service, metadata: Json):
    job = scheduled(service, AN_SMS | {"metadata": metadata})["job"]

    assert json.dumps(job["metadata"]) == json.dumps(metadata)


def test_metadata_that_is_left_out_is_an_empty_object(service: Service):
    body = {name: value for name, value in AN_SMS.items() if name != "metadata"}

    assert scheduled(service, body)["job"]["metadata"] == {}


@pytest.mark.parametrize(
    ("said", "group"),
    [
        ({"communicationId": "spring"}, "spring"),
        ({"metadata": {"communicationId": "summer"}}, "summer"),
        ({"communicationId": "spring", "metadata": {"communicationId": "summer"}}, "spring"),
    ],
)
def test_a_communication_groups_jobs(service: Service, said: Json, group: str):
    assert scheduled(service, AN_SMS | said)["job"]["communicationId"] == group


def test_priority_and_attempts_are_kept(service: Service):
    job = scheduled(service, AN_SMS | {"priority": "high", "maxAttempts": 10})

    assert (job["job"]["priority"], job["maxAttempts"]) == ("high", 10)


@pytest.mark.parametrize(("path", "message"), BULKS)
def test_a_bulk_is_scheduled_in_its_order(service: Service, path: str, message: Json):
    body = {
        "workspaceId": "w1",
        "defaults": message | {"priority": "low"},
        "messages": [{"contactId": f"c{n}"} for n in range(60)],
    }
    response = service.post(path, body)
    job_ids = response.json_body["jobIds"]

    assert response.status_code == 200
    assert response.json_body == {"success": True, "accepted": 60, "jobIds": job_ids}
    assert len(set(job_ids)) == 60
    assert [_contact(service, job_id) for job_id in job_ids[:3]] == ["c0", "c1", "c2"]


def _contact(service: Service, job_id: str) -> Any:  # noqa: ANN401
    job = status_of(service, job_id)["job"]
    return job["contactId"] if job["priority"] == "low" else None


def test_a_message_of_a_bulk_overrides_the_defaults(service: Service):
    body = {"workspaceId": "w1", "defaults": AN_SMS, "messages": [{"message": "Mine"}]}
    (job_id,) = service.post("/api/schedule-sms/bulk", body).json_body["jobIds"]

    assert json.loads(status_of(service, job_id)["job"]["payload"])["message"] == "Mine"


def test_an_open_service_schedules_without_a_token(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPEN_SCHEDULING", "true")
    settings.cache_clear()
    response = service.post("/api/schedule-sms", AN_SMS, token=None)
    status = service.get(f"/api/job-status/{response.json_body['jobId']}", token=None)

    assert (response.status_code, status.status_code) == (200, 200)


def test_a_job_is_found_by_every_role(service: Service):
    job_id = service.post("/api/schedule-sms", AN_SMS).json_body["jobId"]

    for role in ("admin", "manager", "support", "user"):
        token = a_token(role=role)
        assert service.get(f"/api/job-status/{job_id}", token=token).status_code == 200
