"""Every mutating route leaves exactly one audit entry, whichever way it ends."""

from collections.abc import Callable
from dataclasses import dataclass

import boto3
import pytest
from chalice.test import HTTPResponse

from tests.contract.faulty_aws import DENIED, UNKNOWN, an_error, handling
from tests.integration.operators import (
    QUEUE,
    a_completed_job,
    a_failed_job,
    ask,
    audit,
    keep,
    remove,
    tell,
)
from tests.integration.service import Json, Service, a_token
from tests.rig.builders import a_job

SMS: Json = {"filter": {"channel": "sms"}}


@dataclass(frozen=True)
class Route:
    """A mutating route: how it is called, and a role that may not."""

    action: str
    call: Callable[[Service, str], HTTPResponse]
    of_job: bool = True
    state: str = "failed"


def posted(path: str, body: object = None) -> Callable[[Service, str], HTTPResponse]:
    return lambda service, role: tell(service, path, body, role=role)


ROUTES = [
    Route("retry", posted("/job-1/retry")),
    Route("cancel", posted("/job-1/cancel"), state="pending"),
    Route("delete", lambda service, role: remove(service, "/job-1", role=role)),
    Route("process_now", posted("/process-now"), of_job=False),
    Route("retry_failed", posted("/retry-failed", SMS), of_job=False),
    Route("cancel_pending", posted("/cancel-pending", SMS), of_job=False),
]
OF_JOBS = [route for route in ROUTES if route.of_job]
each = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.action)
each_of_jobs = pytest.mark.parametrize("route", OF_JOBS, ids=lambda route: route.action)


def prepare(route: Route) -> None:
    keep(a_failed_job(id="job-1") if route.state == "failed" else a_job(id="job-1"))


@each
def test_an_act_that_is_done(service: Service, route: Route):
    prepare(route)

    answer = route.call(service, "admin")

    assert answer.status_code in {200, 204}
    (entry,) = audit(service)
    assert entry.keys() == {
        "id",
        "at",
        "action",
        "jobId",
        "subject",
        "role",
        "sourceIp",
        "requestId",
        "before",
        "after",
        "result",
    }
    assert (entry["action"], entry["result"]) == (route.action, "done")
    assert (entry["subject"], entry["role"], entry["sourceIp"]) == ("ada", "admin", "127.0.0.1")
    assert entry["requestId"] == answer.headers["X-Request-Id"]
    assert entry["jobId"] == ("job-1" if route.of_job else None)


@pytest.mark.parametrize(
    ("route", "states"),
    [
        (ROUTES[0], ("failed", "pending")),
        (ROUTES[1], ("pending", "cancelled")),
        (ROUTES[2], ("failed", "deleted")),
    ],
)
def test_the_states_before_and_after(service: Service, route: Route, states: tuple[str, str]):
    prepare(route)
    route.call(service, "admin")

    (entry,) = audit(service)

    assert (entry["before"], entry["after"]) == states


@each_of_jobs
def test_an_act_on_a_job_that_is_not_there(service: Service, route: Route):
    assert route.call(service, "admin").status_code == 404

    (entry,) = audit(service)
    assert (entry["result"], entry["before"], entry["after"]) == ("job_not_found", None, None)


@pytest.mark.parametrize("route", OF_JOBS[:2], ids=lambda route: route.action)
def test_an_act_that_the_state_refuses(service: Service, route: Route):
    keep(a_completed_job(id="job-1"))

    assert route.call(service, "admin").status_code == 409

    (entry,) = audit(service)
    assert entry["result"].startswith("cannot_be_")
    assert (entry["before"], entry["after"]) == ("completed", "completed")


@each
def test_an_act_that_the_role_may_not_do(service: Service, route: Route):
    prepare(route)

    assert route.call(service, "user").status_code == 403

    (entry,) = audit(service)
    assert (entry["result"], entry["role"]) == ("forbidden", "user")


@pytest.mark.parametrize("path", ["/retry-failed", "/cancel-pending"])
@pytest.mark.parametrize(
    ("body", "result"),
    [(b"{", "malformed_json"), (b"[]", "malformed_json"), ({}, "invalid_request")],
)
def test_an_act_with_a_bad_body(service: Service, path: str, body: object, result: str):
    assert tell(service, path, body).status_code == 400

    (entry,) = audit(service)
    assert entry["result"] == result


@each
@pytest.mark.parametrize(
    ("code", "status", "result"), [(UNKNOWN, 503, "unavailable"), (DENIED, 500, "misconfigured")]
)
def test_an_act_while_the_jobs_cannot_be_read(
    service: Service, route: Route, code: str, *, status: int, result: str
):
    prepare(route)
    reading = "BatchGetItem" if route.of_job else "Query"

    with handling("dynamodb", reading, an_error(code)):
        assert route.call(service, "admin").status_code == status

    (entry,) = audit(service)
    assert entry["result"] == result


@each
def test_an_act_that_cannot_be_written_down_is_not_done(service: Service, route: Route):
    prepare(route)
    before = service.items()

    with handling("dynamodb", "PutItem", an_error(UNKNOWN)):
        assert route.call(service, "admin").status_code == 503

    assert service.items() == before
    assert audit(service) == []


@each
@pytest.mark.parametrize("token", [None, "made-up", a_token(workspaces=["w2"], role="admin")])
def test_strangers_leave_no_entry(service: Service, route: Route, token: str | None):
    prepare(route)
    path = f"{QUEUE}/job-1"
    if route.action == "delete":
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer = service.client.http.delete(path, headers=headers)
    else:
        paths = {"retry": "/job-1/retry", "cancel": "/job-1/cancel"}
        rest = paths.get(route.action, f"/{route.action.replace('_', '-')}")
        answer = service.post(f"{QUEUE}{rest}", SMS, token=token)

    assert answer.status_code in {401, 404}
    assert boto3.client("dynamodb").scan(TableName="AuditTable")["Items"] == []


def test_the_trail_is_read_page_by_page_the_newest_first(service: Service):
    for number in range(5):
        remove(service, f"/job-{number}")

    first = ask(service, "/audit", limit=2).json_body
    rest = ask(service, "/audit", limit=50, cursor=first["cursor"]).json_body

    assert [entry["jobId"] for entry in first["entries"]] == ["job-4", "job-3"]
    assert [entry["jobId"] for entry in rest["entries"]] == ["job-2", "job-1", "job-0"]
    assert rest["cursor"] is None


def test_what_was_done_is_answered_though_its_end_cannot_be_written_down(service: Service):
    keep(a_failed_job(id="job-1"))

    with handling("dynamodb", "UpdateItem", an_error(UNKNOWN)):
        assert tell(service, "/job-1/retry").status_code == 200

    (entry,) = audit(service)
    assert entry["result"] == "started"
