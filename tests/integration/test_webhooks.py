"""From a job's move over the stream and the notices' queue to a signed webhook on the wire."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from chalicelib import wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.channel import Queue
from chalicelib.model.health import Health
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.settings import settings
from tests.integration.backend import Received
from tests.integration.service import (
    SIGNING_SECRETS,
    Json,
    Service,
    a_token,
    sqs_event,
    stream_event,
)
from tests.integration.test_scheduling import AN_SMS
from tests.integration.test_workspace_settings import ADMIN, PATH, put
from tests.rig.builders import a_claimed_job, a_notice, a_payload, an_outcome, stored
from tests.rig.stream_records import a_record

SECOND = timedelta(seconds=1)
NOTHING_FAILED: Json = {"batchItemFailures": []}


def subscribe(service: Service, *events: str) -> None:
    put(service, {"webhookUrl": f"{service.backend.url}/hooks", "webhookEvents": events})


def an_end(status: int = 400) -> Json:
    """The stream's record of a job that comes to an end now."""
    job: Job = a_claimed_job()
    wiring.store().add([stored(job, a_payload(metadata={"campaignId": "c-7"}))])
    now = datetime.now(UTC)
    return a_record(job, job.record(an_outcome(status), at=now, wait=SECOND))


def waiting(*, visible: bool = True) -> list[Json]:
    url = settings().required("NOTICES_QUEUE_URL")
    if not visible:
        name = "ApproximateNumberOfMessagesDelayed"
        answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return [{}] * int(answer["Attributes"][name])
    answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return list(answer.get("Messages", []))


def post(service: Service) -> Any:  # noqa: ANN401 - what AWS gets
    return service.invoke("post_notice", sqs_event(waiting()))


def verify(received: Received, secret: str) -> Any:  # noqa: ANN401 - any JSON
    return Webhook(secret).verify(received.raw, dict(received.headers))


@pytest.mark.parametrize("secret", SIGNING_SECRETS, ids=["newest", "older"])
def test_a_failure_reaches_the_receiver_signed(service: Service, secret: str):
    subscribe(service, "failed")
    record = an_end()

    assert service.invoke("notify", stream_event(record, an_end(200))) == NOTHING_FAILED
    assert post(service) == NOTHING_FAILED
    (received,) = service.backend.received
    said = verify(received, secret)
    job_id = record["dynamodb"]["Keys"]["pk"]["S"]
    assert (received.path, received.headers["webhook-id"]) == ("/hooks", f"{job_id}-3-failed")
    assert (said["jobId"], said["status"]) == (job_id, "failed")
    assert said["metadata"] == {"campaignId": "c-7"}
    assert waiting() == []


@pytest.mark.parametrize("secret", SIGNING_SECRETS, ids=["newest", "older"])
def test_callbacks_are_signed_in_the_same_way(service: Service, secret: str):
    job_id = service.post("/api/schedule-sms", AN_SMS | {"delay": 0}).json_body["jobId"]
    service.work(Queue.SEND_SMS)
    (received,) = service.backend.received

    assert verify(received, secret)["jobId"] == job_id
    assert received.headers["webhook-id"] == job_id


def test_without_secrets_nothing_is_signed_and_the_log_says_so(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("SIGNING_SECRETS", "")
    settings.cache_clear()
    for _ in range(2):
        service.post("/api/schedule-sms", AN_SMS | {"delay": 0})
    service.work(Queue.SEND_SMS)

    assert all("webhook-signature" not in each.headers for each in service.backend.received)
    assert all("webhook-id" in each.headers for each in service.backend.received)
    assert caplog.text.count("go out unsigned") == 1


def test_secrets_that_are_none_stop_the_workers_with_a_reason(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SIGNING_SECRETS", "a plain text that is long enough")
    settings.cache_clear()
    service.post("/api/schedule-sms", AN_SMS | {"delay": 0})

    with pytest.raises(OperatorError, match="SIGNING_SECRETS: secret 1 of 1"):
        service.work(Queue.SEND_SMS)
    assert service.backend.received == []


def test_a_workspace_without_a_webhook_falls_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FAILURE_WEBHOOK_URL", f"{service.backend.url}/fallback")
    settings.cache_clear()
    service.invoke("notify", stream_event(an_end(), an_end(200)))
    post(service)

    assert [each.path for each in service.backend.received] == ["/fallback"]
    assert service.get(PATH, token=ADMIN).json_body["webhook"]["state"] == "ok"


def test_a_fall_back_that_cannot_work_stops_no_other_webhook(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setenv("FAILURE_WEBHOOK_URL", "ftp://example.com/")
    settings.cache_clear()
    subscribe(service, "failed")
    service.invoke("notify", stream_event(an_end()))
    post(service)

    assert len(service.backend.received) == 1
    assert "FAILURE_WEBHOOK_URL must begin with" in caplog.text


def test_what_fails_waits_for_its_next_try(service: Service):
    subscribe(service, "failed")
    service.backend.answers.append(503)
    service.invoke("notify", stream_event(an_end()))

    assert post(service) == NOTHING_FAILED
    assert len(waiting(visible=False)) == 1
    webhook = service.get(PATH, token=ADMIN).json_body["webhook"]
    assert (webhook["state"], webhook["disabledAt"]) == ("failing", None)
    assert webhook["lastError"] == "The receiver answered 503."
    assert webhook["failingSince"]


def test_a_receiver_that_is_gone_is_disabled_until_the_settings_are_put(
    service: Service, capsys: pytest.CaptureFixture[str]
):
    subscribe(service, "failed")
    service.backend.answers.append(410)
    service.invoke("notify", stream_event(an_end()))
    post(service)
    answered = service.get(PATH, token=ADMIN).json_body
    service.invoke("notify", stream_event(an_end()))

    assert answered["webhook"]["state"] == "disabled"
    assert answered["webhook"]["disabledAt"]
    assert '"WebhooksDisabled":[1.0]' in capsys.readouterr().out.replace(" ", "")
    assert waiting() == []

    assert put(service, answered).json_body["webhook"]["state"] == "ok"
    service.invoke("notify", stream_event(an_end()))
    assert len(waiting()) == 1


def test_a_put_of_something_else_lets_the_five_days_go_on(service: Service):
    subscribe(service, "failed")
    service.backend.answers.append(500)
    service.invoke("notify", stream_event(an_end()))
    post(service)
    answered = service.get(PATH, token=ADMIN).json_body

    assert (
        put(service, answered | {"timezone": "Europe/Berlin"}).json_body["webhook"]
        == (answered["webhook"])
    )


def test_five_days_of_failures_disable(service: Service):
    subscribe(service, "failed")
    now = datetime.now(UTC)
    url = f"{service.backend.url}/hooks"
    failing = Health(url, now - timedelta(days=5, hours=1), now - timedelta(hours=12), "x")
    wiring.healths().replace("w1", None, after=failing)
    service.backend.answers.append(500)
    service.invoke("notify", stream_event(an_end()))
    post(service)

    webhook = service.get(PATH, token=ADMIN).json_body["webhook"]
    assert webhook["state"] == "disabled"
    assert webhook["failingSince"] == to_iso(failing.failing_since)
    assert waiting(visible=False) == []


def test_an_event_that_is_given_up_is_counted(service: Service, capsys: pytest.CaptureFixture[str]):
    subscribe(service, "failed")
    service.backend.answers.append(500)
    happened_at = datetime.now(UTC) - timedelta(days=3)
    old = a_notice(happened_at=happened_at, not_before=happened_at)
    service.invoke("post_notice", sqs_event([{"MessageId": "m-1", "Body": old.to_json()}]))

    assert '"WebhooksGivenUp":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_junk_goes_to_the_dead_letters_and_holds_up_nobody(service: Service):
    subscribe(service, "failed")
    good = a_notice(happened_at=datetime.now(UTC), not_before=datetime.now(UTC))
    messages = [{"MessageId": "m-1", "Body": "junk"}, {"MessageId": "m-2", "Body": good.to_json()}]

    answer = service.invoke("post_notice", sqs_event(messages))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert len(service.backend.received) == 1


def test_what_could_not_be_served_is_delivered_again(service: Service):
    client("dynamodb").delete_table(TableName="ControlTable")
    notice = a_notice(happened_at=datetime.now(UTC), not_before=datetime.now(UTC))
    messages = [{"MessageId": "m-1", "Body": notice.to_json()}]

    answer = service.invoke("post_notice", sqs_event(messages))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}


def test_a_record_that_cannot_be_read_stops_no_other(service: Service):
    subscribe(service, "failed")
    broken = an_end()
    del broken["dynamodb"]["NewImage"]["status"]

    assert service.invoke("notify", stream_event(broken, an_end())) == NOTHING_FAILED
    assert len(waiting()) == 1


def test_a_queue_that_does_not_answer_makes_the_stream_come_again(service: Service):
    subscribe(service, "failed")
    client("sqs").delete_queue(QueueUrl=settings().required("NOTICES_QUEUE_URL"))

    with pytest.raises(RetryableError):
        service.invoke("notify", stream_event(an_end()))


@pytest.mark.parametrize("path", ["/api/jobs", "/api/schedule-sms", "/api/schedule-sms/bulk"])
@pytest.mark.parametrize("token", [None, a_token()])
def test_what_the_service_sends_never_schedules(
    service: Service, monkeypatch: pytest.MonkeyPatch, path: str, token: str | None
):
    monkeypatch.setenv("OPEN_SCHEDULING", "true")
    settings.cache_clear()
    body = a_notice().body({"callbackEndpoint": "/x"})
    answer = service.post(path, body, token=token, webhook_id="job-1-3-failed")

    assert (answer.status_code, answer.json_body["code"]) == (403, "webhook_loop")
    assert service.items() == []
