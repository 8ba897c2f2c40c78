"""What the board's buttons do."""

from datetime import timedelta

import pytest

from chalicelib import wiring
from chalicelib.model.channel import Queue
from chalicelib.model.job import Priority
from tests.integration.board import (
    DATA,
    LATER,
    SMS,
    call,
    delayed,
    error_of,
    keep_and_count,
    look,
    put,
    tab,
)
from tests.integration.operators import (
    PAST,
    a_claimed_job,
    a_completed_job,
    a_failed_job,
    audit,
    keep,
    now,
)
from tests.integration.service import Service
from tests.rig.builders import a_job, a_payload


def test_a_failed_job_is_retried_and_leaves_the_tab_at_once(service: Service):
    job = a_failed_job()
    keep_and_count(job)

    assert put(service, f"{SMS}/{job.id}/retry").status_code == 204
    assert tab(service, "failed") == []
    assert now(job).attempts == 0
    assert [entry["action"] for entry in audit(service)] == ["retry"]
    assert audit(service)[0]["subject"] == "bull-board:operator"


def test_a_delayed_job_is_promoted(service: Service):
    job = delayed()
    keep(job)

    assert put(service, f"{SMS}/{job.id}/promote").status_code == 204
    assert now(job).due_at <= wiring.clock().now()
    assert [message["Body"] for message in service.messages(Queue.SEND_SMS)]


def test_a_delayed_job_is_put_off(service: Service):
    job = delayed()
    keep(job)
    run_at = int((LATER + timedelta(days=1)).timestamp() * 1000)

    answer = call(service, "PATCH", f"/api/queues/{SMS}/{job.id}/delay", {"runAt": run_at})

    assert answer.status_code == 204
    assert now(job).due_at == LATER + timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "priority"), [(0, Priority.NORMAL), (1, Priority.HIGH), (10, Priority.LOW)]
)
def test_a_pending_job_changes_its_priority(service: Service, number: int, priority: Priority):
    job = delayed()
    keep(job)

    call(service, "PATCH", f"/api/queues/{SMS}/{job.id}/priority", {"priority": number})

    assert now(job).priority is priority


def test_a_job_is_removed_for_good(service: Service):
    job = a_failed_job()
    keep(job)

    assert put(service, f"{SMS}/{job.id}/clean").status_code == 204
    assert service.items() == []


def test_what_is_under_way_is_not_removed(service: Service):
    job = a_claimed_job()
    keep(job)

    answer = put(service, f"{SMS}/{job.id}/clean")

    assert (answer.status_code, error_of(answer)) == (409, "JOB_IS_ACTIVE")


def test_the_data_of_a_pending_job_is_edited(service: Service):
    job = delayed()
    keep(job)
    shown = call(service, "GET", f"/api/queues/{SMS}/{job.id}").json_body["job"]["data"]

    answer = call(
        service,
        "PATCH",
        f"/api/queues/{SMS}/{job.id}/update-data",
        {"jobData": shown | {"message": "corrected"}},
    )

    assert answer.status_code == 204
    entry = wiring.store().get(job.id)
    assert entry is not None
    assert entry.payload.body == a_payload().body | {"message": "corrected"}


@pytest.mark.parametrize(
    "data",
    [
        5,
        None,
        {},
        DATA | {"phoneNumber": "12"},
        DATA | {"workspaceId": "w2"},
        DATA | {"message": ""},
    ],
)
def test_data_that_cannot_be_sent_is_refused_with_its_reason(service: Service, data: object):
    job = delayed()
    keep(job)

    answer = call(service, "PATCH", f"/api/queues/{SMS}/{job.id}/update-data", {"jobData": data})

    assert (answer.status_code, error_of(answer)) == (400, "This cannot be taken")
    assert ":" in answer.json_body["message"]
    assert now(job).version == job.version


@pytest.mark.parametrize("queue", [SMS, "scheduled-sms-queue"])
def test_a_job_is_added_to_the_queue_that_is_shown(service: Service, queue: str):
    options = {"delay": 60_000, "attempts": 5, "priority": 1}
    body = {"name": "__default__", "data": DATA, "options": options}

    answer = call(service, "POST", f"/api/queues/{queue}/add", body)

    job = wiring.store().get_jobs([answer.json_body["job"]["id"]])
    (kept,) = job.values()
    assert (answer.status_code, answer.json_body["status"]) == (200, "delayed")
    assert (kept.queue, kept.max_attempts, kept.priority) == (queue, 5, Priority.HIGH)


def test_a_duplicate_is_what_the_first_one_was(service: Service):
    job = a_completed_job()
    keep(job)
    shown = call(service, "GET", f"/api/queues/{SMS}/{job.id}").json_body["job"]

    body = {"name": shown["name"], "data": shown["data"], "options": shown["opts"]}
    answer = call(service, "POST", f"/api/queues/{SMS}/add", body)

    assert answer.json_body["job"]["data"] == shown["data"]
    assert answer.json_body["job"]["id"] != job.id


def test_a_job_of_the_general_queue_is_duplicated_with_its_path(service: Service):
    data = {"workspaceId": "w1", "data": [1, "two"], "callbackEndpoint": "/elsewhere"}
    path = "/api/queues/my-queue/add"
    first = call(service, "POST", path, {"data": data}).json_body["job"]

    second = call(service, "POST", path, {"data": first["data"], "options": first["opts"]})

    assert second.json_body["job"]["data"] == first["data"]
    assert first["data"]["callbackEndpoint"] == "/elsewhere"


def test_all_failed_jobs_of_a_queue_are_retried(service: Service):
    failed, other = a_failed_job(), a_failed_job(queue=Queue.SCHEDULED_SMS)
    keep_and_count(failed, other)

    answer = put(service, f"{SMS}/retry/failed")

    assert answer.json_body == {"retried": 1, "skipped": 0}
    assert (now(failed).status, now(other).status) == ("pending", "failed")


def test_all_delayed_jobs_of_a_queue_are_promoted(service: Service):
    job = delayed()
    keep_and_count(job)

    assert put(service, f"{SMS}/promote").json_body == {}
    assert now(job).due_at <= wiring.clock().now()


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("clean/failed", {"failed"}),
        ("clean/completed", {"completed"}),
        ("clean/delayed", {"delayed"}),
        ("empty", {"delayed", "waiting"}),
    ],
)
def test_a_tab_is_cleaned(service: Service, path: str, gone: set[str]):
    jobs = {
        "failed": a_failed_job(),
        "completed": a_completed_job(),
        "delayed": delayed(),
        "waiting": a_job(due_at=PAST),
        "active": a_claimed_job(),
    }
    keep_and_count(*jobs.values())

    assert put(service, f"{SMS}/{path}").json_body == {}

    left = wiring.store().get_jobs([job.id for job in jobs.values()])
    assert {name for name, job in jobs.items() if job.id not in left} == gone


@pytest.mark.parametrize(("path", "queues"), [(SMS, [SMS]), ("", [q.value for q in Queue])])
def test_queues_are_paused_and_resumed(service: Service, path: str, queues: list[str]):
    put(service, f"{path}/pause".lstrip("/"))
    paused = [name for name, queue in look(service).items() if queue["isPaused"]]
    put(service, f"{path}/resume".lstrip("/"))

    assert paused == queues
    assert not any(queue["isPaused"] for queue in look(service).values())


def test_a_paused_queue_keeps_accepting_and_sends_after_the_resume(service: Service):
    put(service, f"{SMS}/pause")
    job_id = service.post("/api/schedule-sms", DATA).json_body["jobId"]

    service.work()
    while_paused = list(service.backend.received)
    put(service, f"{SMS}/resume")
    service.work()

    assert while_paused == []
    assert [each.body["jobId"] for each in service.backend.received] == [job_id]


@pytest.mark.parametrize(
    ("path", "action"),
    [
        (f"{SMS}/pause", "pause"),
        (f"{SMS}/resume", "resume"),
        (f"{SMS}/retry/failed", "retry_queue"),
        (f"{SMS}/promote", "promote_queue"),
        (f"{SMS}/clean/failed", "clean_queue"),
        (f"{SMS}/empty", "empty_queue"),
    ],
)
def test_an_act_on_a_queue_is_in_the_trail_of_everyone(service: Service, path: str, action: str):
    put(service, path)

    ((entry,), _) = wiring.audit_trail().page("*", after=None, limit=9)
    assert (entry.act, entry.result, SMS in (entry.after or "")) == (action, "done", True)
