"""What the clients repeat, how often and when; and the one error of all that they do not."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from infra.clients.python.message_queue import QueueError
from tests.clients.callers import Caller
from tests.clients.conftest import Calling
from tests.clients.scripted_service import DROP, HANG, Answer, Script
from tests.clients.test_calls import SMS

BUSY = {"success": False, "message": "Still at it.", "code": "idempotency_in_progress"}
IN_PROGRESS = Answer(409, BUSY)
PASSING = [Answer(429), Answer(502, b"<html>"), Answer(503), Answer(504), DROP, Answer(200, b"<")]
names = ["429", "502", "503", "504", "dropped", "unreadable"]


def error_of(client: Caller, name: str, *args: str, **fields: Any) -> QueueError:  # noqa: ANN401
    with pytest.raises(QueueError) as caught:
        client.call(name, *args, **fields)
    return caught.value


@pytest.mark.parametrize("passing", PASSING, ids=names)
def test_scheduling_is_repeated_with_the_same_key_and_body(
    client: Caller, script: Script, passing: Answer
):
    script.answers = [passing, passing]

    assert client.call("schedule_sms", **SMS) == "job-1"
    assert len(script.asked) == 3
    assert len({(asked.key, asked.raw) for asked in script.asked}) == 1
    assert script.asked[0].key


@pytest.mark.parametrize("passing", PASSING, ids=names)
def test_a_read_is_repeated(client: Caller, script: Script, passing: Answer):
    script.answers = [passing]

    assert client.call("job_status", "j1")["status"] == "COMPLETED"
    assert len(script.asked) == 2


@pytest.mark.parametrize("passing", PASSING, ids=names)
@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_an_act_is_not_repeated(client: Caller, script: Script, passing: Answer, act: str):
    script.answers = [passing]

    error_of(client, act, "w1", "j1")

    assert len(script.asked) == 1


def test_each_call_has_a_key_of_its_own_unless_one_is_given(client: Caller, script: Script):
    client.call("schedule_sms", **SMS)
    client.call("schedule_sms", **SMS)
    client.call("schedule_sms", **SMS, idempotency_key="my-key")

    keys = [asked.key for asked in script.asked]
    assert len(set(keys)) == 3
    assert keys[2] == "my-key"
    assert "idempotencyKey" not in script.asked[2].body


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 413, 415, 500])
def test_a_refusal_is_not_repeated(client: Caller, script: Script, status: int):
    faults = [{"path": "phoneNumber", "message": "is required"}]
    body = {"success": False, "message": "No.", "code": "a_reason", "errors": faults}
    script.answers = [Answer(status, body, {"X-Request-Id": "r1", "Location": "/elsewhere"})]

    error = error_of(client, "schedule_sms", **SMS, idempotency_key="my-key")

    assert len(script.asked) == 1
    assert (error.status, error.code, error.message) == (status, "a_reason", "No.")
    assert (error.errors, error.request_id) == (faults, "r1")
    assert error.idempotency_key == "my-key"


@pytest.mark.parametrize("body", [b"<h1>Bad day</h1>", b'["Bad day"]', b'"Bad day"'])
def test_a_refusal_in_no_known_form_keeps_what_it_said(client: Caller, script: Script, body: bytes):
    script.answers = [Answer(500, body)]

    error = error_of(client, "job_status", "j1")

    assert (error.status, error.code, error.errors) == (500, "unknown", [])
    assert "Bad day" in error.message


def test_tries_end(calling: Calling, script: Script):
    script.then = lambda _: Answer(503, {"message": "Busy.", "code": "unavailable"})

    error = error_of(calling(tries=3), "schedule_sms", **SMS)

    assert len(script.asked) == 3
    assert (error.status, error.code) == (503, "unavailable")
    assert error.idempotency_key == script.asked[0].key


def test_an_answer_that_does_not_come_is_given_up(calling: Calling, script: Script):
    script.then = lambda _: HANG

    error = error_of(calling(timeout_s=0.2, tries=2), "job_status", "j1")

    assert len(script.asked) == 2
    assert (error.status, error.code) == (None, "no_answer")


def test_patience_ends_whatever_is_left_of_the_tries(calling: Calling, script: Script):
    script.then = lambda _: HANG

    error = error_of(calling(patience_s=0.5, tries=1_000), "job_status", "j1")

    assert len(script.asked) == 1
    assert error.code == "no_answer"


def test_a_service_that_is_not_there_is_no_answer(calling: Calling, script: Script):
    script.url = "http://127.0.0.1:1"

    error = error_of(calling(tries=2), "job_status", "j1")

    assert (error.status, error.code) == (None, "no_answer")


@pytest.mark.parametrize("first", [Answer(503), Answer(429), IN_PROGRESS])
def test_a_repeat_waits_for_as_long_as_it_is_told(client: Caller, script: Script, first: Answer):
    script.answers = [Answer(first.status, first.body, {"Retry-After": "1"})]

    client.call("schedule_sms", **SMS)

    assert script.asked[1].at_s - script.asked[0].at_s >= 1


@pytest.mark.parametrize("is_date", [False, True])
def test_a_wait_beyond_the_patience_is_left_to_the_caller(
    client: Caller,
    script: Script,
    is_date: bool,  # noqa: FBT001 - parametrized
):
    at = datetime.now(UTC) + timedelta(hours=1)
    later = format_datetime(at, usegmt=True) if is_date else "3600"
    script.answers = [Answer(503, headers={"Retry-After": later})]

    error = error_of(client, "schedule_sms", **SMS)

    assert len(script.asked) == 1
    assert 3500 < error.retry_after_s <= 3600


@pytest.mark.parametrize("later", ["soon", "-5", "", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_says_nothing_is_as_short_as_any(client: Caller, script: Script, later: str):
    script.answers = [Answer(503, headers={"Retry-After": later})]

    client.call("schedule_sms", **SMS)

    assert len(script.asked) == 2


def test_a_first_request_under_way_is_waited_for_and_uses_up_no_tries(
    calling: Calling, script: Script
):
    script.answers = [DROP, *[IN_PROGRESS] * 4]

    assert calling(tries=2).call("schedule_sms", **SMS) == "job-1"
    assert len({asked.key for asked in script.asked}) == 1
    assert len(script.asked) == 6
