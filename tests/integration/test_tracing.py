"""One message by one id: from its request through workers to its callbacks and webhooks."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Queue
from chalicelib.settings import settings
from tests.integration.board import DATA, call, put, tab
from tests.integration.log import Log
from tests.integration.service import Json, Service, recorded, sqs_event, stream_event
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS
from tests.integration.test_webhooks import subscribe
from tests.rig.stream_records import a_record

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
HEADER = f"00-{TRACE}-{PARENT}-01"
NOW = {"delay": 0}
ROUTES = [
    ("/api/schedule-sms", AN_SMS | NOW, Queue.SEND_SMS),
    ("/api/schedule-email", AN_EMAIL | NOW, Queue.SEND_EMAIL),
    ("/api/jobs", A_JOB, Queue.MY_QUEUE),
]


def traceparents(service: Service) -> list[list[str]]:
    return [each.headers["traceparent"].split("-") for each in service.backend.received]


@pytest.mark.parametrize(("path", "body", "queue"), ROUTES)
def test_a_callback_is_a_span_of_the_trace_of_its_request(
    service: Service, path: str, body: Json, queue: Queue
):
    service.post(path, body, traceparent=HEADER)
    service.work(queue)
    ((version, trace, span, flags),) = traceparents(service)

    assert (version, trace, flags) == ("00", TRACE, "01")
    assert re.fullmatch(r"[0-9a-f]{16}", span)
    assert span != PARENT


def test_every_message_of_a_bulk_is_in_its_trace_with_a_span_of_its_own(service: Service):
    bulk = {"workspaceId": "w1", "defaults": AN_SMS | NOW, "messages": [{}, {}, {}]}
    service.post("/api/schedule-sms/bulk", bulk, traceparent=HEADER, idempotency_key="spring")
    service.work()
    found = traceparents(service)

    assert {trace for _, trace, _, _ in found} == {TRACE}
    assert len({span for _, _, span, _ in found}) == 3


def test_what_the_caller_does_not_sample_its_backend_need_not(service: Service):
    service.post("/api/schedule-sms", AN_SMS | NOW, traceparent=HEADER[:-1] + "0")
    service.work()

    assert [flags for *_, flags in traceparents(service)] == ["00"]


@pytest.mark.parametrize("header", [None, "", "rubbish", f"00-{'0' * 32}-{PARENT}-01"])
def test_a_request_that_names_no_trace_gets_a_new_one(service: Service, header: str | None):
    for _ in range(2):
        headers = {} if header is None else {"traceparent": header}
        service.post("/api/schedule-sms", AN_SMS | NOW, **headers)
    service.work()
    traces = {trace for _, trace, _, _ in traceparents(service)}

    assert len(traces) == 2
    assert "0" * 32 not in traces


def test_what_is_added_on_the_board_has_a_trace_as_well(service: Service):
    call(service, "POST", f"/api/queues/{Queue.SEND_SMS.value}/add", {"name": "x", "data": DATA})
    service.work()

    assert [trace != TRACE for _, trace, _, _ in traceparents(service)] == [True]


def test_one_message_is_followed_through_the_log_by_its_trace(service: Service, log: Log):
    answer = service.post("/api/schedule-sms", AN_SMS | NOW, traceparent=HEADER)
    job_id = answer.json_body["jobId"]
    service.work()
    (accepted,) = log.lines("accepted")
    (answered,) = log.lines("a request was answered")
    (called,) = log.lines("a callback has ended")

    assert {line["trace_id"] for line in (accepted, answered, called)} == {TRACE}
    assert {line["request_id"] for line in (accepted, answered)} == {answer.headers["X-Request-Id"]}
    assert {line["job_id"] for line in (accepted, called)} == {job_id}
    assert {line["workspace_id"] for line in (accepted, called)} == {"w1"}
    assert (called["attempt"], called["status"]) == (1, 200)
    assert answered["route"] == "/api/schedule-sms"


def test_the_keys_of_a_request_end_with_it(service: Service, log: Log):
    service.post("/api/schedule-sms", AN_SMS | NOW, traceparent=HEADER)
    service.invoke("release", recorded("timer"))
    (released,) = [line for line in log.ours.getvalue().splitlines() if "released" in line]

    assert TRACE not in released


def test_the_line_of_an_operator_s_request_names_workspace_and_job(service: Service, log: Log):
    service.post("/api/schedule-sms", AN_SMS)
    (job_id,) = [item["pk"]["S"] for item in service.items() if item["sk"]["S"] == "job"]
    path = f"/api/businesses/w1/communication-queue/{job_id}/cancel"
    service.post(path, {})
    line = log.lines("a request was answered")[-1]

    assert (line["workspace_id"], line["job_id"], line["status"]) == ("w1", job_id, 403)


def test_a_workspace_that_its_caller_was_not_let_into_is_not_named(service: Service, log: Log):
    service.get("/api/businesses/w2/communication-queue/stats")
    service.get("/api/businesses/w1/communication-queue/stats?cursor=x")
    refused = log.lines("a request was answered")

    assert [line["status"] for line in refused] == [404, 403]
    assert ["workspace_id" in line for line in refused] == [False, True]


def test_what_was_only_read_has_no_line(service: Service, log: Log):
    service.get("/health", token=None)

    assert log.lines("a request was answered") == []


def test_what_is_rescued_names_its_job(service: Service, log: Log):
    job_id = service.post("/api/schedule-sms", AN_SMS | NOW).json_body["jobId"]
    service.place(job_id, datetime.now(UTC) - timedelta(minutes=5), handed_over=True)
    service.invoke("rescue", recorded("rescue_tick"))

    assert [line["job_id"] for line in log.lines("handed over")] == [job_id]


def test_a_webhook_is_a_span_of_the_same_trace_and_its_lines_name_it(service: Service, log: Log):
    subscribe(service, "completed")
    job_id = service.post("/api/schedule-sms", AN_SMS | NOW, traceparent=HEADER).json_body["jobId"]
    before = wiring.store().get_jobs([job_id])[job_id]
    service.work()
    after = wiring.store().get_jobs([job_id])[job_id]
    service.invoke("notify", stream_event(a_record(before, after)))
    url = settings().required("NOTICES_QUEUE_URL")
    notices = client("sqs").receive_message(QueueUrl=url)["Messages"]
    service.invoke("post_notice", sqs_event(notices))
    callback, webhook = traceparents(service)
    (told,) = log.lines("a webhook is to be told")
    (posted,) = log.lines("a webhook was called")

    assert (callback[1], webhook[1]) == (TRACE, TRACE)
    assert callback[2] != webhook[2]
    assert told["job_id"] == posted["job_id"] == job_id
    assert (posted["trace_id"], posted["event"], posted["status"]) == (TRACE, "completed", 200)


def test_a_job_that_was_edited_stays_in_its_trace(service: Service):
    service.post("/api/schedule-sms", AN_SMS, traceparent=HEADER)
    (job_id,) = tab(service, "delayed", Queue.SCHEDULED_SMS.value)
    path = f"/api/queues/{Queue.SCHEDULED_SMS.value}/{job_id}"
    edited = call(service, "PATCH", f"{path}/update-data", {"jobData": DATA})
    put(service, f"{Queue.SCHEDULED_SMS.value}/{job_id}/promote")
    service.work(Queue.SCHEDULED_SMS)

    assert edited.status_code < 300
    assert [trace for _, trace, _, _ in traceparents(service)] == [TRACE]
    assert service.backend.received[0].body["message"] == "from the board"
