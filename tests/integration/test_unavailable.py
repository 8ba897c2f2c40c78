"""AWS on a bad day, seen through the API: a 503 where it passes, a 500 where a person must act."""

import pytest

from chalicelib.model.channel import Queue
from chalicelib.settings import settings
from tests.contract.faulty_aws import DENIED, UNKNOWN, an_error, handling
from tests.integration.service import Service
from tests.integration.test_scheduling import AN_SMS


def test_a_table_that_does_not_answer_is_a_503_and_worth_another_try(service: Service):
    with handling("dynamodb", "BatchWriteItem", an_error(UNKNOWN)):
        response = service.post("/api/schedule-sms", AN_SMS)

    assert (response.status_code, response.json_body["code"]) == (503, "unavailable")
    assert response.headers["Retry-After"] == "1"
    assert service.items() == []
    assert service.delayed_count(Queue.SCHEDULED_SMS) == 0


def test_a_refused_table_is_a_500_without_internals(service: Service):
    with handling("dynamodb", "BatchWriteItem", an_error(DENIED)):
        response = service.post("/api/schedule-sms", AN_SMS)

    assert (response.status_code, response.json_body["code"]) == (500, "misconfigured")
    assert "dynamodb" not in response.body.decode().lower()
    assert response.headers["X-Request-Id"]


@pytest.mark.parametrize("code", [UNKNOWN, DENIED])
def test_a_timer_that_cannot_be_set_is_no_error_for_the_caller(service: Service, code: str):
    with handling("scheduler", "CreateSchedule", an_error(code)):
        response = service.post("/api/schedule-sms", AN_SMS | {"delay": 3_600_000})

    assert response.status_code == 200
    assert len(service.items()) == 2


def test_a_status_that_cannot_be_read_is_a_503(service: Service):
    job_id = service.post("/api/schedule-sms", AN_SMS).json_body["jobId"]
    with handling("dynamodb", "BatchGetItem", an_error(UNKNOWN)):
        response = service.get(f"/api/job-status/{job_id}")

    assert response.status_code == 503


def test_a_missing_setting_is_a_500_and_is_not_named_to_the_caller(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SMS_CALLBACK_ENDPOINT", "//evil.example")
    settings.cache_clear()
    response = service.post("/api/schedule-sms", AN_SMS)

    assert (response.status_code, response.json_body["code"]) == (500, "misconfigured")
    assert "SMS_CALLBACK_ENDPOINT" not in response.body.decode()


def test_a_healthy_service_says_what_it_checked(service: Service):
    response = service.get("/health", token=None)

    assert response.status_code == 200
    assert response.json_body == {
        "status": "ok",
        "checks": {"jobs": "ok", "control": "ok", "queues": "ok", "secrets": "ok"},
    }


def test_a_service_whose_table_does_not_answer_is_not_healthy(service: Service):
    with handling("dynamodb", "GetItem", an_error(UNKNOWN)):
        response = service.get("/health", token=None)

    assert response.status_code == 503
    assert response.json_body["checks"]["control"] == "failing"
