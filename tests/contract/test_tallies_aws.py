"""Tallies on AWS alone: what expires, what poison becomes, and transactions that meet or fail."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters.dynamodb_census import DynamoCensus
from chalicelib.adapters.dynamodb_ledger import DynamoLedger
from chalicelib.adapters.dynamodb_tallies import DynamoTotals
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.ledger import Mark, Portion
from chalicelib.model.tally import Delta, MinuteKey, TallyKey, TotalKey
from chalicelib.ports.counting import Poison
from tests.contract.faulty_aws import (
    DENIED,
    UNKNOWN,
    Json,
    Reply,
    an_error,
    handling,
    losing_the_first_answer,
)
from tests.contract.stack import make_table
from tests.rig.builders import NOON

TOTAL = TotalKey("w1", Queue.SEND_SMS)
MARK = Mark(NOON, 0, (b"8 bytes.",))
TABLE = "TalliesTable"


@pytest.fixture
def ledger(aws: None) -> DynamoLedger:  # noqa: ARG001 - a fixture that has to be there
    return DynamoLedger(make_table(TABLE))


def a_portion(key: TallyKey = TOTAL) -> Portion:
    delta = Delta()
    delta.count("accepted")
    delta.happened("last_processed_at", NOON)
    return Portion((MARK,), {key: delta})


def the_item(pk: str, sk: str) -> dict[str, Any]:
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    return boto3.client("dynamodb").get_item(TableName=TABLE, Key=key)["Item"]


def cancelled(*reasons: str) -> Callable[[Json], Reply]:
    """Refuse a transaction, with a reason for each of its items."""
    body = {
        "Error": {"Code": "TransactionCanceledException", "Message": "made up"},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
        "ResponseMetadata": {},
    }
    return lambda _request: Reply(body, status_code=400)


def test_a_mark_expires_after_two_days(ledger: DynamoLedger):
    ledger.commit(a_portion())

    item = the_item("mark#2026-12-01T12:00:00.000Z", "00000000")
    assert int(item["expires_at"]["N"]) == (NOON + timedelta(days=2)).timestamp()


def test_a_minute_expires_after_90_days(ledger: DynamoLedger):
    ledger.commit(a_portion(MinuteKey("w1", Channel.SMS, NOON)))

    item = the_item("minute#sms#w1", "2026-12-01T12:00:00.000Z")
    assert item["accepted"] == {"N": "1"}
    assert int(item["expires_at"]["N"]) == (NOON + timedelta(days=90)).timestamp()


def test_a_total_never_expires(ledger: DynamoLedger):
    ledger.commit(a_portion())

    item = the_item("total#send-sms-queue", "w1")
    assert item["last_processed_at"] == {"S": "2026-12-01T12:00:00.000Z"}
    assert "expires_at" not in item


def test_poison_is_kept_under_its_day_with_all_that_is_known(ledger: DynamoLedger):
    poison = Poison("event-1", "job-1", NOON, "KeyError: 'status'", json.dumps({"a": 1}))
    ledger.set_aside(poison)
    ledger.set_aside(poison)

    item = the_item("poison#2026-12-01", "event-1")
    assert item["job_id"] == {"S": "job-1"}
    assert item["reason"] == {"S": "KeyError: 'status'"}
    assert item["record"] == {"S": '{"a": 1}'}


def test_transactions_that_meet_are_tried_again(ledger: DynamoLedger):
    conflict = cancelled("None", "TransactionConflict")
    with handling("dynamodb", "TransactWriteItems", conflict, conflict, lambda _request: None):
        assert ledger.commit(a_portion()) is True

    assert DynamoTotals(TABLE).of("w1")[Queue.SEND_SMS] == {"accepted": 1}


def test_transactions_that_keep_meeting_are_left_for_later(ledger: DynamoLedger):
    with (
        handling("dynamodb", "TransactWriteItems", cancelled("TransactionConflict", "None")),
        pytest.raises(RetryableError, match="others"),
    ):
        ledger.commit(a_portion())


def test_a_taken_number_is_told_even_where_transactions_meet_as_well(ledger: DynamoLedger):
    both = cancelled("ConditionalCheckFailed", "TransactionConflict")
    with handling("dynamodb", "TransactWriteItems", both):
        assert ledger.commit(a_portion()) is False


def test_a_throttled_transaction_is_left_for_later(ledger: DynamoLedger):
    with (
        handling("dynamodb", "TransactWriteItems", cancelled("None", "ThrottlingError")),
        pytest.raises(RetryableError, match="TransactionCanceled"),
    ):
        ledger.commit(a_portion())


def test_a_transaction_whose_answer_was_lost_is_applied_once(ledger: DynamoLedger):
    tokens: list[str] = []

    def noting(request: Json) -> None:
        tokens.append(request["ClientRequestToken"])

    with (
        handling("dynamodb", "TransactWriteItems", noting),
        losing_the_first_answer("dynamodb", "TransactWriteItems"),
    ):
        ledger.commit(a_portion())

    assert len(set(tokens)) == 1
    assert DynamoTotals(TABLE).of("w1")[Queue.SEND_SMS] == {"accepted": 1}


def test_what_was_left_unread_is_read_again(ledger: DynamoLedger):
    ledger.commit(a_portion())

    def leaving_all(request: Json) -> Reply:
        return Reply({"Responses": {}, "UnprocessedKeys": request["RequestItems"]})

    with handling("dynamodb", "BatchGetItem", leaving_all, lambda _request: None):
        assert DynamoTotals(TABLE).of("w1")[Queue.SEND_SMS] == {"accepted": 1}


def test_what_stays_unread_is_left_for_later(ledger: DynamoLedger):
    def leaving_all(request: Json) -> Reply:
        return Reply({"Responses": {}, "UnprocessedKeys": request["RequestItems"]})

    with (
        handling("dynamodb", "BatchGetItem", leaving_all),
        pytest.raises(RetryableError, match="unprocessed"),
    ):
        DynamoTotals(ledger.table).of("w1")


CALLS: dict[str, tuple[str, Callable[[], object]]] = {
    "marks": ("Query", lambda: DynamoLedger(TABLE).marks(NOON, since=0)),
    "commit": ("TransactWriteItems", lambda: DynamoLedger(TABLE).commit(a_portion())),
    "set aside": (
        "PutItem",
        lambda: DynamoLedger(TABLE).set_aside(Poison("e", "j", NOON, "why", "{}")),
    ),
    "of": ("BatchGetItem", lambda: DynamoTotals(TABLE).of("w1")),
    "everything": ("Query", lambda: list(DynamoTotals(TABLE).everything())),
    "everybody": ("Scan", lambda: list(DynamoCensus(make_table("JobsTable")).everybody())),
    "under way": ("Query", lambda: list(DynamoCensus("JobsTable").everybody())),
    "oldest": ("Query", lambda: DynamoCensus("JobsTable").oldest_pending_at("w1")),
}


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(("code", "expected"), [(UNKNOWN, RetryableError), (DENIED, OperatorError)])
def test_they_speak_our_errors(call: str, code: str, expected: type[Exception]):
    operation, act = CALLS[call]

    with handling("dynamodb", operation, an_error(code)), pytest.raises(expected, match=code):
        act()
