"""A bulk with a key on the local cloud: its call is killed, or comes eight times at once."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from infra.local.emulator import client_for
from infra.local.stack import physical_ids
from tests.rig.cloud.lambda_workers import kill, workers_of
from tests.rig.cloud.service import Service, waited_for

EMAIL = {"to": "a@example.com", "subject": "hi", "html": "<p>hi</p>", "metadata": {}}
PATH = "/api/schedule-email/bulk"
COUNT = 2_000
#: Of which the first call has accepted at least so many when it is killed.
ACCEPTED_COUNT = 500
CALLERS = 8
#: Longer than the lease of a call that died.
LEASE_S = 40.0
#: Long enough to see a callback that should not have come.
AFTERWARDS_S = 5.0


def a_bulk(workspace_id: str, count: int) -> dict[str, Any]:
    messages = [{"contactId": f"c{n}"} for n in range(count)]
    return {"workspaceId": workspace_id, "defaults": EMAIL, "messages": messages}


def call(service: Service, body: dict[str, Any], *, key: str) -> httpx.Response:
    return service.http.post(PATH, json=body, headers={"Idempotency-Key": key})


def queue(workspace_id: str) -> str:
    return f"/api/businesses/{workspace_id}/communication-queue"


def total(service: Service, workspace_id: str) -> int:
    return service.http.get(f"{queue(workspace_id)}/stats").raise_for_status().json()["total"]


def progress_of(service: Service, workspace_id: str, *, key: str) -> Callable[[], int]:
    """How many messages of a bulk its record says are accepted; looks past the API."""
    clients = client_for(service.cloud.emulator_url())
    table = physical_ids(clients)["ControlTable"]
    place = {"pk": {"S": f"idempotency#{workspace_id}#email/bulk#{key}"}}

    def look() -> int:
        item = clients("dynamodb").get_item(TableName=table, Key=place, ConsistentRead=True)
        return int(item.get("Item", {"added": {"N": "0"}})["added"]["N"])

    return look


def killed_half_way(service: Service, body: dict[str, Any], *, key: str) -> httpx.Response:
    """What a caller reads whose call is killed (SIGKILL, no goodbye) amid its bulk."""
    look = progress_of(service, body["workspaceId"], key=key)
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
        lambda jobs: len(jobs) >= ACCEPTED_COUNT,
        20,
    )
    deleted = [job["id"] for job in served[:5] + served[-5:]]
    for job_id in deleted:
        service.http.delete(f"{path}/{job_id}").raise_for_status()
    return deleted


def test_a_bulk_whose_call_died_half_way_is_finished_by_the_next_one(service: Service):
    body = a_bulk("w-died", COUNT)
    died = killed_half_way(service, body, key="spring")
    met = call(service, body, key="spring")
    deleted = delete_some_served(service, "w-died")

    finished = waited_for(
        lambda: call(service, body, key="spring"), lambda answer: answer.is_success, LEASE_S
    )
    replayed = call(service, body, key="spring")
    job_ids = finished.json()["jobIds"]
    service.callbacks_within(60, job_ids, count=COUNT)
    time.sleep(AFTERWARDS_S)

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
    assert set(deleted) <= set(job_ids)
    called = Counter(callback.job_id for callback in service.callbacks(job_ids))
    assert called == dict.fromkeys(job_ids, 1)
    assert waited_for(lambda: total(service, "w-died"), (COUNT - 10).__eq__, 10) == COUNT - 10


def test_of_many_calls_at_once_one_makes_the_jobs(service: Service):
    body = a_bulk("w-at-once", 300)
    with ThreadPoolExecutor(CALLERS) as pool:
        calls = [pool.submit(call, service, body, key="at once") for _ in range(CALLERS)]
        answers = [each.result() for each in calls]
    again = call(service, body, key="at once")
    job_ids = again.json()["jobIds"]
    service.callbacks_within(20, job_ids, count=300)

    accepted = [answer for answer in answers if answer.is_success]
    refused = [answer for answer in answers if not answer.is_success]
    assert [a.headers.get("Idempotency-Replayed") for a in accepted].count(None) == 1
    assert {answer.json()["code"] for answer in refused} <= {"idempotency_in_progress"}
    assert all(answer.json() == again.json() for answer in accepted)
    called = Counter(callback.job_id for callback in service.callbacks(job_ids))
    assert called == dict.fromkeys(job_ids, 1)
    assert waited_for(lambda: total(service, "w-at-once"), (300).__eq__, 10) == 300


def test_another_body_with_the_same_key_is_refused(service: Service):
    first = call(service, a_bulk("w-other", 2), key="summer")
    other = call(service, a_bulk("w-other", 3), key="summer")

    assert first.status_code == 200
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    assert waited_for(lambda: total(service, "w-other"), (2).__eq__, 10) == 2
