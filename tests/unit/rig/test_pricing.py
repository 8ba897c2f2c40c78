"""What the record of calls adds up to."""

from collections.abc import Mapping

import pytest

from tests.rig.pricing.bill import Case, bill
from tests.rig.pricing.prices import (
    LAMBDA_GB_S,
    MILLION,
    SQS_FAIR_SURCHARGE,
    SQS_REQUEST,
    WRITE_UNIT,
)
from tests.rig.pricing.usage import Kept, function_of, usage

_ROLE = "assumed-role/message-queue-SendSmsRole-1A2B3C/message-queue-SendSms-4D5E6F"


def a_write(**fields: object) -> dict[str, object]:
    """A job that was completed: a unit in its table, two in an index."""
    return {
        "at": 1.0,
        "service": "dynamodb",
        "by": _ROLE,
        "action": "PutItem",
        "table": "message-queue-JobsTable-1A2B",
        "kind": "job",
        "move": "processing → completed",
        "is_refused": False,
        "write": 1,
        "indexes": {"agenda": 2},
        "bytes": 900,
        "entries": {"agenda": 200},
    } | fields


def a_message(action: str, *, messages: int, size_bytes: int = 0, is_fair: bool = False):
    """A call of SQS."""
    what = {"action": action, "messages": messages, "bytes": size_bytes, "is_fair": is_fair}
    return {"at": 1.0, "service": "sqs", "by": _ROLE} | what


def used(*calls: Mapping[str, object], of_rescue: bool = False):
    """What these calls come to."""
    return usage(calls, since_s=0, until_s=2, of_rescue=of_rescue)


@pytest.mark.parametrize(
    ("caller", "name"), [(_ROLE, "SendSms"), ("message-queue-APIHandler-4D5E6F", "APIHandler")]
)
def test_a_caller_is_known_by_its_function(caller: str, name: str):
    assert function_of(caller) == name


def test_writes_are_told_apart_by_what_they_were_for():
    found = used(a_write(), a_write(is_refused=True, move="refused", indexes={}))

    assert found.writes == {
        "JobsTable: job processing → completed": 1,
        "JobsTable: job processing → completed, agenda": 2,
        "JobsTable: job refused": 1,
    }
    assert found.kept == {"job": Kept(items=1, size_bytes=900, entries=1, entries_bytes=200)}


def test_strangers_the_rescue_and_other_times_are_left_out():
    rescue = a_write(by="assumed-role/message-queue-RescueRole-1A2B/message-queue-Rescue-3C")
    calls = (a_write(by="root"), rescue, a_write(at=2.0))

    assert not used(*calls).writes
    assert used(*calls, of_rescue=True).writes.total() == 3


def test_sqs_is_charged_by_request_and_by_64_kb():
    found = used(
        a_message("SendMessageBatch", messages=10, size_bytes=70_000, is_fair=True),
        a_message("ReceiveMessage", messages=0),
        a_message("mapping receives", messages=11),
    )

    assert found.sqs.total() == 2 + 1 + 2
    assert found.fair_requests == 2 + 2


def test_a_bill_is_for_a_million():
    sent = a_message("SendMessageBatch", messages=1, size_bytes=1, is_fair=True)
    worked = {"at": 1.0, "service": "lambda", "by": "message-queue-SendSms-4D5E6F"}
    found = used(sent, worked | {"memory_mb": 512, "took_ms": 2_000, "cpu_ms": 10})

    billed = bill(Case("SMS", 10, found, callback_bytes=0, callbacks=10, log_bytes=0))

    assert billed["SQS"] == pytest.approx((SQS_REQUEST.usd + SQS_FAIR_SURCHARGE.usd) * MILLION / 10)
    assert billed["Lambda: workers"] == pytest.approx(0.5 * 2 * LAMBDA_GB_S.usd * MILLION / 10)


def test_what_is_kept_is_paid_by_the_month():
    found = used(a_write(), a_write(bytes=1_100))

    billed = bill(Case("SMS", 2, found, callback_bytes=0, callbacks=2, log_bytes=0))

    table_gb, index_gb, months = 1.1, 0.3, 90 / 30.4
    expected = months * ((table_gb + index_gb) * 0.25 + table_gb * 0.20)
    assert billed["Storage, with point-in-time recovery"] == pytest.approx(expected)


def test_the_log_of_what_was_completed_is_written_by_batch_and_kept_as_long_as_the_jobs():
    log = a_write(
        table="message-queue-TalliesTable-3C4D",
        kind="2026-11-26T12:00:00.000Z#01M8",
        move="nothing → there",
        indexes={},
        bytes=1_900,
        entries={},
    )
    jobs = [a_write(bytes=1_900, entries={}, indexes={}) for _ in range(2)]

    found = used(*jobs, log)
    billed = bill(Case("SMS", 2, found, callback_bytes=0, callbacks=2, log_bytes=0))

    assert found.writes["TalliesTable: completions"] == 1
    assert billed["DynamoDB writes: tallies"] == pytest.approx(
        0.5 * 4 / 3 * WRITE_UNIT.usd * MILLION
    )
    months, gb = 90 / 30.4, 2.0 + 1.0
    kept = billed["Storage, with point-in-time recovery"]
    assert kept == pytest.approx(months * gb * (0.25 + 0.20))
