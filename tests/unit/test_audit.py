"""Acts under audit: one entry each, whichever way it ends."""

from dataclasses import replace

import pytest

from chalicelib.errors import (
    Forbidden,
    InvalidRequest,
    Misconfigured,
    NotFound,
    OperatorError,
    RetryableError,
    ServiceError,
    WrongState,
)
from chalicelib.flow.audit import DONE, FAILED, Trace
from chalicelib.model.audit import UNFINISHED, Act, AuditEntry
from tests.rig.builders import NOON
from tests.rig.desk import Desk

ENTRY = AuditEntry(
    id="act-1",
    at=NOON,
    workspace_id="w1",
    act=Act.RETRY,
    subject="somebody",
    role="admin",
    source_ip="192.0.2.1",
    request_id="r-1",
    job_id="job-1",
)


def entries(desk: Desk) -> list[AuditEntry]:
    return list(desk.trail.entries.values())


def test_an_act_that_is_done_says_what_it_changed():
    desk = Desk()

    def act(trace: Trace) -> str:
        assert entries(desk) == [ENTRY]
        trace.before, trace.after = "failed", "pending"
        return "answer"

    assert desk.audited(ENTRY, act) == "answer"
    assert entries(desk) == [replace(ENTRY, result=DONE, before="failed", after="pending")]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Forbidden("no"), "forbidden"),
        (NotFound("no", code="job_not_found"), "job_not_found"),
        (InvalidRequest("no"), "invalid_request"),
        (RetryableError("busy"), "unavailable"),
        (OperatorError("broken"), "misconfigured"),
        (Misconfigured("broken"), "misconfigured"),
        (ServiceError("anything"), FAILED),
        (ZeroDivisionError(), FAILED),
    ],
)
def test_an_act_that_fails_says_how_and_fails_all_the_same(error: Exception, result: str):
    desk = Desk()

    def act(_: Trace) -> None:
        raise error

    with pytest.raises(type(error)):
        desk.audited(ENTRY, act)
    assert entries(desk) == [replace(ENTRY, result=result)]


def test_an_act_that_the_state_refused_names_the_state():
    desk = Desk()

    def act(_: Trace) -> None:
        raise WrongState("no", code="cannot_be_retried", state="completed")

    with pytest.raises(WrongState):
        desk.audited(ENTRY, act)
    assert entries(desk) == [
        replace(ENTRY, result="cannot_be_retried", before="completed", after="completed")
    ]


def test_what_cannot_be_written_down_is_not_done():
    desk = Desk()
    desk.trail.faults.add("begin", RetryableError("busy"))

    with pytest.raises(RetryableError):
        desk.audited(ENTRY, lambda _: pytest.fail("it was done"))
    assert entries(desk) == []


def test_what_was_done_is_answered_though_its_end_cannot_be_written_down():
    desk = Desk()
    desk.trail.faults.add("end", RetryableError("busy"))

    assert desk.audited(ENTRY, lambda _: "answer") == "answer"
    assert [entry.result for entry in entries(desk)] == [UNFINISHED]
