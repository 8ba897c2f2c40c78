"""What a caller says becomes no header of an answer or a callback, and no line of the log."""

import json
import re
from urllib.parse import quote

import pytest
from chalice.test import HTTPResponse

from chalicelib.model.channel import Queue
from chalicelib.settings import settings
from tests.hostile.texts import BREAKS
from tests.integration.board import MOUNT, basic, call
from tests.integration.log import Log
from tests.integration.operators import QUEUE, ask
from tests.integration.routes import PROTECTED
from tests.integration.service import Service, a_token, sqs_event
from tests.integration.test_bad_bodies import BROKEN
from tests.integration.test_scheduling import AN_SMS

ADMIN = a_token(role="admin", workspaces="*")
#: What a caller may make up.
HEADERS = (
    *("Origin", "Host", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"),
    *("X-Forwarded-Prefix", "Forwarded", "X-Request-Id", "X-Amzn-Trace-Id", "Idempotency-Key"),
    *("traceparent", "tracestate", "baggage", "User-Agent", "Referer", "Accept", "Cookie"),
    *("Sec-Fetch-Site", "Accept-Language", "Range", "If-None-Match", "X-HTTP-Method-Override"),
)
#: All that a backend gets: ours, the signature's, and the HTTP client's own.
CALLBACK_HEADERS = {
    *("content-type", "idempotency-key", "x-attempt", "traceparent", "content-length", "host"),
    *("webhook-id", "webhook-timestamp", "webhook-signature"),
    *("accept", "accept-encoding", "connection", "user-agent"),
}
#: As it would stand in an answer that echoes it; a gateway takes no others in headers.
PRINTABLE = [text for text in BREAKS if text.isprintable() and text.isascii()]
PATHS = (
    *("/health", "/openapi.json", "/docs", "/ops", "/test-sms", f"{MOUNT}", f"{MOUNT}/api/queues"),
    *(f"{QUEUE}/stats", f"{QUEUE}/failed.csv", "/api/metrics", "/api/job-status/x"),
)


def asked_with(service: Service, path: str, value: str) -> HTTPResponse:
    """A GET with the same words in every header."""
    sent = dict.fromkeys(HEADERS, value)
    sent["Authorization"] = basic() if path.startswith(MOUNT) else f"Bearer {ADMIN}"
    return service.client.http.get(path, headers=sent)


def is_clean(answer: HTTPResponse) -> bool:
    """Whether every header is one line of ours."""
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    lines = [*headers, *headers.values()]
    return "x-evil" not in headers and not any(
        re.search(r"[\x00-\x1f\x7f]", each) for each in lines
    )


@pytest.mark.parametrize("path", PATHS)
def test_no_header_of_a_request_becomes_one_of_an_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch, path: str
):
    monkeypatch.setenv("CORS_ORIGINS", "*")
    settings.cache_clear()
    for value in (*PRINTABLE, "https://crm.example\r\nX-Evil: 1", "a\rb", "a\nb"):
        answer = asked_with(service, path, value)

        assert answer.status_code < 500, ascii(value)
        assert is_clean(answer), ascii(value)


def schedule_hostile(service: Service, value: str, *, key: str) -> str:
    """An SMS that says it everywhere; answers its job's id."""
    metadata = {"x\r\nX-Evil": value, "headers": {"X-Evil": value}, "callbackEndpoint": "/x"}
    body = AN_SMS | {"delay": 0, "message": value[:9_000], "metadata": metadata}
    sent = dict.fromkeys(("traceparent", "tracestate", "baggage", "X_Evil"), value)
    answer = service.post("/api/schedule-sms", body, Idempotency_Key=key, **sent)
    assert answer.status_code == 200, ascii(value)
    return answer.json_body["jobId"]


def test_no_header_of_a_request_reaches_a_callback(service: Service):
    said = {schedule_hostile(service, text, key=f"key-{i}"): text for i, text in enumerate(BREAKS)}
    for _ in range(len(BREAKS)):
        service.work(Queue.SEND_SMS)

    assert len(service.backend.received) == len(BREAKS)
    for received in service.backend.received:
        text = said[received.headers["idempotency-key"]]
        assert received.headers.keys() <= CALLBACK_HEADERS
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]", received.headers["traceparent"])
        assert received.body["metadata"]["headers"] == {"X-Evil": text}
        assert received.body["message"] == text[:9_000]


@pytest.mark.parametrize(
    "key",
    ["", " ", "\t", "a\nb", "a\r\nX-Evil: 1", "a\x00b", "\x7f", "\u00fc", "\u2028", "x" * 256],
)
def test_a_key_that_is_no_line_of_ascii_is_refused_and_not_echoed(service: Service, key: str):
    answer = service.post("/api/schedule-sms", AN_SMS, idempotency_key=key)

    assert answer.status_code == 400
    assert key.strip() == "" or json.dumps(key) not in answer.body.decode()
    assert is_clean(answer)
    assert service.items() == []


def attempts(service: Service, value: str) -> None:
    """Say it everywhere where something could be written down."""
    for route in PROTECTED:
        ids = dict.fromkeys(
            ("business_id", "workspace_id", "job_id", "communication_id"), quote(value, safe="")
        )
        headers = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
        headers |= dict.fromkeys(HEADERS, value)
        path = f"{route.path.format_map(ids)}?cursor={quote(value)}&error={quote(value)}"
        service.client.http.request(route.method, path, headers=headers, body=b"{}")
    service.post("/api/schedule-sms", AN_SMS | {"delay": 0, "message": value[:9_000], value: value})
    service.post("/api/schedule-sms", {value: value, "workspaceId": value})
    service.post("/api/schedule-sms", AN_SMS, token=value.encode("ascii", "replace").decode())
    ask(service, "/jobs", error=value[:200], status=value)
    call(service, "GET", f"/api/queues?activeQueue={quote(value)}&status={quote(value)}")
    call(
        service, "POST", f"/api/queues/{quote(value, safe='')}/add", {"name": value, "data": value}
    )
    service.backend.echoes = True
    service.backend.answers.append(400)
    service.work(Queue.SEND_SMS)
    service.invoke("send_sms", sqs_event([{"MessageId": value, "Body": value}]))


@pytest.mark.parametrize("part", range(4))
def test_every_line_of_the_log_is_one_record_of_ours(service: Service, log: Log, part: int):
    for value in BREAKS[part::4]:
        attempts(service, value)
    lines = log.ours.getvalue().removesuffix("\n").split("\n")
    records = [json.loads(line) for line in lines]

    assert len(records) > len(PROTECTED)
    assert all({"level", "message", "timestamp", "service"} <= record.keys() for record in records)
    assert {record["service"] for record in records} == {"message-queue"}
    assert "forged" not in {record["message"] for record in records}
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", log.ours.getvalue())


def test_what_a_body_says_is_quoted_briefly(service: Service):
    for body in (*BROKEN.values(), b'{"' + b"k" * 100_000 + b'": 1, "' + b"k" * 100_000 + b'": 1}'):
        answer = service.post("/api/schedule-sms", body)

        assert len(answer.body) < 500
