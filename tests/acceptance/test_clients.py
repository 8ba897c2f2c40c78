"""Both clients against the running service: what is scheduled goes through, what failed as well."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from infra.clients.python.message_queue import QueueError
from tests.clients.callers import Bounds, Caller, NodeCaller, PythonCaller
from tests.clients.node import running_node
from tests.rig.cloud.service import PATIENCE_S, Service
from tests.rig.sink.answers import Answer, Answers

SMS = {"contact_id": "c1", "phone_number": "+12025550123", "message": "hi"}
EMAIL = {"contact_id": "c1", "to": "a@example.com", "subject": "hi", "html": "<h1>hi</h1>"}
IN_AN_HOUR = {"delay": 3_600_000}


@pytest.fixture(params=["python", "javascript"])
def client(request: pytest.FixtureRequest, service: Service) -> Iterator[Caller]:
    url, tokens = service.cloud.url, [service.cloud.token]
    if request.param == "python":
        python = PythonCaller(url, tokens, Bounds())
        yield python
        python.close()
        return
    with running_node() as node:
        yield NodeCaller(node, url, tokens, Bounds())


@pytest.fixture
def workspace_id() -> str:
    """A workspace of the test's own."""
    return f"w-{uuid4()}"


@pytest.mark.parametrize(("name", "message"), [("schedule_sms", SMS), ("schedule_email", EMAIL)])
def test_a_message_goes_through(
    service: Service, client: Caller, workspace_id: str, name: str, message: dict[str, str]
):
    job_id = client.call(name, workspace_id=workspace_id, **message, metadata={"a_b": 1})
    status = client.call("wait_until_final", job_id, timeout_s=PATIENCE_S)

    [callback] = service.callbacks([job_id])
    assert callback.idempotency_key == job_id
    assert (status["status"], status["attempts"]) == ("COMPLETED", 1)
    assert status["job"]["metadata"] == {"a_b": 1}


def test_a_general_job_goes_through(service: Service, client: Caller, workspace_id: str):
    job_id = client.call(
        "schedule_job", workspace_id=workspace_id, data=[1], callback_endpoint="/do/it"
    )
    status = client.call("wait_until_final", job_id, timeout_s=PATIENCE_S)

    assert status["status"] == "COMPLETED"
    assert [callback.path for callback in service.callbacks([job_id])] == ["/do/it"]


def test_a_failed_message_is_retried_and_completes(
    service: Service, client: Caller, workspace_id: str
):
    service.sink.answer_with(Answers(by_attempt={1: Answer(404)}))
    job_id = client.call("schedule_sms", workspace_id=workspace_id, **SMS)
    failed = client.call("wait_until_final", job_id, timeout_s=PATIENCE_S)
    listed = client.call("failed", workspace_id, limit=5)
    service.sink.answer_with(Answers())

    job = client.call("retry", workspace_id, job_id)
    done = client.call("wait_until_final", job_id, timeout_s=PATIENCE_S)

    assert failed["status"] == "FAILED"
    assert [each["id"] for each in listed] == [job_id]
    assert (job["id"], job["status"], job["attempts"]) == (job_id, "pending", 0)
    assert done["status"] == "COMPLETED"
    assert len(service.callbacks([job_id])) == 2


def test_a_time_on_the_clocks_of_a_zone_is_by_the_pinned_rules(client: Caller, workspace_id: str):
    job_id = client.call(
        "schedule_sms",
        workspace_id=workspace_id,
        **SMS,
        send_at="2030-01-15T09:00:00",
        timezone="America/Vancouver",  # where the clocks are not put back any more since 2026
    )

    status = client.call("job_status", job_id)
    assert status["scheduledFor"] == "2030-01-15T16:00:00.000Z"


def test_a_bulk_is_scheduled_listed_counted_and_cancelled(
    service: Service, client: Caller, workspace_id: str
):
    messages = [SMS | {"contact_id": f"c{number}"} for number in range(3)]
    job_ids = client.call(
        "schedule_sms_bulk", messages, workspace_id=workspace_id, priority="low", **IN_AN_HOUR
    )
    pending = client.call("pending", workspace_id, limit=10)

    job = client.call("cancel", workspace_id, job_ids[0])

    assert [_contact_of(client, job_id) for job_id in job_ids] == ["c0", "c1", "c2"]
    assert {each["id"] for each in pending} == set(job_ids)
    assert {each["priority"] for each in pending} == {"low"}
    assert (job["id"], job["status"]) == (job_ids[0], "cancelled")
    figures = {"pending": 2, "cancelled": 1}
    assert service.figures(workspace_id, **figures) == figures
    assert figures.items() <= client.call("stats", workspace_id).items()


@pytest.mark.parametrize("client", ["python"], indirect=True)  # tests/clients: both send the same
def test_more_than_5000_messages_are_scheduled_in_order(client: Caller, workspace_id: str):
    messages = [SMS | {"contact_id": f"c{number}"} for number in range(5_001)]

    job_ids = client.call("schedule_sms_bulk", messages, workspace_id=workspace_id, **IN_AN_HOUR)

    assert len(set(job_ids)) == len(messages)
    asked = (0, 2_500, 2_501, 5_000)
    assert [_contact_of(client, job_ids[i]) for i in asked] == [f"c{i}" for i in asked]


def test_a_refusal_says_what_is_wrong(client: Caller, workspace_id: str):
    with pytest.raises(QueueError) as caught:
        client.call("schedule_sms", workspace_id=workspace_id, message="hi")

    assert (caught.value.status, caught.value.code) == (400, "invalid_request")
    assert {each["path"] for each in caught.value.errors} == {"contactId", "phoneNumber"}
    assert caught.value.request_id


def test_a_job_that_is_pending_cannot_be_retried(client: Caller, workspace_id: str):
    job_id = client.call("schedule_sms", workspace_id=workspace_id, **SMS, **IN_AN_HOUR)

    with pytest.raises(QueueError, match="cannot be retried") as caught:
        client.call("retry", workspace_id, job_id)

    assert caught.value.status == 409


def _contact_of(client: Caller, job_id: str) -> str:
    return client.call("job_status", job_id)["job"]["contactId"]
