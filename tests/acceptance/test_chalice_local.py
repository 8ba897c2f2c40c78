"""`chalice local` serves the routes beside a running local cloud."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.layer import ROOT
from tests.rig.cloud.local import answers_at, free_port
from tests.rig.cloud.service import Service, waited_for

SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1", "metadata": {}}
PATIENCE_S = 60


@pytest.fixture
def chalice_local(service: Service, tmp_path: Path) -> Iterator[httpx.Client]:
    """The same service by `chalice local`, as its admin calls it."""
    port = free_port()
    ports = {"PORT": str(service.http.base_url.port), "CHALICE_PORT": str(port)}
    url = f"http://127.0.0.1:{port}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local", "chalice"],
            cwd=ROOT,
            env={**os.environ, **ports},
            stdout=log,
            stderr=log,
        )
    try:
        assert waited_for(lambda: answers_at(url), bool, PATIENCE_S), (tmp_path / "log").read_text()
        with httpx.Client(base_url=url, headers=service.http.headers, timeout=PATIENCE_S) as client:
            yield client
    finally:
        process.terminate()
        process.wait()


def test_it_schedules_what_the_local_cloud_calls_back(
    service: Service, chalice_local: httpx.Client
):
    answer = chalice_local.post("/api/schedule-sms", json={**SMS, "workspaceId": "w-chalice"})

    job_id = answer.raise_for_status().json()["jobId"]
    [callback] = service.callbacks_within(PATIENCE_S, [job_id], count=1)
    assert callback.path == "/send-sms"


def test_it_reads_what_the_local_cloud_has_done(service: Service, chalice_local: httpx.Client):
    job_id = service.post("/api/schedule-sms", {**SMS, "workspaceId": "w-chalice"})["jobId"]

    status = waited_for(
        lambda: chalice_local.get(f"/api/job-status/{job_id}").json()["status"],
        lambda seen: seen == "COMPLETED",
        PATIENCE_S,
    )
    assert status == "COMPLETED"


def test_a_port_without_a_local_cloud_is_named():
    port = str(free_port())

    told = subprocess.run(
        [sys.executable, "-m", "infra.local", "chalice"],
        cwd=ROOT,
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert f"No local cloud has run on port {port}" in told.stderr
