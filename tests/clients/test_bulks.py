"""Bulks of any length: cut into requests that the service takes, the ids in order."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from infra.clients.python.message_queue import QueueError
from tests.clients.callers import Caller
from tests.clients.scripted_service import Answer, Asked, Script, as_the_service

MOST_BYTES = 5_900_000


def messages(count: int, **fields: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    return [{"contact_id": str(number), **fields} for number in range(count)]


def ids(count: int) -> list[str]:
    return [f"job-{number}" for number in range(count)]


@pytest.mark.parametrize("channel", ["sms", "email"])
def test_a_bulk_has_its_defaults_and_its_messages(client: Caller, script: Script, channel: str):
    said = [{"contact_id": "0", "send_at": "2026-12-01T09:00:00"}, {"contact_id": "1"}]

    job_ids = client.call(
        f"schedule_{channel}_bulk", said, workspace_id="w1", max_attempts=2, metadata={"a_b": 1}
    )

    [asked] = script.asked
    assert job_ids == ids(2)
    assert asked.path == f"/api/schedule-{channel}/bulk"
    assert asked.body == {
        "workspaceId": "w1",
        "defaults": {"maxAttempts": 2, "metadata": {"a_b": 1}},
        "messages": [{"contactId": "0", "sendAt": "2026-12-01T09:00:00"}, {"contactId": "1"}],
    }


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (5_000, 1), (5_001, 2), (12_000, 3)])
def test_more_than_5000_messages_are_several_requests(
    client: Caller, script: Script, count: int, requests: int
):
    job_ids = client.call("schedule_sms_bulk", messages(count), workspace_id="w1", message="hi")

    assert job_ids == ids(count)
    assert all(len(asked.body["messages"]) <= 5_000 for asked in script.asked)
    assert len({asked.key for asked in script.asked}) == len(script.asked)
    assert requests <= len(script.asked) <= requests + 1


@pytest.mark.parametrize("html", ["x" * 300_000, '"' * 150_000, "✓" * 100_000])
def test_a_body_that_is_too_large_is_several_requests(client: Caller, script: Script, html: str):
    job_ids = client.call("schedule_email_bulk", messages(40, html=html), workspace_id="w1")

    assert job_ids == ids(40)
    assert all(len(asked.raw) <= MOST_BYTES for asked in script.asked)
    assert 3 <= len(script.asked) <= 8


def test_a_message_that_is_too_large_by_itself_is_the_service_s_to_refuse(
    client: Caller, script: Script
):
    script.then = lambda asked: as_the_service(asked) if len(asked.raw) < 6e6 else Answer(413)
    said = [*messages(1), {"contact_id": "large", "html": "x" * 6_000_000}, *messages(1)]

    with pytest.raises(QueueError) as caught:
        client.call("schedule_email_bulk", said, workspace_id="w1")

    assert caught.value.status == 413
    assert caught.value.job_ids == ["job-0"]


def test_a_bulk_that_breaks_off_tells_what_was_accepted_and_how_to_go_on(
    client: Caller, script: Script
):
    script.then = _refusing_the_second()
    with pytest.raises(QueueError) as caught:
        client.call("schedule_sms_bulk", messages(12_000), workspace_id="w1")
    first = script.asked.copy()
    script.then = as_the_service

    job_ids = client.call(
        "schedule_sms_bulk",
        messages(12_000),
        workspace_id="w1",
        idempotency_key=caught.value.idempotency_key,
    )

    assert caught.value.job_ids == ids(5_000)
    assert job_ids == ids(12_000)
    again = script.asked[len(first) :]
    assert [(each.key, each.raw) for each in again[:2]] == [(each.key, each.raw) for each in first]


def _refusing_the_second() -> Callable[[Asked], Answer]:
    numbers = itertools.count(1)

    def answer(asked: Asked) -> Answer:
        return as_the_service(asked) if next(numbers) != 2 else Answer(500)

    return answer
