"""The API's description: it tells of every route, and every real answer has the shape it says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from chalice.test import HTTPResponse
from pydantic import TypeAdapter, ValidationError

import app
from chalicelib import wiring
from chalicelib.web.answer_shapes import ErrorAnswer
from chalicelib.web.operation_table import OPERATIONS, Operation
from tests.integration.routes import BOARD, PAGES, PROTECTED, Route, Says
from tests.integration.service import Json, Service, a_token
from tests.integration.test_metrics import count, ended
from tests.rig.builders import LEASE, a_job, an_outcome, stored

ADMIN = a_token(role="admin", workspaces="*")


@pytest.fixture
def document(service: Service) -> Json:
    answer = service.get("/openapi.json", token=None)
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json_body


def references(node: object) -> Iterator[str]:
    """Every `$ref` of a document."""
    match node:
        case dict():
            if "$ref" in node:
                yield node["$ref"]
            for child in node.values():
                yield from references(child)
        case list():
            for child in node:
                yield from references(child)
        case _:
            pass


def test_every_route_is_described(document: Json):
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }

    served = {
        (method, path)
        for path, methods in app.app.routes.items()
        for method in methods
        if method != "OPTIONS" and not path.startswith((BOARD, *PAGES))
    }
    assert set(OPERATIONS) == served
    assert len(described) == len(served)
    assert document["openapi"] == "3.1.0"


def test_every_reference_leads_somewhere(document: Json):
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert set(references(document)) <= known


def test_operations_have_names_of_their_own_and_say_what_they_do(document: Json):
    operations = [each for item in document["paths"].values() for each in item.values()]

    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"].endswith(".") for each in operations)


@pytest.mark.parametrize("route", PROTECTED, ids=lambda route: f"{route.method} {route.path}")
def test_the_roles_are_those_of_the_contract(document: Json, route: Route):
    path = route.path
    for name in ("business_id", "workspace_id", "job_id", "communication_id"):
        head, _, tail = name.partition("_")
        path = path.replace(name, head + tail.capitalize())

    described = document["paths"][path][route.method.lower()]

    roles = described["description"].removeprefix("For the roles ").removesuffix(".")
    assert set(roles.split(", ")) == set(route.roles)


def test_a_model_that_validates_is_the_one_that_is_described(document: Json):
    sms = document["components"]["schemas"]["SmsRequest"]

    assert set(sms["required"]) == {"workspaceId", "phoneNumber", "message", "contactId"}
    assert sms["properties"]["maxAttempts"]["maximum"] == 10


def check(operation: Operation, answer: HTTPResponse) -> None:
    """The answer has exactly the shape that is described."""
    if operation.answer is None:
        assert (answer.status_code, answer.body) == (204, b"")
    elif operation.media_type != "application/json":
        assert answer.headers["Content-Type"].startswith(operation.media_type)
    else:
        TypeAdapter(operation.answer).validate_json(answer.body, extra="forbid")


@pytest.fixture
def busy(service: Service) -> Service:
    """A workspace with jobs in each state, metrics, and an audit trail."""
    at = datetime.now(UTC) - timedelta(hours=1)
    job = a_job(id="FAILED", created_at=at, updated_at=at, due_at=at)
    claimed = job.claim(at=at, lease=LEASE)
    failed = claimed.record(an_outcome(400), at=at, wait=timedelta())
    wiring.store().add([stored(failed), stored(replace(job, id="PENDING"))])
    count(service, ended(a_job(), [429, 200]))
    return service


@pytest.mark.parametrize("route", PROTECTED, ids=lambda route: f"{route.method} {route.path}")
def test_a_real_answer_has_the_shape_that_is_described(busy: Service, route: Route):
    job_id = "FAILED" if route.path.endswith(("retry", "{job_id}")) else "PENDING"
    names = {"business_id": "w1", "workspace_id": "w1", "job_id": job_id}
    path = route.path.format(**names, communication_id="FAILED")
    body = (route.body or {}) | ({"workspaceId": "w1"} if route.says is Says.BODY else {})

    answer = busy.client.http.request(
        route.method,
        path,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {ADMIN}"},
        body=json.dumps(body).encode(),
    )

    assert answer.status_code in {200, 204}, answer.body
    check(OPERATIONS[route.method, route.path], answer)


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs"])
def test_a_public_answer_has_the_shape_that_is_described(service: Service, path: str):
    check(OPERATIONS["GET", path], service.get(path, token=None))


def test_an_error_has_the_shape_that_is_described(service: Service):
    adapter = TypeAdapter(ErrorAnswer)
    errors = [
        service.post("/api/schedule-sms", {}),
        service.post("/api/schedule-sms", {}, token=None),
        service.get("/api/job-status/unknown"),
    ]

    for answer in errors:
        adapter.validate_json(answer.body, extra="forbid")
    assert [answer.status_code for answer in errors] == [400, 401, 404]


def test_a_shape_refuses_what_it_does_not_say():
    with pytest.raises(ValidationError):
        TypeAdapter(ErrorAnswer).validate_python(
            {"success": False, "message": "", "code": "", "more": 1}, extra="forbid"
        )


def test_the_page_is_self_contained(service: Service):
    answer = service.get("/docs", token=None)

    text = answer.body.decode()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "/api/businesses/{businessId}/communication-queue/stats" in text
    assert "<script" not in text
    assert "http" not in text.replace("https:///", "")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
