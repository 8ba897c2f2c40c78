"""Webhooks and signed callbacks on the local cloud, seen by receivers of the tests' own."""

import base64
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from infra.local.emulator import client_for
from tests.integration.backend import Backend, Received, running
from tests.rig.cloud.lambda_workers import kill, workers_of
from tests.rig.cloud.local import LocalCloud
from tests.rig.cloud.service import waited_for

NEWEST, OLDER = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1"}
METADATA = {"campaignId": "c-7"}
#: A retry comes 5 to 6 s after the first try, and 30 to 36 s after the second.
PATIENCE_S = 60


@dataclass(frozen=True)
class Hooked:
    """A cloud that signs with two secrets, what it calls back, and what it tells."""

    cloud: LocalCloud
    http: httpx.Client
    backend: Backend
    receiver: Backend

    def subscribe(self, workspace_id: str, *events: str, url: str | None = None) -> None:
        body = {"webhookUrl": url or f"{self.receiver.url}/{workspace_id}", "webhookEvents": events}
        self.http.put(f"/api/workspaces/{workspace_id}/settings", json=body).raise_for_status()

    def settings(self, workspace_id: str) -> dict[str, Any]:
        return self.http.get(f"/api/workspaces/{workspace_id}/settings").raise_for_status().json()

    def schedule(self, workspace_id: str, *, answer: int = 200, **more: object) -> str:
        """An SMS whose callback is answered so; answers its id."""
        if answer != 200:
            self.backend.answers.append(answer)
        body = {**SMS, "workspaceId": workspace_id, "metadata": METADATA, **more}
        return self.http.post("/api/schedule-sms", json=body).raise_for_status().json()["jobId"]

    def fail(self, workspace_id: str, *, count: int) -> list[str]:
        """So many jobs, all refused by the backend."""
        self.backend.answers += [400] * count
        messages = [{"metadata": METADATA}] * count
        body = {"workspaceId": workspace_id, "defaults": SMS, "messages": messages}
        answer = self.http.post("/api/schedule-sms/bulk", json=body).raise_for_status()
        return answer.json()["jobIds"]

    def act(self, workspace_id: str, job_id: str, act: str) -> None:
        base = f"/api/businesses/{workspace_id}/communication-queue"
        self.http.post(f"{base}/{job_id}/{act}").raise_for_status()

    def got(self, workspace_id: str) -> list[Received]:
        """What the workspace's receiver has got."""
        return [each for each in self.receiver.received if each.path == f"/{workspace_id}"]

    def told(self, workspace_id: str, *, count: int, patience_s: float = 20) -> list[Received]:
        """What the workspace's receiver got: wait for so many, and a moment for too many."""
        waited_for(lambda: self.got(workspace_id), lambda found: len(found) >= count, patience_s)
        time.sleep(2)
        return self.got(workspace_id)


@pytest.fixture(scope="module")
def shared() -> Iterator[Hooked]:
    with ExitStack() as stack:
        backend, receiver = stack.enter_context(running()), stack.enter_context(running())
        urls = {"SMS_API_URL": backend.url, "EMAIL_API_URL": backend.url}
        secrets = {"SIGNING_SECRETS": f"{NEWEST},{OLDER}"}
        fallback = {"FAILURE_WEBHOOK_URL": f"{receiver.url}/fallback"}
        cloud = stack.enter_context(LocalCloud({**urls, **secrets, **fallback}))
        headers = {"Authorization": f"Bearer {cloud.token}"}
        http = stack.enter_context(httpx.Client(base_url=cloud.url, headers=headers, timeout=60))
        yield Hooked(cloud, http, backend, receiver)


@pytest.fixture
def hooked(shared: Hooked) -> Hooked:
    for each in (shared.backend, shared.receiver):
        each.received.clear()
        each.answers.clear()
        each.takes_s = {}
    return shared


def verified(received: Received, secret: str) -> dict[str, Any]:
    return Webhook(secret).verify(received.raw, dict(received.headers))


@pytest.mark.parametrize("secret", [NEWEST, OLDER], ids=["newest", "older"])
def test_every_event_arrives_once_and_verifies(hooked: Hooked, secret: str):
    workspace_id = f"w-events-{secret == NEWEST}"
    hooked.subscribe(workspace_id, "failed", "completed", "cancelled", "retried")
    failed = hooked.schedule(workspace_id, answer=400)
    waited_for(lambda: hooked.backend.received, bool, 10)
    completed = hooked.schedule(workspace_id)
    cancelled = hooked.schedule(workspace_id, delay=3_600_000)
    hooked.act(workspace_id, cancelled, "cancel")
    hooked.told(workspace_id, count=3)
    hooked.act(workspace_id, failed, "retry")

    told = [verified(each, secret) for each in hooked.told(workspace_id, count=5)]
    assert sorted((each["jobId"], each["status"]) for each in told) == sorted(
        [
            (failed, "failed"),
            (completed, "completed"),
            (cancelled, "cancelled"),
            (failed, "retried"),
            (failed, "completed"),
        ]
    )
    failure = next(each for each in told if each["status"] == "failed")
    assert failure["error"].startswith("The backend answered 400")
    assert (failure["queue"], failure["attempts"]) == ("send-sms-queue", 1)
    assert (failure["metadata"], failure["communicationId"]) == (METADATA, failed)


def test_only_failures_are_told_by_default(hooked: Hooked):
    url = f"{hooked.receiver.url}/w-default"
    path = "/api/workspaces/w-default/settings"
    hooked.http.put(path, json={"webhookUrl": url}).raise_for_status()
    failed = hooked.schedule("w-default", answer=400)
    waited_for(lambda: hooked.backend.received, bool, 10)
    hooked.schedule("w-default")

    told = hooked.told("w-default", count=1)
    assert [(each.body["jobId"], each.body["status"]) for each in told] == [(failed, "failed")]


def test_a_workspace_without_a_webhook_falls_back(hooked: Hooked):
    failed = hooked.schedule("w-none", answer=400)

    (told,) = hooked.told("fallback", count=1)
    assert verified(told, NEWEST)["jobId"] == failed


@pytest.mark.parametrize("secret", [NEWEST, OLDER], ids=["newest", "older"])
def test_callbacks_verify(hooked: Hooked, secret: str):
    job_id = hooked.schedule("w-callback")

    (callback, *_) = waited_for(lambda: list(hooked.backend.received), bool, 10)
    assert verified(callback, secret)["jobId"] == job_id
    assert callback.headers["webhook-id"] == job_id


def test_a_receiver_that_fails_twice_gets_it_a_third_time(hooked: Hooked):
    hooked.subscribe("w-again", "failed")
    hooked.receiver.answers += [500, 500]
    hooked.fail("w-again", count=1)
    hooked.told("w-again", count=2)
    assert hooked.settings("w-again")["webhook"]["state"] == "failing"

    told = hooked.told("w-again", count=3, patience_s=PATIENCE_S)
    assert len(told) == 3
    assert len({each.headers["webhook-id"] for each in told}) == 1
    assert len({each.headers["webhook-timestamp"] for each in told}) == 3
    assert verified(told[-1], NEWEST)
    assert hooked.settings("w-again")["webhook"]["state"] == "ok"


def test_410_disables_until_the_settings_are_put(hooked: Hooked):
    hooked.subscribe("w-gone", "failed")
    hooked.receiver.answers.append(410)
    hooked.fail("w-gone", count=1)
    hooked.told("w-gone", count=1)
    assert hooked.settings("w-gone")["webhook"]["state"] == "disabled"
    hooked.fail("w-gone", count=1)
    assert len(hooked.told("w-gone", count=2, patience_s=5)) == 1

    hooked.subscribe("w-gone", "failed")
    hooked.fail("w-gone", count=1)
    assert len(hooked.told("w-gone", count=2)) == 2


def test_a_broadcast_is_told_job_by_job(hooked: Hooked):
    hooked.subscribe("w-many", "completed")
    body = {"workspaceId": "w-many", "defaults": SMS, "messages": [{}] * 300}
    answer = hooked.http.post("/api/schedule-sms/bulk", json=body).raise_for_status()

    told = hooked.told("w-many", count=300, patience_s=PATIENCE_S)
    assert sorted(each.body["jobId"] for each in told) == sorted(answer.json()["jobIds"])


def test_a_hanging_receiver_holds_up_nobody(hooked: Hooked):
    hooked.subscribe("w-hangs", "failed")
    hooked.subscribe("w-quick", "failed")
    hooked.receiver.takes_s = {"/w-hangs": 9}
    hooked.fail("w-hangs", count=150)
    hooked.told("w-hangs", count=20)
    asked_at_s = time.monotonic()
    hooked.fail("w-quick", count=5)

    told = waited_for(lambda: hooked.got("w-quick"), lambda found: len(found) >= 5, 30)
    hooked.subscribe("w-hangs")  # to nothing: what waits is dropped
    assert len(told) == 5
    assert time.monotonic() - asked_at_s < 8


def test_a_killed_worker_loses_nothing(hooked: Hooked):
    sqs = client_for(hooked.cloud.emulator_url())("sqs")
    url = sqs.get_queue_url(QueueName="message-queue-notices")["QueueUrl"]
    # What a killed worker had in hand comes again after this: 180 s, as the stack has it.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "15"})
    hooked.subscribe("w-killed", "failed")
    hooked.receiver.takes_s = {"/w-killed": 1.5}
    job_ids = hooked.fail("w-killed", count=30)
    waited_for(lambda: hooked.got("w-killed"), lambda found: len(found) >= 5, 20)
    workers = workers_of(hooked.cloud.pid, "PostNotice")
    for worker in workers:
        kill(worker)

    def look() -> set[tuple[str, str]]:
        got = hooked.got("w-killed")
        return {(each.body["jobId"], each.headers["webhook-id"]) for each in got}

    assert workers
    told = waited_for(look, lambda seen: len(seen) >= len(job_ids), PATIENCE_S)
    assert sorted(job_id for job_id, _ in told) == sorted(job_ids)
