"""The local cloud itself: one origin, the platform's own answers, an orderly stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.acceptance.browser import BOARD_USER
from tests.rig.cloud.service import PATIENCE_S, Service, running_service, waited_for

SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1", "metadata": {}}
#: Of which some are served after a stop: 50 a second start, and a batch in hand is finished.
COUNT = 200


def test_a_scheduled_sms_is_called_back(service: Service):
    job = service.post("/api/schedule-sms", {**SMS, "workspaceId": "w-happy"})

    [callback] = service.callbacks_within(PATIENCE_S, [job["jobId"]], count=1)
    assert callback.path == "/send-sms"
    assert callback.idempotency_key == job["jobId"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_each_name_of_this_machine_is_answered(service: Service, host: str):
    url = service.http.base_url.copy_with(host=host)

    assert httpx.get(f"{url}/health", timeout=60).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_the_board_s_page_may_act_under_each_name(service: Service, host: str):
    url = service.http.base_url.copy_with(host=host)
    own, foreign = ({"Origin": origin} for origin in (f"{url}", "http://example.org"))
    user = (BOARD_USER["username"], BOARD_USER["password"])
    acts = [
        httpx.put(f"{url}/admin/queues/api/queues/resume", headers=o, auth=user, timeout=60)
        for o in (own, foreign)
    ]

    assert [act.status_code for act in acts] == [200, 403]


def test_an_unknown_path_is_answered_in_the_contract_s_shape(service: Service):
    answer = service.http.get("/no-such-path")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert answer.json()["success"] is False
    assert answer.headers["X-Request-Id"]


def test_a_body_that_no_lambda_event_holds_is_too_large(service: Service):
    answer = service.http.post(
        "/api/schedule-sms", json={**SMS, "workspaceId": "w", "message": "x" * 7_000_000}
    )

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert answer.headers["X-Request-Id"]


def test_a_second_start_on_a_taken_port_says_so(service: Service):
    second = subprocess.run(
        [sys.executable, "-m", "infra.local"],
        env={**os.environ, "PORT": str(service.http.base_url.port)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert second.returncode == 1
    assert f"Port {service.http.base_url.port} is taken" in second.stderr


def test_jobs_survive_a_stop_and_a_start_and_no_process_survives_a_kill(tmp_path: Path):
    with running_service(LOCAL_STATE=str(tmp_path)) as service:
        body = {"workspaceId": "w-state", "defaults": SMS, "messages": [{}] * COUNT}
        job_ids = service.post("/api/schedule-sms/bulk", body)["jobIds"]
        service.callbacks_within(PATIENCE_S, job_ids, count=1)
        service.cloud.stop()
        before = len(service.callbacks(job_ids))
        service.cloud.start()
        callbacks = service.callbacks_within(PATIENCE_S, job_ids, count=COUNT)
        started = _descendants(service.cloud.pid)
        os.kill(service.cloud.pid, signal.SIGKILL)
        left = waited_for(lambda: _alive(started), lambda pids: not pids, PATIENCE_S)

    assert 0 < before < COUNT
    assert sorted(callback.job_id for callback in callbacks) == sorted(job_ids)
    assert len(started) >= 2
    assert not left


def _descendants(pid: int) -> list[int]:
    children = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
    )
    found = [int(child) for child in children.stdout.split()]
    return found + [grandchild for child in found for grandchild in _descendants(child)]


def _alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]
