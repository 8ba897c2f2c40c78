"""A bulk with a key on the local cloud: its call is killed, or comes several times at once."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.rig.cloud.lambda_workers import kill, workers_of
from tests.rig.cloud.service import PATIENCE_S, Service, waited_for

EMAIL = {"to": "a@example.com", "subject": "hi", "html": "<p>hi</p>", "metadata": {}}
PATH = "/api/schedule-email/bulk"
COUNT = 2_000
#: Of which the first call has accepted at least so many when it is killed.
ACCEPTED_COUNT = 500
#: One of so many is due now, the others are in an hour: the backend is called 250 times.
DUE_NOW = 8
CALLERS = 4
AT_ONCE_COUNT = 100
#: Seconds; a lease is shorter.
LEASE_S = 40


def a_bulk(workspace_id: str, count: int, *, due_now: int = 1) -> dict[str, Any]:
    """So many emails; one of `due_now` is not delayed."""
    delays = [0 if n % due_now == 0 else 3_600_000 for n in range(count)]
    messages = [{"contactId": f"c{n}", "delay": delay} for n, delay in enumerate(delays)]
    return {"workspaceId": workspace_id, "defaults": EMAIL, "messages": messages}


def call(service: Service, body: dict[str, Any], *, key: str) -> httpx.Response:
    return service.http.post(PATH, json=body, headers={"Idempotency-Key": key})


def queue(workspace_id: str) -> str:
    return f"/api/businesses/{workspace_id}/communication-queue"


def record_of(workspace_id: str, *, key: str) -> str:
    """Where the control table keeps a bulk's key."""
    return f"idempotency#{workspace_id}#email/bulk#{key}"


def killed_half_way(service: Service, body: dict[str, Any], *, key: str) -> httpx.Response:
    """What a caller reads whose call is killed (SIGKILL, no goodbye) amid its bulk."""
    record = record_of(body["workspaceId"], key=key)

    def look() -> int:
        return int(service.clockwork.note(record).get("added", {"N": "0"})["N"])

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(call, service, body, key=key)
        while look() < ACCEPTED_COUNT and not first.done():
            time.sleep(0.01)
        for worker in workers_of(service.cloud.pid, "api_handler"):
            kill(worker)
        answer = first.result()
    assert ACCEPTED_COUNT <= look() < COUNT
    return answer


def delete_some_served(service: Service, workspace_id: str) -> list[str]:
    """The ids of jobs that were called back, and that an operator then deleted."""
    path = queue(workspace_id)
    params: dict[str, Any] = {"status": "completed", "limit": 500}
    served = waited_for(
        lambda: service.http.get(f"{path}/jobs", params=params).raise_for_status().json()["jobs"],
        lambda jobs: len(jobs) >= ACCEPTED_COUNT // DUE_NOW,
        PATIENCE_S,
    )
    deleted = [job["id"] for job in served[:5] + served[-5:]]
    for job_id in deleted:
        service.http.delete(f"{path}/{job_id}").raise_for_status()
    return deleted


def test_a_bulk_whose_call_died_half_way_is_finished_by_the_next_one(service: Service):
    body = a_bulk("w-died", COUNT, due_now=DUE_NOW)
    died = killed_half_way(service, body, key="spring")
    met = call(service, body, key="spring")
    deleted = delete_some_served(service, "w-died")

    service.clockwork.end_lease(record_of("w-died", key="spring"))
    finished = call(service, body, key="spring")
    replayed = call(service, body, key="spring")
    job_ids = finished.json()["jobIds"]
    called_ids = job_ids[::DUE_NOW]
    service.callbacks_within(PATIENCE_S, called_ids, count=len(called_ids))

    assert died.status_code >= 500
    assert (met.status_code, met.json()["code"]) == (409, "idempotency_in_progress")
    assert 1 <= int(met.headers["Retry-After"]) <= LEASE_S
    assert finished.json()["accepted"] == COUNT == len(set(job_ids))
    assert replayed.json() == finished.json()
    assert (
        finished.headers.get("Idempotency-Replayed"),
        replayed.headers["Idempotency-Replayed"],
    ) == (
        None,
        "true",
    )
    assert set(deleted) <= set(called_ids)
    figures = {
        "completed": len(called_ids) - len(deleted),
        "pending": COUNT - len(called_ids),
        "total": COUNT - len(deleted),
    }
    assert service.figures("w-died", **figures) == figures
    assert waited_for(lambda: service.clockwork.is_at_rest("send-email-queue"), bool, PATIENCE_S)
    called = Counter(callback.job_id for callback in service.callbacks(job_ids))
    assert called == dict.fromkeys(called_ids, 1)


def test_of_many_calls_at_once_one_makes_the_jobs(service: Service):
    body = a_bulk("w-at-once", AT_ONCE_COUNT)
    with ThreadPoolExecutor(CALLERS) as pool:
        calls = [pool.submit(call, service, body, key="at once") for _ in range(CALLERS)]
        answers = [each.result() for each in calls]
    again = call(service, body, key="at once")
    job_ids = again.json()["jobIds"]
    service.callbacks_within(PATIENCE_S, job_ids, count=AT_ONCE_COUNT)

    accepted = [answer for answer in answers if answer.is_success]
    refused = [answer for answer in answers if not answer.is_success]
    assert [a.headers.get("Idempotency-Replayed") for a in accepted].count(None) == 1
    assert {answer.json()["code"] for answer in refused} <= {"idempotency_in_progress"}
    assert all(answer.json() == again.json() for answer in accepted)
    called = Counter(callback.job_id for callback in service.callbacks(job_ids))
    assert called == dict.fromkeys(job_ids, 1)
    assert service.figures("w-at-once", total=AT_ONCE_COUNT) == {"total": AT_ONCE_COUNT}


def test_another_body_with_the_same_key_is_refused(service: Service):
    first = call(service, a_bulk("w-other", 2), key="summer")
    other = call(service, a_bulk("w-other", 3), key="summer")

    assert first.status_code == 200
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    assert service.figures("w-other", total=2) == {"total": 2}
