"""`Idempotency-Key` on the scheduling routes: replays, conflicts, and calls that finish others."""

import json
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib import wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Queue
from chalicelib.model.idempotency import LEASE
from chalicelib.settings import settings
from tests.contract.faulty_aws import UNKNOWN, Json, Reply, an_error, handling
from tests.integration.service import Service, a_token
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS

BULK: Json = {"workspaceId": "w1", "defaults": AN_SMS, "messages": [{}] * 600}
ROUTES: list[tuple[str, Json]] = [
    ("/api/schedule-sms", AN_SMS),
    ("/api/schedule-email", AN_EMAIL),
    ("/api/jobs", A_JOB),
    ("/api/schedule-sms/bulk", {**BULK, "messages": [{}, {}]}),
    ("/api/schedule-email/bulk", {**BULK, "defaults": AN_EMAIL, "messages": [{}, {}]}),
]
REPLAYED = "Idempotency-Replayed"


def call(
    service: Service, path: str, body: object, *, key: str = "spring", token: str | None = ""
) -> HTTPResponse:
    return service.post(path, body, token=token, Idempotency_Key=key)


def control_items() -> list[Json]:
    items: list[Json] = client("dynamodb").scan(TableName="ControlTable")["Items"]
    return [item for item in items if item["pk"]["S"].startswith("idempotency#")]


def job_count(service: Service) -> int:
    return len({item["pk"]["S"] for item in service.items()})


@pytest.mark.parametrize(("path", "body"), ROUTES)
def test_the_same_again_answers_the_first_answer_again(service: Service, path: str, body: Json):
    first = call(service, path, body)
    again = call(service, path, body)

    assert (again.status_code, again.body) == (first.status_code, first.body)
    assert first.status_code == 200, first.body
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert job_count(service) == len(body.get("messages", [0]))


@pytest.mark.parametrize(("path", "body"), ROUTES)
def test_another_body_is_a_conflict(service: Service, path: str, body: Json):
    call(service, path, body)
    count = job_count(service)
    other = call(service, path, body | {"note": "x"})

    assert (other.status_code, other.json_body["code"]) == (409, "idempotency_conflict")
    assert other.json_body["success"] is False
    assert "Retry-After" not in other.headers
    assert job_count(service) == count


def test_the_same_body_may_be_written_in_another_way(service: Service):
    first = call(service, "/api/schedule-sms", AN_SMS)
    turned = dict(reversed(AN_SMS.items()))
    again = call(service, "/api/schedule-sms", json.dumps(turned, indent=2).encode())

    assert again.json_body == first.json_body


def test_routes_do_not_share_keys(service: Service):
    answers = [call(service, path, body) for path, body in ROUTES]

    assert [answer.status_code for answer in answers] == [200] * len(ROUTES)


def test_workspaces_do_not_share_keys_and_cannot_probe_each_other_s(service: Service):
    call(service, "/api/schedule-sms", AN_SMS)
    stranger = a_token(workspaces=["w2"])

    foreign = call(service, "/api/schedule-sms", AN_SMS, token=stranger)
    own = call(service, "/api/schedule-sms", AN_SMS | {"workspaceId": "w2"}, token=stranger)

    assert (foreign.status_code, foreign.json_body["code"]) == (403, "foreign_workspace")
    assert own.status_code == 200
    assert REPLAYED not in own.headers


@pytest.mark.parametrize(
    ("token", "body", "status"),
    [
        (None, AN_SMS, 401),
        ("junk", AN_SMS, 401),
        ("", AN_SMS | {"workspaceId": "w2"}, 403),
        ("", AN_SMS | {"phoneNumber": "none"}, 400),
        ("", b"{", 400),
    ],
)
def test_what_is_refused_pins_no_key(service: Service, token: str | None, body: Any, status: int):  # noqa: ANN401
    refused = call(service, "/api/schedule-sms", body, token=token)
    accepted = call(service, "/api/schedule-sms", AN_SMS)

    assert refused.status_code == status
    assert accepted.status_code == 200
    assert REPLAYED not in accepted.headers


@pytest.mark.parametrize("key", ["", " ", "\t", "x" * 256, "ä", "a\x7fb", "a\x01b", "🙂"])
@pytest.mark.parametrize(("path", "body"), ROUTES[2:4])
def test_a_key_that_cannot_be_one_is_told(service: Service, path: str, body: Json, key: str):
    answer = call(service, path, body, key=key)

    assert (answer.status_code, answer.json_body["code"]) == (400, "invalid_request")
    assert [fault["path"] for fault in answer.json_body["errors"]] == ["Idempotency-Key"]
    assert service.items() == []


@pytest.mark.parametrize("key", ["x", "x" * 255, '"8e03978e-40d5-43e8"', "a b", "#/{}~!"])
def test_a_key_may_be_any_printable_ascii(service: Service, key: str):
    first = call(service, "/api/schedule-sms", AN_SMS, key=key)
    again = call(service, "/api/schedule-sms", AN_SMS, key=key)

    assert first.status_code == 200
    assert again.json_body == first.json_body


def test_while_the_first_is_worked_on_the_same_is_told_when_to_come_again(service: Service):
    met: list[HTTPResponse] = []

    def meet(_request: Json) -> None:
        if not met:
            met.append(call(service, "/api/schedule-sms", AN_SMS))

    with handling("dynamodb", "BatchWriteItem", meet):
        first = call(service, "/api/schedule-sms", AN_SMS)

    assert first.status_code == 200
    assert (met[0].status_code, met[0].json_body["code"]) == (409, "idempotency_in_progress")
    assert 1 <= int(met[0].headers["Retry-After"]) <= LEASE.seconds
    assert job_count(service) == 1


def test_a_503_is_finished_by_the_very_next_call(service: Service):
    count = 0

    def failing_later(_request: Json) -> Reply | None:
        nonlocal count
        count += 1
        return an_error(UNKNOWN)(_request) if count > 40 else None

    with handling("dynamodb", "BatchWriteItem", failing_later):
        failed = call(service, "/api/schedule-sms/bulk", BULK)
    half = job_count(service)
    finished = call(service, "/api/schedule-sms/bulk", BULK)
    replayed = call(service, "/api/schedule-sms/bulk", BULK)
    job_ids = finished.json_body["jobIds"]

    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "1")
    assert 0 < half < 600
    assert finished.status_code == 200
    assert REPLAYED not in finished.headers
    assert replayed.json_body == finished.json_body
    assert {item["pk"]["S"] for item in service.items()} == set(job_ids)
    assert len(job_ids) == finished.json_body["accepted"] == 600


def test_a_delay_counts_from_the_first_call(service: Service):
    with handling("dynamodb", "BatchWriteItem", an_error(UNKNOWN)):
        call(service, "/api/schedule-sms", AN_SMS)
    (record,) = control_items()
    job_id = call(service, "/api/schedule-sms", AN_SMS).json_body["jobId"]
    job = wiring.store().get_jobs([job_id])[job_id]

    assert job.created_at.isoformat() == record["accepted_at"]["S"].replace("Z", "000+00:00")
    assert (job.due_at - job.created_at).total_seconds() == 60
    assert job.queue is Queue.SCHEDULED_SMS


def test_a_key_is_kept_for_a_day_in_one_small_item(service: Service):
    call(service, "/api/schedule-sms/bulk", BULK)
    (record,) = control_items()

    assert record["pk"]["S"] == "idempotency#w1#sms/bulk#spring"
    assert record["is_done"]["BOOL"]
    assert len(json.dumps(record)) < 1_024


def test_without_a_key_aws_is_asked_for_nothing_more(service: Service):
    asked: list[str] = []
    events = client("dynamodb").meta.events

    def note(model: Any, **_: object) -> None:  # noqa: ANN401
        asked.append(model.name)

    events.register_first("before-call.dynamodb", note)
    try:
        service.post("/api/schedule-sms", AN_SMS)
    finally:
        events.unregister("before-call.dynamodb", note)

    whose_turn = ["BatchGetItem", "BatchGetItem"]
    assert asked == [*whose_turn, "BatchWriteItem", "BatchWriteItem"]
    assert control_items() == []


def test_an_open_service_takes_keys_without_a_token(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPEN_SCHEDULING", "true")
    settings.cache_clear()
    first = call(service, "/api/schedule-sms", AN_SMS, token=None)
    again = call(service, "/api/schedule-sms", AN_SMS, token=None)

    assert again.json_body == first.json_body
    assert again.headers[REPLAYED] == "true"


def test_pages_of_other_origins_may_send_keys_and_read_what_was_replayed(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CORS_ORIGINS", "https://crm.example.com")
    settings.cache_clear()
    answer = service.post("/api/schedule-sms", AN_SMS, Origin="https://crm.example.com")

    assert REPLAYED in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(("path", "_body"), ROUTES)
def test_the_description_tells_of_keys(service: Service, path: str, _body: Json):
    document = service.get("/openapi.json", token=None).json_body
    operation = document["paths"][path]["post"]
    (parameter,) = operation["parameters"]

    assert (parameter["name"], parameter["in"]) == ("Idempotency-Key", "header")
    assert parameter["schema"]["maxLength"] == 255
    assert "409" in operation["responses"]
    assert REPLAYED in operation["responses"]["200"]["headers"]
