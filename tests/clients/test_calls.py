"""What each call of the clients asks of the service, and what it returns."""

from contextlib import closing
from datetime import UTC, datetime, time
from typing import Any

import pytest

from infra.clients.python.message_queue import QueueError
from tests.clients.callers import CLIENTS, Bounds, Caller, PythonCaller
from tests.clients.conftest import Calling
from tests.clients.scripted_service import Answer, Script

SMS: dict[str, Any] = {
    "workspace_id": "w1",
    "contact_id": "c1",
    "phone_number": "+12025550123",
    "message": "hi",
}
OPTIONS: dict[str, Any] = {
    "delay": 60_000,
    "send_at": "2026-12-01T09:00:00",
    "timezone": "Europe/Berlin",
    "day_number": 2,
    "send_time": "09:30:00",
    "metadata": {"call_back": {"snake_case": 1}},
    "priority": "high",
    "max_attempts": 5,
    "communication_id": "k1",
}
OPTIONS_AS_JSON = {
    "delay": 60_000,
    "sendAt": "2026-12-01T09:00:00",
    "timezone": "Europe/Berlin",
    "dayNumber": 2,
    "sendTime": "09:30:00",
    "metadata": {"call_back": {"snake_case": 1}},
    "priority": "high",
    "maxAttempts": 5,
    "communicationId": "k1",
}


def test_both_clients_are_short_enough_to_be_copied():
    for path in ("python/message_queue.py", "javascript/message-queue.mjs"):
        assert len((CLIENTS / path).read_text("utf-8").splitlines()) <= 150


@pytest.mark.parametrize(
    ("name", "path", "own", "own_as_json"),
    [
        (
            "schedule_sms",
            "/api/schedule-sms",
            {"phone_number": "+12025550123", "message": "hi ✓"},
            {"phoneNumber": "+12025550123", "message": "hi ✓"},
        ),
        (
            "schedule_email",
            "/api/schedule-email",
            {"to": "a@example.com", "subject": "s", "html": "<p>"},
            {"to": "a@example.com", "subject": "s", "html": "<p>"},
        ),
        (
            "schedule_job",
            "/api/jobs",
            {"data": [1, None], "callback_endpoint": "/do"},
            {"data": [1, None], "callbackEndpoint": "/do"},
        ),
    ],
)
def test_a_message_is_scheduled_with_all_that_was_said(
    client: Caller,
    script: Script,
    name: str,
    path: str,
    own: dict[str, Any],
    own_as_json: dict[str, Any],
):
    job_id = client.call(name, workspace_id="w1", contact_id="c1", **own, **OPTIONS)

    [asked] = script.asked
    assert job_id == "job-1"
    assert (asked.method, asked.path) == ("POST", path)
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["authorization"] == "Bearer a-token"
    assert asked.body == {"workspaceId": "w1", "contactId": "c1", **own_as_json, **OPTIONS_AS_JSON}


def test_a_field_that_there_is_not_is_never_sent(client: Caller, script: Script):
    with pytest.raises((KeyError, TypeError), match=r"delay_ms|delayMs"):
        client.call("schedule_sms", **SMS, delay_ms=60_000)

    assert script.asked == []


def test_python_s_own_instants_and_times_are_written_as_iso_8601(script: Script):
    with closing(PythonCaller(script.url, ["a-token"], Bounds())) as client:
        client.call("schedule_sms", **SMS, send_at=datetime(2026, 12, 1, 9, tzinfo=UTC))
        client.call("schedule_sms", **SMS, day_number=1, send_time=time(9, 30))

    assert script.asked[0].body["sendAt"] == "2026-12-01T09:00:00+00:00"
    assert script.asked[1].body["sendTime"] == "09:30:00"


@pytest.mark.parametrize(
    ("name", "args", "limit", "method", "path"),
    [
        ("job_status", ["a/b"], {}, "GET", "/api/job-status/a%2Fb"),
        ("retry", ["w1", "j1"], {}, "POST", "/api/businesses/w1/communication-queue/j1/retry"),
        ("cancel", ["w1", "j1"], {}, "POST", "/api/businesses/w1/communication-queue/j1/cancel"),
        ("stats", ["w1"], {}, "GET", "/api/businesses/w1/communication-queue/stats"),
        (
            "pending",
            ["w1"],
            {"limit": 7},
            "GET",
            "/api/businesses/w1/communication-queue/pending?limit=7",
        ),
        (
            "failed",
            ["w1"],
            {"limit": 500},
            "GET",
            "/api/businesses/w1/communication-queue/failed?limit=500",
        ),
    ],
)
def test_the_other_calls_ask_where_the_contract_says(
    client: Caller,
    script: Script,
    name: str,
    args: list[str],
    limit: dict[str, int],
    method: str,
    path: str,
):
    answer = client.call(name, *args, **limit)

    assert [(asked.method, asked.path, asked.key) for asked in script.asked] == [
        (method, path, None)
    ]
    assert answer["id" if name in {"retry", "cancel"} else "status"] in {"job-1", "COMPLETED"}


def test_the_address_may_have_a_path(calling: Calling, script: Script):
    calling(base="/prod/").call("job_status", "j1")

    assert script.asked[0].path == "/prod/api/job-status/j1"


def test_a_token_function_is_asked_for_each_request(calling: Calling, script: Script):
    script.answers = [Answer(503)]
    calling("first", "second").call("job_status", "j1")

    tokens = [asked.headers["authorization"] for asked in script.asked]
    assert tokens == ["Bearer first", "Bearer second"]


def test_waiting_ends_with_a_final_state(client: Caller, script: Script):
    script.answers = [Answer(body={"status": "SCHEDULED"}), Answer(body={"status": "PROCESSING"})]

    found = client.call("wait_until_final", "j1", timeout_s=20)

    assert found["status"] == "COMPLETED"
    assert len(script.asked) == 3


def test_waiting_ends_with_the_time_that_was_given(client: Caller, script: Script):
    script.then = lambda _: Answer(body={"status": "SCHEDULED"})

    with pytest.raises(QueueError, match="SCHEDULED") as caught:
        client.call("wait_until_final", "j1", timeout_s=0.2)

    assert caught.value.code == "not_final"


def test_waiting_does_not_outlast_its_time_in_an_outage(calling: Calling, script: Script):
    script.then = lambda _: Answer(503, headers={"Retry-After": "2"})

    with pytest.raises(QueueError) as caught:
        calling(patience_s=3600).call("wait_until_final", "j1", timeout_s=1)

    assert caught.value.status == 503
    assert len(script.asked) == 1
