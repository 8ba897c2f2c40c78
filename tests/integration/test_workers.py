"""The event Lambdas: from an SQS batch to callbacks on the wire, and back to an answer for SQS."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.errors import OperatorError
from chalicelib.model.channel import Queue
from chalicelib.model.instant import minute_of, to_iso
from chalicelib.settings import settings
from tests.contract.faulty_aws import UNKNOWN, an_error, handling
from tests.integration.service import Context, Json, Service, recorded, sqs_event
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS, status_of

NOW = {"delay": 0}


def accepted(service: Service, path: str, body: Json) -> str:
    return service.post(path, body | NOW).json_body["jobId"]


def an_sms(service: Service, **changes: object) -> str:
    return accepted(service, "/api/schedule-sms", AN_SMS | changes)


def test_an_sms_is_called_back_with_all_that_was_scheduled(service: Service):
    job_id = an_sms(service)
    answer = service.work(Queue.SEND_SMS)
    (received,) = service.backend.received

    assert answer == {"batchItemFailures": []}
    assert received.path == "/send-sms"
    assert received.body == {
        "jobId": job_id,
        "to": "+1234567890",
        "phoneNumber": "+1234567890",
        "message": "Your message here",
        "contactId": "contact-uuid",
        "workspaceId": "w1",
        "metadata": AN_SMS["metadata"],
        "attempt": 1,
    }


def test_an_email_is_called_back_with_all_that_was_scheduled(service: Service):
    job_id = accepted(service, "/api/schedule-email", AN_EMAIL)
    service.work(Queue.SEND_EMAIL)
    (received,) = service.backend.received

    assert received.path == "/api/email/send"
    assert received.body == {
        "jobId": job_id,
        "to": "recipient@example.com",
        "subject": "Your email subject",
        "html": "<h1>Hello!</h1>",
        "contactId": "contact-uuid",
        "workspaceId": "w1",
        "metadata": AN_EMAIL["metadata"],
        "attempt": 1,
    }


def test_a_general_job_is_called_back_with_its_data(service: Service):
    job_id = accepted(service, "/api/jobs", A_JOB)
    service.work(Queue.MY_QUEUE)
    (received,) = service.backend.received

    assert received.path == "/x"
    assert (received.body["jobId"], received.body["data"]) == (job_id, A_JOB["data"])


def test_the_headers_are_the_contract_s(service: Service):
    job_id = an_sms(service)
    service.work()
    headers = service.backend.received[0].headers

    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == job_id
    assert headers["x-attempt"] == "1"
    assert headers["traceparent"].startswith("00-")


@pytest.mark.parametrize("path", ["/send-sms", "/other?x=1&y=%2B", "/a%20b"])
def test_the_endpoint_is_called_as_it_was_given(service: Service, path: str):
    an_sms(service, metadata={"callbackEndpoint": path})
    service.work()

    assert service.backend.received[0].path == path


def test_a_job_that_names_no_endpoint_has_its_channel_s(service: Service):
    an_sms(service, metadata={})
    service.work()

    assert service.backend.received[0].path == "/send-sms"


def test_a_done_job_says_what_came_of_it(service: Service):
    job_id = an_sms(service)
    service.work()
    status = status_of(service, job_id)
    (attempt,) = status["job"]["history"]

    assert (status["status"], status["attempts"], status["error"]) == ("COMPLETED", 1, None)
    assert status["job"]["completedAt"] is not None
    assert (attempt["outcome"], attempt["statusCode"]) == ("completed", 200)
    assert set(attempt) >= {"attempt", "startedAt", "finishedAt", "error", "durationMs"}


def test_a_refused_job_has_failed_at_once(service: Service):
    service.backend.answers.append(404)
    job_id = an_sms(service)
    service.work()
    status = status_of(service, job_id)

    assert (status["status"], status["error"]) == ("FAILED", "The backend answered 404: ok")


def test_a_job_that_is_tried_again_waits_with_a_new_envelope(service: Service):
    service.backend.answers.append(503)
    job_id = an_sms(service, maxAttempts=2)
    answer = service.work()
    status = status_of(service, job_id)

    assert answer == {"batchItemFailures": []}
    assert (status["status"], status["attempts"]) == ("SCHEDULED", 1)
    assert status["queue"] == "send-sms-queue"


def test_a_broken_envelope_goes_to_the_dead_letters_and_stops_no_other(service: Service):
    an_sms(service)
    messages = service.messages(Queue.SEND_SMS)
    broken = [{"MessageId": f"broken-{n}", "Body": body} for n, body in enumerate(BROKEN)]
    answer = service.invoke("send_sms", sqs_event([*broken, *messages]))

    assert answer == {
        "batchItemFailures": [{"itemIdentifier": f"broken-{n}"} for n in range(len(BROKEN))]
    }
    assert len(service.backend.received) == 1


BROKEN = ["", "no JSON", "{}", "[]", '{"jobId": 1}', "[" * 100_000, '{"version": 1e999}']


def test_an_envelope_of_a_job_that_is_gone_is_done(service: Service):
    assert service.invoke("send_sms", recorded("sqs_batch")) == {"batchItemFailures": []}


def test_an_envelope_that_comes_twice_is_one_callback(service: Service):
    an_sms(service)
    (message,) = service.messages(Queue.SEND_SMS)
    twice = [message, message | {"MessageId": "again"}]
    service.invoke("send_sms", sqs_event(twice))
    service.invoke("send_sms", sqs_event(twice))

    assert len(service.backend.received) == 1


def test_a_claim_that_fails_is_answered_by_its_own_record(service: Service):
    an_sms(service)
    an_sms(service)
    messages = service.messages(Queue.SEND_SMS)
    with handling("dynamodb", "PutItem", an_error(UNKNOWN), lambda _: None):
        answer = service.invoke("send_sms", sqs_event(messages))

    assert len(answer["batchItemFailures"]) == 1
    assert len(service.backend.received) == 1


def test_a_store_that_does_not_answer_leaves_the_batch_to_sqs(service: Service):
    an_sms(service)
    messages = service.messages(Queue.SEND_SMS)
    with handling("dynamodb", "BatchGetItem", an_error(UNKNOWN)):
        answer = service.invoke("send_sms", sqs_event(messages))

    assert [each["itemIdentifier"] for each in answer["batchItemFailures"]] == [
        message["MessageId"] for message in messages
    ]
    assert service.backend.received == []


def test_an_invocation_that_is_about_to_end_sends_its_jobs_back(service: Service):
    job_id = an_sms(service)
    event = sqs_event(service.messages(Queue.SEND_SMS))
    answer = service.invoke("send_sms", event, context=Context(remaining_ms=3000))
    (again,) = service.messages(Queue.SEND_SMS)

    assert (answer, service.backend.received) == ({"batchItemFailures": []}, [])
    assert json.loads(again["Body"])["jobId"] == job_id


def test_a_mapping_that_would_take_failures_for_success_is_refused(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("REPORT_BATCH_ITEM_FAILURES")
    settings.cache_clear()

    with pytest.raises(OperatorError, match="ReportBatchItemFailures"):
        service.invoke("send_sms", recorded("sqs_batch"))


@pytest.mark.parametrize(
    "function", ["send_sms", "scheduled_sms", "send_email", "scheduled_email", "my_queue"]
)
def test_every_queue_has_its_worker(service: Service, function: str):
    assert service.invoke(function, recorded("sqs_batch")) == {"batchItemFailures": []}


def test_a_timer_releases_its_minute(service: Service):
    body = AN_SMS | {"delay": 20 * 60_000}
    job_id = service.post("/api/schedule-sms", body).json_body["jobId"]
    job = wiring.store().get_jobs([job_id])[job_id]
    due_at = job.due_at - timedelta(minutes=15)
    wiring.store().move(job, replace(job, due_at=due_at, attention_at=due_at))
    assert service.delayed_count(Queue.SCHEDULED_SMS) == 0
    released = service.invoke("release", {"bucket": to_iso(minute_of(due_at))})
    again = service.invoke("release", {"bucket": to_iso(minute_of(due_at))})

    assert (released, again) == ({"released": 1}, {"released": 0})
    assert service.delayed_count(Queue.SCHEDULED_SMS) == 1


def test_a_timer_of_an_empty_minute_releases_nothing(service: Service):
    assert service.invoke("release", recorded("timer")) == {"released": 0}


def test_a_tick_leaves_alone_what_is_on_its_way(service: Service):
    an_sms(service)

    assert service.invoke("rescue", recorded("rescue_tick")) == {"touched": 0}


def test_a_tick_hands_over_again_what_was_lost(service: Service):
    job_id = an_sms(service)
    service.messages(Queue.SEND_SMS)
    service.place(job_id, datetime.now(UTC) - timedelta(minutes=5), handed_over=True)

    assert service.invoke("rescue", recorded("rescue_tick")) == {"touched": 1}
    assert len(service.messages(Queue.SEND_SMS)) == 1
