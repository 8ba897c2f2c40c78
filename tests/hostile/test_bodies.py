"""Whatever body comes, to whichever route: a 4xx in the one shape, and nothing is stored."""

import base64
from typing import Any

import pytest
from chalice.test import HTTPResponse

import app
from chalicelib.adapters.aws_clients import client
from tests.hostile.bodies import CONTENT_TYPES, MANY_KEYS, TOO_LARGE, UNFIT, UNREADABLE
from tests.integration.board import MOUNT, basic
from tests.integration.routes import PROTECTED, Route
from tests.integration.service import Context, Json, Service, a_token
from tests.integration.test_scheduling import AN_SMS

ADMIN = a_token(role="admin", workspaces="*")
IDS = {
    "business_id": "w1",
    "workspace_id": "w1",
    "job_id": "01M8AVGSB5QP2T69VG9TF8VGZ7",
    "communication_id": "c1",
}
READING = [route for route in PROTECTED if route.body is not None]
#: These change something by their path alone; what comes with it is nobody's.
BODILESS = [r for r in PROTECTED if r.body is None and r.method != "GET"]
SHAPE = {"success", "message", "code"}


def send(service: Service, route: Route, body: bytes, **headers: str) -> HTTPResponse:
    """A request of somebody who may do everything."""
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {ADMIN}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    path = route.path.format_map(IDS)
    return service.client.http.request(route.method, path, headers=sent, body=body)


def has_the_shape(answer: HTTPResponse) -> bool:
    """Whether it is an error as the contract has it, of a size that a gateway passes on."""
    body = answer.json_body
    is_listing = answer.status_code == 400
    return (
        body.keys() == SHAPE | ({"errors"} if is_listing else set())
        and body["success"] is False
        and all(fault.keys() == {"path", "message"} for fault in body.get("errors", []))
        and len(answer.body) < 100_000
    )


def stored() -> set[str]:
    """What is in the tables, but for the entries that say who tried what."""
    tables = client("dynamodb").list_tables()["TableNames"]
    count = {name: client("dynamodb").scan(TableName=name)["Count"] for name in tables}
    return {name for name, items in count.items() if items and name != "AuditTable"}


@pytest.mark.parametrize("route", READING, ids=lambda route: route.path)
def test_a_body_that_cannot_be_read_is_refused(service: Service, route: Route):
    for name, body in UNREADABLE.items():
        answer = send(service, route, body)

        assert (answer.status_code, answer.json_body["code"]) == (400, "malformed_json"), name
        assert has_the_shape(answer), name
    assert stored() == set()


@pytest.mark.parametrize("route", READING, ids=lambda route: route.path)
def test_a_body_that_says_something_else_is_refused(service: Service, route: Route):
    for name, body in UNFIT.items():
        answer = send(service, route, body)

        assert answer.status_code == 400, name
        assert has_the_shape(answer), name
        assert answer.json_body["errors"] or answer.json_body["code"] == "malformed_json", name
    assert stored() == set()


@pytest.mark.parametrize("route", READING, ids=lambda route: route.path)
def test_a_body_that_is_declared_otherwise_is_refused(service: Service, route: Route):
    for declared in CONTENT_TYPES:
        answer = send(service, route, b"{}", Content_Type=declared)

        assert answer.status_code == 415, declared
        assert has_the_shape(answer), declared


@pytest.mark.parametrize("route", READING, ids=lambda route: route.path)
@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_body_that_no_lambda_could_get_is_refused(service: Service, route: Route, name: str):
    answer = send(service, route, TOO_LARGE[name]())

    assert (answer.status_code, answer.json_body["code"]) == (413, "too_large")
    assert has_the_shape(answer)


@pytest.mark.parametrize("route", BODILESS, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_that_takes_no_body_is_not_hurt_by_one(service: Service, route: Route):
    for name, body in (UNREADABLE | UNFIT).items():
        answer = send(service, route, body)

        assert answer.status_code in {200, 404}, name
        assert answer.status_code == 200 or has_the_shape(answer), name
    assert stored() == set()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "send-sms-queue/add"),
        ("PUT", "my-queue/01M8AVGSB5QP2T69VG9TF8VGZ7/reschedule"),
        ("PATCH", "send-sms-queue/01M8AVGSB5QP2T69VG9TF8VGZ7/update-data"),
        ("PUT", "send-sms-queue/retry/failed"),
    ],
)
def test_the_board_is_not_hurt_by_a_body(service: Service, method: str, path: str):
    headers = {"Authorization": basic(), "Content-Type": "application/json"}
    for name, body in (UNREADABLE | UNFIT).items():
        where = f"{MOUNT}/api/queues/{path}"
        answer = service.client.http.request(method, where, headers=headers, body=body)

        assert answer.status_code < 500, name
        assert "job" not in (answer.json_body or {}), name
        assert len(answer.body) < 100_000, name
    assert stored() == set()


def test_a_duplicate_among_100_000_keys_is_found(service: Service):
    """By whoever compares each with each, after two minutes."""
    answer = service.post("/api/schedule-sms", MANY_KEYS)

    assert "'k99999' stands twice" in answer.json_body["message"]


def test_a_bulk_of_faults_lists_every_message_within_what_lambda_gives_back(service: Service):
    wrong = (*AN_SMS, "sendAt", "dayNumber", "sendTime", "timezone", "priority")
    bad: Json = {name: [] for name in wrong}
    body = {"workspaceId": "w1", "messages": [bad] * 5_000}
    answer = service.post("/api/schedule-sms/bulk", body)
    indexes = {fault["path"].split(".")[1] for fault in answer.json_body["errors"]}

    assert answer.status_code == 400
    assert indexes == {str(i) for i in range(5_000)}
    assert len(answer.body) < 4_000_000


def event_of(body: object, *, is_base64: object) -> Json:
    """A request as API Gateway hands it over."""
    return {
        "resource": "/api/schedule-sms",
        "path": "/api/schedule-sms",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json", "authorization": f"Bearer {ADMIN}"},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/api/schedule-sms",
            "httpMethod": "POST",
            "path": "/api/schedule-sms",
            "identity": {},
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


SENT = base64.b64encode(b'{"a": 1}').decode()


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        (None, False),
        (None, True),
        ("", True),
        ("%%%", True),
        ("A", True),
        (SENT[:-2], True),
        ("Gr\u00fc\u00dfe", True),
        ("{}", True),
        (SENT, True),
        (SENT, False),
        ("\ud800", False),
        ('{"a": "\ud83d"}', False),
    ],
)
def test_a_body_in_base64_is_read_or_refused(service: Service, body: Any, is_base64: bool):  # noqa: ANN401, FBT001
    answer = app.app(event_of(body, is_base64=is_base64), Context())

    assert answer["statusCode"] == 400
    assert '"success":false' in answer["body"]
    assert service.items() == []
