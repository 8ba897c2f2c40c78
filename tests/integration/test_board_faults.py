"""How the board hears of errors: each with its `error`, and nothing is changed."""

import pytest

from tests.contract.faulty_aws import DENIED, an_error, handling
from tests.integration.board import (
    DATA,
    SMS,
    call,
    delayed,
    error_of,
)
from tests.integration.operators import (
    PAST,
    keep,
    now,
)
from tests.integration.service import Service
from tests.rig.builders import a_job


@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("PUT", f"{SMS}/WAITING/retry", 400, "JOB_NOT_RETRIABLE"),
        ("PUT", f"{SMS}/WAITING/promote", 400, "JOB_NOT_DELAYED"),
        ("PUT", f"{SMS}/nobody/retry", 404, "JOB_NOT_FOUND"),
        ("PUT", "my-queue/WAITING/clean", 404, "JOB_NOT_FOUND"),
        ("PUT", "none/pause", 404, "QUEUE_NOT_FOUND"),
        ("GET", "none/1", 404, "QUEUE_NOT_FOUND"),
        ("PUT", f"{SMS}/retry/delayed", 400, "STATUS_NOT_RETRIABLE"),
        ("PUT", f"{SMS}/clean/active", 400, "INVALID_QUERY_PARAM"),
        ("PUT", f"{SMS}/obliterate", 400, "There is no obliterate here"),
        ("PUT", f"{SMS}/concurrency", 400, "There is no concurrency here"),
        ("PUT", f"{SMS}/nothing/of/this", 404, "This cannot be done"),
    ],
)
def test_what_is_refused_says_so(service: Service, method: str, path: str, status: int, error: str):
    job = a_job(due_at=PAST)
    keep(job)

    answer = call(service, method, f"/api/queues/{path.replace('WAITING', job.id)}")

    assert (answer.status_code, error_of(answer)) == (status, error)
    assert now(job).version == job.version


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "jobsPerPage=301",
        "status=bogus",
        "page=99999999999999999999",
        "page=%C2%B2",
    ],
)
def test_a_query_that_means_nothing_is_refused(service: Service, query: str):
    answer = call(service, "GET", f"/api/queues?activeQueue={SMS}&{query}")

    assert (answer.status_code, error_of(answer)) == (400, "INVALID_QUERY_PARAM")


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("PATCH", "JOB/delay", {"runAt": "x"}, "INVALID_RUN_AT"),
        ("PATCH", "JOB/delay", {"runAt": 10**18}, "INVALID_RUN_AT"),
        ("PATCH", "JOB/priority", {"priority": -1}, "INVALID_PRIORITY"),
        ("PATCH", "JOB/priority", {"priority": 2**21}, "INVALID_PRIORITY"),
        ("PATCH", "JOB/priority", {"priority": True}, "INVALID_PRIORITY"),
        ("POST", "add", {"name": 5}, "INVALID_REQUEST_BODY"),
        ("POST", "add", {"options": 5}, "INVALID_REQUEST_BODY"),
        ("POST", "add", {"data": DATA, "options": {"priority": "high"}}, "INVALID_PRIORITY"),
        ("POST", "add", {"data": DATA, "options": {"attempts": 99}}, "This cannot be taken"),
        ("POST", "add", {"data": DATA, "options": {"delay": -1}}, "This cannot be taken"),
        ("POST", "add", [], "This cannot be taken"),
    ],
)
def test_a_body_that_means_nothing_is_refused(
    service: Service, method: str, path: str, body: object, error: str
):
    job = delayed()
    keep(job)

    answer = call(service, method, f"/api/queues/{SMS}/{path.replace('JOB', job.id)}", body)

    assert (answer.status_code, error_of(answer)) == (400, error)


def test_an_outage_is_shown_as_one(service: Service):
    with handling("dynamodb", "GetItem", an_error(DENIED)):
        answer = call(service, "GET", "/api/queues")

    assert answer.status_code >= 500
    assert answer.json_body["error"]
