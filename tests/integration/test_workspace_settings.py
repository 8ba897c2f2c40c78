"""A workspace's own settings over HTTP, and its time zone in scheduling."""

import json
from typing import Any

import boto3
import pytest
from chalice.test import HTTPResponse

from chalicelib.settings import settings
from tests.integration.service import Json, Service, a_token
from tests.integration.test_scheduling import AN_SMS, status_of

PATH = "/api/workspaces/w1/settings"
ADMIN = a_token(role="admin")
WELL: Json = {"state": "ok", "failingSince": None, "disabledAt": None, "lastError": None}
NO_WEBHOOK = WELL | {"state": "none"}
DEFAULTS: Json = {
    "timezone": "UTC",
    "webhookUrl": None,
    "webhookEvents": ["failed"],
    "limits": {"sms": None, "email": None},
    "webhook": NO_WEBHOOK,
}
CHOSEN: Json = {
    "timezone": "America/New_York",
    "webhookUrl": "https://crm.example.com/hooks?queue=1",
    "webhookEvents": ["failed", "completed"],
    "limits": {"sms": {"perSecond": 10}, "email": {"perSecond": 20}},
}


def put(service: Service, body: object, *, token: str = ADMIN) -> HTTPResponse:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return service.client.http.request("PUT", PATH, headers=headers, body=json.dumps(body).encode())


def audit(service: Service) -> list[dict[str, Any]]:
    answer = service.get("/api/businesses/w1/communication-queue/audit", token=ADMIN)
    return answer.json_body["entries"]


def test_a_workspace_that_has_chosen_nothing_has_the_defaults(service: Service):
    assert service.get(PATH, token=ADMIN).json_body == DEFAULTS


def test_what_was_put_is_answered_from_then_on(service: Service):
    answer = put(service, CHOSEN)

    assert (answer.status_code, answer.json_body) == (200, CHOSEN | {"webhook": WELL})
    assert service.get(PATH, token=ADMIN).json_body == CHOSEN | {"webhook": WELL}


def test_what_get_answers_can_be_put(service: Service):
    assert put(service, DEFAULTS).json_body == DEFAULTS


def test_what_a_put_leaves_out_gets_its_default(service: Service):
    put(service, CHOSEN)

    assert put(service, {"timezone": "Europe/Berlin"}).json_body == DEFAULTS | {
        "timezone": "Europe/Berlin"
    }


def test_a_put_leaves_one_audit_entry(service: Service):
    put(service, {"timezone": "Europe/Berlin"})

    (entry,) = audit(service)
    assert (entry["action"], entry["result"]) == ("settings", "done")
    assert json.loads(entry["before"])["timezone"] == "UTC"
    assert json.loads(entry["after"])["timezone"] == "Europe/Berlin"
    assert "webhook" not in json.loads(entry["after"])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"timezone": 1}, "timezone"),
        ({"webhookUrl": "https://user:secret@example.com/"}, "webhookUrl"),
        ({"webhookUrl": "ftp://example.com/"}, "webhookUrl"),
        ({"webhookEvents": ["exploded"]}, "webhookEvents.0"),
        ({"limits": {"sms": {"perSecond": 0}}}, "limits.sms.perSecond"),
        ({"limits": {"sms": {"perSecond": 51}}}, "limits.sms.perSecond"),
        ({"limits": {"email": {"perSecond": 101}}}, "limits.email.perSecond"),
        ({"limits": {"email": {"perSecond": 1.5}}}, "limits.email.perSecond"),
        ({"limits": {"fax": {"perSecond": 1}}}, "limits.fax"),
        ({"webhookURL": "https://example.com/"}, "webhookURL"),
    ],
)
def test_a_fault_is_named_and_nothing_is_changed(service: Service, body: Json, path: str):
    answer = put(service, body)

    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json_body["errors"]] == [path]
    assert service.get(PATH, token=ADMIN).json_body == DEFAULTS
    assert audit(service)[0]["result"] == "invalid_request"


def test_every_fault_is_listed(service: Service):
    body = {"timezone": "x", "webhookUrl": "x", "webhookEvents": ["x"], "limits": {"sms": 1}}

    answer = put(service, body)

    assert {fault["path"] for fault in answer.json_body["errors"]} == {
        "timezone",
        "webhookUrl",
        "webhookEvents.0",
        "limits.sms",
    }


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "https://localhost/"])
def test_http_and_private_hosts_are_for_local_development(
    service: Service, monkeypatch: pytest.MonkeyPatch, url: str
):
    assert put(service, {"webhookUrl": url}).status_code == 200

    monkeypatch.setenv("ALLOW_PRIVATE_CALLBACKS", "false")
    settings.cache_clear()

    assert put(service, {"webhookUrl": url}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ({"sendAt": "2031-12-01T09:00:00"}, "2031-12-01T14:00:00.000Z"),
        ({"sendAt": "2031-12-01T09:00:00", "timezone": "Asia/Tokyo"}, "2031-12-01T00:00:00.000Z"),
        ({"sendAt": "2031-12-01T09:00:00Z"}, "2031-12-01T09:00:00.000Z"),
    ],
)
def test_a_wall_clock_time_is_the_workspaces_own(service: Service, asked: Json, due: str):
    put(service, {"timezone": "America/New_York"})
    body = {name: value for name, value in AN_SMS.items() if name != "delay"} | asked

    job_id = service.post("/api/schedule-sms", body).json_body["jobId"]

    assert status_of(service, job_id)["scheduledFor"] == due


def test_a_bulk_of_wall_clock_times_is_the_workspaces_own(service: Service):
    put(service, {"timezone": "America/New_York"})
    message = {name: value for name, value in AN_SMS.items() if name != "delay"}
    body = {
        "workspaceId": "w1",
        "defaults": message | {"sendAt": "2031-12-01T09:00:00"},
        "messages": [{}, {}],
    }

    job_ids = service.post("/api/schedule-sms/bulk", body).json_body["jobIds"]

    dues = {status_of(service, job_id)["scheduledFor"] for job_id in job_ids}
    assert dues == {"2031-12-01T14:00:00.000Z"}


def test_a_time_that_needs_no_zone_does_not_read_the_settings(service: Service):
    boto3.client("dynamodb").delete_table(TableName="ControlTable")
    body = AN_SMS | {"delay": 0}

    assert service.post("/api/schedule-sms", body).status_code == 200
