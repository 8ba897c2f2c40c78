"""Webhooks and signed callbacks on the local cloud, seen by receivers of the tests' own."""

import base64
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from infra.local.emulator import client_for
from tests.integration.backend import Backend, Received, running
from tests.rig.cloud.clockwork import Clockwork
from tests.rig.cloud.lambda_workers import kill, workers_of
from tests.rig.cloud.local import LocalCloud
from tests.rig.cloud.service import waited_for

NEWEST, OLDER = ("whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
SMS = {"phoneNumber": "+12025550123", "message": "hi", "contactId": "c1"}
METADATA = {"campaignId": "c-7"}
BOTH = (NEWEST, OLDER)
PATIENCE_S = 60


@dataclass(frozen=True)
class Hooked:
    """A cloud that signs with two secrets, what it calls back, and what it tells."""

    cloud: LocalCloud
    clockwork: Clockwork
    http: httpx.Client
    backend: Backend
    receiver: Backend
    #: Those that have had a job.
    workspaces: set[str] = field(default_factory=set[str])

    def subscribe(self, workspace_id: str, *events: str, url: str | None = None) -> None:
        body = {"webhookUrl": url or f"{self.receiver.url}/{workspace_id}", "webhookEvents": events}
        self.http.put(f"/api/workspaces/{workspace_id}/settings", json=body).raise_for_status()

    def schedule(self, workspace_id: str, *, answer: int = 200, **more: object) -> str:
        """An SMS whose callback is answered so; answers its id."""
        self.workspaces.add(workspace_id)
        if answer != 200:
            self.backend.answers.append(answer)
        body = {**SMS, "workspaceId": workspace_id, "metadata": METADATA, **more}
        return self.http.post("/api/schedule-sms", json=body).raise_for_status().json()["jobId"]

    def fail(self, workspace_id: str, *, count: int) -> list[str]:
        """So many jobs, all refused by the backend."""
        self.workspaces.add(workspace_id)
        self.backend.answers += [400] * count
        messages = [{"metadata": METADATA}] * count
        body = {"workspaceId": workspace_id, "defaults": SMS, "messages": messages}
        answer = self.http.post("/api/schedule-sms/bulk", json=body).raise_for_status()
        return answer.json()["jobIds"]

    def act(self, workspace_id: str, job_id: str, act: str) -> None:
        base = f"/api/businesses/{workspace_id}/communication-queue"
        self.http.post(f"{base}/{job_id}/{act}").raise_for_status()

    def called(self, job_id: str) -> list[Received]:
        """What the backend has got of a job."""
        return [each for each in self.backend.received if each.body["jobId"] == job_id]

    def is_quiet(self) -> bool:
        """Whether no job of an earlier test is still to be called back."""
        paths = [f"/api/businesses/{each}/communication-queue/stats" for each in self.workspaces]
        stats = [self.http.get(path).raise_for_status().json() for path in paths]
        return not any(each["pending"] + each["processing"] for each in stats)

    def got(self, workspace_id: str) -> list[Received]:
        """What the workspace's receiver has got."""
        return [each for each in self.receiver.received if each.path == f"/{workspace_id}"]

    def told(self, workspace_id: str, *, count: int) -> list[Received]:
        """What the workspace's receiver got, once it is so much or patience is out."""
        return waited_for(
            lambda: self.got(workspace_id), lambda found: len(found) >= count, PATIENCE_S
        )

    def told_in_all(self, workspace_id: str, *, count: int) -> list[Received]:
        """The same, once nothing waits to be told, nor is about to be."""
        self.told(workspace_id, count=count)
        assert waited_for(self.is_settled, bool, PATIENCE_S)
        return self.got(workspace_id)

    def is_settled(self) -> bool:
        """Whether no notice is in its queue, in a worker's hands, or delayed."""
        return not any(self.clockwork.counts("notices").values())

    def has_ended(self, job_id: str, status: str) -> bool:
        def look() -> str:
            return self.http.get(f"/api/job-status/{job_id}").raise_for_status().json()["status"]

        return waited_for(look, status.__eq__, PATIENCE_S) == status

    def webhook_becomes(self, workspace_id: str, state: str) -> bool:
        path = f"/api/workspaces/{workspace_id}/settings"

        def look() -> str:
            return self.http.get(path).raise_for_status().json()["webhook"]["state"]

        return waited_for(look, state.__eq__, PATIENCE_S) == state


@pytest.fixture(scope="module")
def shared() -> Iterator[Hooked]:
    with ExitStack() as stack:
        backend, receiver = stack.enter_context(running()), stack.enter_context(running())
        urls = {"SMS_API_URL": backend.url, "EMAIL_API_URL": backend.url}
        secrets = {"SIGNING_SECRETS": f"{NEWEST},{OLDER}"}
        waits = {"WEBHOOK_WAITS_S": "1", "WARM_UP": "false"}
        fallback = {"FAILURE_WEBHOOK_URL": f"{receiver.url}/fallback"}
        cloud = stack.enter_context(LocalCloud({**urls, **secrets, **waits, **fallback}))
        headers = {"Authorization": f"Bearer {cloud.token}"}
        http = stack.enter_context(httpx.Client(base_url=cloud.url, headers=headers, timeout=60))
        clockwork = Clockwork(client_for(cloud.emulator_url()))
        yield Hooked(cloud, clockwork, http, backend, receiver)


@pytest.fixture
def hooked(shared: Hooked) -> Hooked:
    assert waited_for(shared.is_quiet, bool, PATIENCE_S)
    for each in (shared.backend, shared.receiver):
        each.received.clear()
        each.answers.clear()
        each.answers_at = {}
        each.takes_s = {}
    assert waited_for(
        lambda: shared.clockwork.purge("notices") or shared.is_settled(), bool, PATIENCE_S
    )
    return shared


def verified(received: Received, secret: str) -> dict[str, Any]:
    return Webhook(secret).verify(received.raw, dict(received.headers))


def test_every_event_arrives_once_and_verifies(hooked: Hooked):
    hooked.subscribe("w-events", "failed", "completed", "cancelled", "retried")
    failed = hooked.schedule("w-events", answer=400)
    assert hooked.has_ended(failed, "FAILED")
    completed = hooked.schedule("w-events")
    cancelled = hooked.schedule("w-events", delay=3_600_000)
    hooked.act("w-events", cancelled, "cancel")
    hooked.told("w-events", count=3)
    hooked.act("w-events", failed, "retry")

    found = hooked.told_in_all("w-events", count=5)
    newest, told = ([verified(each, secret) for each in found] for secret in BOTH)
    assert newest == told
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
    assert hooked.has_ended(hooked.schedule("w-default"), "COMPLETED")
    failed = hooked.schedule("w-default", answer=400)

    told = hooked.told_in_all("w-default", count=1)
    assert [(each.body["jobId"], each.body["status"]) for each in told] == [(failed, "failed")]


def test_a_workspace_without_a_webhook_falls_back(hooked: Hooked):
    failed = hooked.schedule("w-none", answer=400)

    (told,) = hooked.told_in_all("fallback", count=1)
    assert verified(told, NEWEST)["jobId"] == failed


def test_callbacks_verify(hooked: Hooked):
    job_id = hooked.schedule("w-callback")

    (callback, *_) = waited_for(lambda: hooked.called(job_id), bool, PATIENCE_S)
    assert [verified(callback, secret)["jobId"] for secret in BOTH] == [job_id, job_id]
    assert callback.headers["webhook-id"] == job_id


def test_a_receiver_that_fails_gets_it_again_until_it_has_it(hooked: Hooked):
    hooked.subscribe("w-again", "failed")
    hooked.receiver.answers_at["/w-again"] = [500] * 1000
    hooked.fail("w-again", count=1)
    hooked.told("w-again", count=2)
    assert hooked.webhook_becomes("w-again", "failing")

    hooked.receiver.answers_at.clear()
    assert hooked.webhook_becomes("w-again", "ok")
    told = hooked.told_in_all("w-again", count=3)
    assert len({each.headers["webhook-id"] for each in told}) == 1
    assert len({each.headers["webhook-timestamp"] for each in told}) == len(told) >= 3
    assert verified(told[-1], NEWEST)


def test_410_disables_until_the_settings_are_put(hooked: Hooked):
    hooked.subscribe("w-gone", "failed")
    hooked.receiver.answers_at["/w-gone"] = [410]
    hooked.fail("w-gone", count=1)
    assert hooked.webhook_becomes("w-gone", "disabled")
    (unheard,) = hooked.fail("w-gone", count=1)
    assert hooked.has_ended(unheard, "FAILED")
    hooked.subscribe("w-later", "failed")
    hooked.fail("w-later", count=1)
    assert len(hooked.told_in_all("w-later", count=1)) == len(hooked.got("w-gone")) == 1

    hooked.subscribe("w-gone", "failed")
    hooked.fail("w-gone", count=1)
    assert len(hooked.told_in_all("w-gone", count=2)) == 2


def test_a_broadcast_is_told_job_by_job(hooked: Hooked):
    hooked.subscribe("w-many", "completed")
    body = {"workspaceId": "w-many", "defaults": SMS, "messages": [{}] * 120}
    answer = hooked.http.post("/api/schedule-sms/bulk", json=body).raise_for_status()
    told = hooked.told_in_all("w-many", count=120)

    assert sorted(each.body["jobId"] for each in told) == sorted(answer.json()["jobIds"])


def test_a_hanging_receiver_holds_up_no_other(hooked: Hooked):
    hooked.subscribe("w-hangs", "failed")
    hooked.subscribe("w-quick", "failed")
    hooked.receiver.takes_s = {"/w-hangs": 5}
    hooked.fail("w-hangs", count=150)
    hooked.told("w-hangs", count=20)
    hooked.fail("w-quick", count=5)

    assert len(hooked.told("w-quick", count=5)) == 5
    assert len(hooked.got("w-hangs")) < 150
    hooked.subscribe("w-hangs")  # to nothing: what waits is dropped


def test_a_killed_worker_loses_nothing(hooked: Hooked):
    hooked.subscribe("w-killed", "failed")
    hooked.receiver.takes_s = {"/w-killed": 1.5}

    def look() -> set[tuple[str, str]]:
        got = hooked.got("w-killed")
        return {(each.body["jobId"], each.headers["webhook-id"]) for each in got}

    # What a killed worker had in hand comes again after 180 s, as the stack has it.
    with hooked.clockwork.visible_again_after("notices", seconds=6):
        job_ids = hooked.fail("w-killed", count=30)
        hooked.told("w-killed", count=5)
        workers = workers_of(hooked.cloud.pid, "PostNotice")
        for worker in workers:
            kill(worker)
        told = waited_for(look, lambda seen: len(seen) >= len(job_ids), PATIENCE_S)

    assert workers
    assert sorted(job_id for job_id, _ in told) == sorted(job_ids)
