"""Nothing of anybody is in the log: no recipient, no words, no secrets, whatever goes wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from chalicelib import triggers, wiring
from chalicelib.adapters.dynamodb_items import job_item
from chalicelib.model.channel import Queue
from chalicelib.observe import Failed
from chalicelib.settings import settings
from tests.contract.faulty_aws import Reply, an_error, handling
from tests.integration.board import basic, call
from tests.integration.log import Log
from tests.integration.service import (
    CHOSEN,
    SECRET,
    SIGNING_SECRETS,
    Context,
    Json,
    Service,
    a_token,
    recorded,
    sqs_event,
    stream_event,
)
from tests.integration.test_workspace_settings import put as put_settings
from tests.rig.builders import a_claimed_job, a_payload, an_outcome, stored
from tests.rig.stream_records import a_record

PHONE = "+12025550187"
EMAIL = "ada.private@example.org"
NAME = "Ada Byron-Private"
TEXT = "Your private appointment is at nine"
CAMPAIGN = "metadata-that-is-private"
HOOK = "webhook-path-that-is-secret"
KEY = "idempotency-key-that-is-private"
CONTACT = "contact-that-is-private"
PASSWORD = "password-that-is-wrong"
MARKS = [
    *(PHONE, PHONE[1:], quote(PHONE), EMAIL, quote(EMAIL), NAME, quote(NAME), TEXT, CAMPAIGN),
    *(HOOK, KEY, CONTACT, PASSWORD, SECRET, *SIGNING_SECRETS, CHOSEN["BULL_BOARD_PASSWORD"]),
    *(secret.removeprefix("whsec_") for secret in SIGNING_SECRETS),
    *(basic().partition(" ")[2], basic("ada", PASSWORD).partition(" ")[2]),
]
TOKENS = [
    a_token(sub=EMAIL, role=role, exp=datetime(2100, 1, 1, tzinfo=UTC))
    for role in ("user", "admin")
]
#: The header of a token is everybody's.
SECRET_PARTS = [part for token in TOKENS for part in token.split(".")[1:]]

SMS: Json = {
    "phoneNumber": PHONE,
    "message": TEXT,
    "contactId": CONTACT,
    "workspaceId": "w1",
    "metadata": {"name": NAME, "campaign": CAMPAIGN},
}
MAIL: Json = {
    "to": EMAIL,
    "subject": TEXT,
    "html": f"<p>{NAME}: {TEXT}</p>",
    "contactId": CONTACT,
    "workspaceId": "w1",
    "metadata": {"campaign": CAMPAIGN},
}
GENERAL: Json = {
    "workspaceId": "w1",
    "data": {"phone": PHONE, "name": NAME, "text": TEXT},
    "callbackEndpoint": "/x",
}
PAYLOAD = a_payload(**SMS)
Scene = Callable[[Service], None]


def schedules(service: Service) -> None:
    """Every route, with and without a key, and again."""
    for path, body in (
        ("/api/schedule-sms", SMS),
        ("/api/schedule-email", MAIL),
        ("/api/jobs", GENERAL),
    ):
        assert service.post(path, body, token=TOKENS[0]).status_code == 200
        for _ in range(2):
            service.post(path, body | {"delay": 1000}, idempotency_key=KEY)
    bulk = {"workspaceId": "w1", "defaults": SMS, "messages": [{}, {"phoneNumber": PHONE}]}
    assert service.post("/api/schedule-sms/bulk", bulk).status_code == 200


def is_refused(service: Service) -> None:
    """Bodies that quote what is wrong with them, tokens that do not hold, wrong passwords."""
    for body in (
        SMS | {"phoneNumber": f"{PHONE} or {EMAIL}"},
        SMS | {"contactId": {NAME: PHONE}, "delay": TEXT},
        {NAME: TEXT},
        f'{{"message": "{TEXT}", "phoneNumber": {PHONE}'.encode(),
        TEXT.encode(),
    ):
        assert service.post("/api/schedule-sms", body).status_code == 400
    service.post("/api/schedule-sms/bulk", {"workspaceId": NAME, "messages": [SMS, TEXT]})
    service.post("/api/schedule-sms", SMS, token=f"{TOKENS[0]}{PASSWORD}")
    service.post("/api/schedule-sms", SMS, token=PASSWORD)
    service.get(f"/api/job-status/{quote(EMAIL)}")
    for name in (PHONE, EMAIL, CONTACT):
        service.get(f"/api/businesses/{quote(name)}/communication-queue/stats")
        service.post("/api/schedule-sms", SMS | {"workspaceId": name})
    call(service, "GET", "/api/queues", Authorization=basic("ada", PASSWORD))


def works(service: Service) -> None:
    """Backends that echo what they were sent, and mean everything that an answer can mean."""
    service.backend.echoes = True
    for status in (200, 400, 429, 503):
        for path, body in (("/api/schedule-sms", SMS), ("/api/jobs", GENERAL)):
            service.backend.answers.append(status)
            service.post(path, body)
        service.work(Queue.SEND_SMS)
        service.work(Queue.MY_QUEUE)
    assert len(service.backend.received) >= 8  # some come again


def operates(service: Service) -> None:
    """Who looks for people, reads of them, and acts on their jobs."""
    schedules(service)
    admin = TOKENS[1]
    queue = "/api/businesses/w1/communication-queue"
    for path in (f"/pending?contact={CONTACT}", f"/failed?error={quote(TEXT)}", "/failed.csv"):
        service.get(f"{queue}{path}", token=admin)
    for path, body in (
        ("/cancel-pending", {"filter": {"contact": CONTACT}}),
        ("/retry-failed", {"filter": {"error": TEXT}, "dryRun": True}),
        ("/cancel-pending", {"filter": {NAME: TEXT}}),
    ):
        service.post(f"{queue}{path}", body, token=admin)
    path = f"/api/queues/{Queue.SEND_SMS.value}"
    call(service, "POST", f"{path}/add", {"name": NAME, "data": SMS})
    call(service, "POST", f"{path}/add", {"name": NAME, "data": TEXT})
    call(service, "GET", f"/api/queues?activeQueue={Queue.SEND_SMS.value}&status=waiting")


def tells_webhooks(service: Service) -> None:
    """Receivers at secret addresses that echo, fail, and are given up."""
    url = f"{service.backend.url}/{HOOK}"
    put_settings(service, {"webhookUrl": url, "webhookEvents": ["completed", "failed"]})
    service.backend.echoes = True
    for status in (200, 500, 410):
        service.backend.answers.append(status)
        before = a_claimed_job()
        wiring.store().add([stored(before, PAYLOAD)])
        said = an_outcome(400, text=json.dumps(SMS))
        after = before.record(said, at=datetime.now(UTC), wait=timedelta())
        service.invoke("notify", stream_event(a_record(before, after)))
        service.invoke("tally", stream_event(a_record(before, after)))
        found = wiring.notice_inbox().take(10)
        records = [{"MessageId": each.id, "Body": each.to_json()} for each in found]
        service.invoke("post_notice", sqs_event(records))
    assert len(service.backend.received) == 3


def gets_poison(service: Service) -> None:
    """Records and messages that cannot be read, and say so by what is in them."""
    job = a_claimed_job()
    poison = a_record(job, replace(job, last_error=TEXT))
    poison["dynamodb"]["NewImage"]["due_at"] = {"S": f"{PHONE} {NAME}"}
    poison["dynamodb"]["NewImage"]["history"] = {"S": f'[{{"kind": "{EMAIL}"}}]'}
    for function in ("tally", "notify"):
        service.invoke(function, stream_event(poison))
    envelope = {"jobId": NAME, "version": PHONE, "dueAt": TEXT, "workspaceId": EMAIL}
    for body in (json.dumps(envelope), json.dumps(envelope | {"version": 1}), TEXT):
        record = {"MessageId": "m", "Body": body}
        service.invoke("send_sms", sqs_event([record]))
        service.invoke("post_notice", sqs_event([record]))


def meets_a_broken_aws(service: Service) -> None:
    """AWS refuses, for now and for ever, in words that quote what it was asked."""
    service.post("/api/schedule-sms", SMS)
    for code in ("ProvisionedThroughputExceededException", "ValidationException"):
        refusing = an_error(code, said=json.dumps(SMS))
        with handling("dynamodb", "BatchWriteItem", refusing):
            assert service.post("/api/schedule-sms", SMS, token=TOKENS[0]).status_code >= 500
        with handling("dynamodb", "PutItem", refusing):
            service.work()


def fails_without_a_name(service: Service) -> None:
    """What nobody has thought of: items that hold something else than was put into them."""
    item = job_item(a_claimed_job()) | {"due_at": {"S": f"{PHONE} {EMAIL} {NAME}"}}
    key = {"pk": item["pk"], "sk": {"S": "payload"}}
    broken = [item, key | {"body": {"S": TEXT}, "endpoint": {"S": "/x"}}]
    answer = Reply({"Responses": {settings().required("JOBS_TABLE"): broken}})
    with handling("dynamodb", "BatchGetItem", lambda _: answer):
        assert service.get(f"/api/job-status/{item['pk']['S']}").status_code == 500
        with pytest.raises(Failed) as failed:
            service.invoke("send_sms", recorded("sqs_batch"))
    assert str(failed.value) == "ValueError"


def loses_a_task(_: Service) -> None:
    """A task that nobody waits for: asyncio tells its loop."""

    async def story() -> None:
        loop = triggers._loop()
        task = loop.create_task(lost())
        await triggers.asyncio.sleep(0)
        del task

    async def lost() -> None:
        raise ValueError(f"{PHONE} {NAME}")

    triggers._loop().run_until_complete(story())


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (schedules, "accepted"),
        (is_refused, "a request was answered"),
        (works, "a callback has ended"),
        (operates, "a request was answered"),
        (tells_webhooks, "a webhook was called"),
        (gets_poison, "a stream record is set aside"),
        (meets_a_broken_aws, "a request could not be served now"),
        (fails_without_a_name, "an invocation failed"),
        (loses_a_task, "a task has failed"),
    ],
)
def test_nothing_of_anybody_is_in_the_log(
    service: Service,
    log: Log,
    capfd: pytest.CaptureFixture[str],
    scene: Scene,
    expected: str,
):
    scene(service)
    printed = "".join(capfd.readouterr())
    text = log.text + printed

    assert expected in text
    assert [mark for mark in (*MARKS, *SECRET_PARTS) if mark in text] == []


def test_a_failure_s_line_says_where_it_happened(service: Service, log: Log):
    fails_without_a_name(service)
    (line,) = log.lines("an invocation failed")

    assert line["exception_name"] == "ValueError"
    assert "chalicelib/adapters/dynamodb_items.py" in line["exception"]
    assert line["exception"].endswith("ValueError")


def test_what_we_say_ourselves_of_an_error_is_kept(service: Service, log: Log):
    with handling("dynamodb", "BatchGetItem", an_error("AccessDeniedException")):
        service.get("/api/job-status/01M8RQKQG03FVH14MCX0QJ02NK")
    (line,) = [
        each
        for each in map(json.loads, log.ours.getvalue().splitlines())
        if each["level"] == "ERROR"
    ]

    assert "check the stack's resources and permissions" in line["message"]


def test_the_lines_of_an_invocation_carry_the_id_that_aws_gave_it(service: Service, log: Log):
    context = Context()
    service.invoke("send_sms", sqs_event([{"MessageId": "m", "Body": "rubbish"}]), context=context)
    (line,) = log.lines("a message is none of this service; it goes to the dead-letter queue")

    assert (line["request_id"], line["message_id"]) == (context.aws_request_id, "m")
