"""Operators against workers on the local cloud: each race has one winner, and a cancel is final."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.rig.cloud.service import PATIENCE_S, Service, waited_for
from tests.rig.sink.answers import Answers

SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1", "metadata": {}}
#: Requests of one race: the local front passes eight at a time.
RACERS = 6


def queue(workspace_id: str) -> str:
    return f"/api/businesses/{workspace_id}/communication-queue"


def broadcast(service: Service, workspace_id: str, *, count: int, **changes: object) -> list[str]:
    body = {"workspaceId": workspace_id, "defaults": SMS | changes, "messages": [{}] * count}
    return service.post("/api/schedule-sms/bulk", body)["jobIds"]


def side_by_side(calls: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def all_pages(service: Service, path: str, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    found: list[dict[str, Any]] = []
    while True:
        page = service.http.get(path, params=params).raise_for_status().json()
        found += page["jobs"]
        if page["cursor"] is None:
            return found
        params["cursor"] = page["cursor"]


@pytest.mark.parametrize("act", ["cancel", "delete", "retry"])
def test_of_several_who_want_the_same_one_gets_it(service: Service, act: str):
    path = queue(f"w-race-{act}")
    job_id = broadcast(service, f"w-race-{act}", count=1, delay=3_600_000)[0]
    if act == "retry":
        service.http.post(f"{path}/{job_id}/cancel").raise_for_status()
    method, rest = ("DELETE", "") if act == "delete" else ("POST", f"/{act}")

    answers = side_by_side(
        [lambda: service.http.request(method, f"{path}/{job_id}{rest}")] * RACERS
    )

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[204 if act == "delete" else 200] == 1
    assert statuses[404 if act == "delete" else 409] == RACERS - 1


def test_no_callback_starts_after_a_cancel_that_was_answered(service: Service):
    job_ids = broadcast(service, "w-cancel", count=60)
    path = queue("w-cancel")
    answered_at_ns: dict[str, int] = {}

    def cancel(job_id: str) -> None:
        if service.http.post(f"{path}/{job_id}/cancel").status_code == 200:
            answered_at_ns[job_id] = time.monotonic_ns()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(cancel, job_ids[::-1]))
    over = {"pending": 0, "processing": 0}
    assert service.figures("w-cancel", **over) == over
    assert waited_for(lambda: service.clockwork.is_at_rest("send-sms-queue"), bool, PATIENCE_S)

    late = [
        arrival
        for arrival in service.callbacks(list(answered_at_ns))
        if arrival.monotonic_ns > answered_at_ns[arrival.job_id]
    ]
    assert answered_at_ns
    assert late == []


def test_failed_jobs_are_retried_by_following_the_cursor(service: Service):
    path = queue("w-bulk")
    service.sink.answer_with(Answers(status=404))
    job_ids = broadcast(service, "w-bulk", count=35)
    failed = waited_for(
        lambda: all_pages(service, f"{path}/jobs", status="failed", limit=10),
        lambda jobs: len(jobs) == len(job_ids),
        PATIENCE_S,
    )
    service.sink.answer_with(Answers())

    dry = service.post(f"{path}/retry-failed", {"filter": {"channel": "sms"}, "dryRun": True})
    done = service.post(f"{path}/retry-failed", {"filter": {"channel": "sms"}})
    callbacks = service.callbacks_within(PATIENCE_S, job_ids, count=2 * len(job_ids))

    assert sorted(job["id"] for job in failed) == sorted(job_ids)
    assert (dry["matched"], dry["changed"]) == (35, 0)
    assert (done["matched"], done["changed"], done["remaining"], done["cursor"]) == (
        35,
        35,
        0,
        None,
    )
    assert Counter(callback.job_id for callback in callbacks) == dict.fromkeys(job_ids, 2)


def test_the_recount_command_compares_the_counters_with_the_jobs(service: Service):
    broadcast(service, "w-recount", count=5, delay=3_600_000)
    assert service.figures("w-recount", pending=5) == {"pending": 5}
    port = service.http.base_url.port

    said = subprocess.run(
        [sys.executable, "-m", "infra.recount", "--local", str(port), "--repair"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "figures compared" in said.stdout
    assert "w-recount" not in said.stdout


def test_every_act_is_in_the_audit_trail_once(service: Service):
    path = queue("w-audit")
    job_id = broadcast(service, "w-audit", count=1, delay=3_600_000)[0]
    service.http.post(f"{path}/{job_id}/retry")
    service.http.post(f"{path}/{job_id}/cancel")
    service.http.delete(f"{path}/{job_id}")

    entries = service.http.get(f"{path}/audit").json()["entries"]

    assert [(entry["action"], entry["result"], entry["before"]) for entry in entries] == [
        ("delete", "done", "cancelled"),
        ("cancel", "done", "pending"),
        ("retry", "cannot_be_retried", "pending"),
    ]
