"""IdempotencyRecords: one stands for each key, and only who knows it as it is may replace it."""

from datetime import timedelta

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.dynamodb_idempotency import DynamoIdempotencyRecords
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.idempotency import KEPT, Record
from chalicelib.ports.idempotency import IdempotencyRecords
from tests.contract.faulty_aws import DENIED, UNKNOWN, an_error, handling, losing_the_first_answer
from tests.contract.stack import make_table
from tests.rig.builders import NOON, a_record
from tests.rig.memory.idempotency import MemoryIdempotencyRecords

SECOND = timedelta(seconds=1)


@pytest.fixture
def records(world: str) -> IdempotencyRecords:
    """No key was used yet."""
    if world == "memory":
        return MemoryIdempotencyRecords()
    return DynamoIdempotencyRecords(make_table("ControlTable"))


@pytest.fixture
def on_aws(aws: None) -> DynamoIdempotencyRecords:  # noqa: ARG001 - a fixture that has to be there
    return DynamoIdempotencyRecords(make_table("ControlTable"))


def standing(records: IdempotencyRecords, record: Record) -> Record:
    """What another call with the same key finds."""
    return records.begin(a_record(**_names(record), seed="other", holder="other"))


def _names(record: Record) -> dict[str, str]:
    request = record.request
    return {"workspace_id": request.workspace_id, "route": request.route, "key": request.key}


def test_a_new_key_begins_a_record(records: IdempotencyRecords):
    record = a_record()

    assert records.begin(record) == record


@pytest.mark.parametrize(
    "record",
    [
        a_record(),
        a_record(key=" !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", count=5_000, fingerprint="f" * 64),
        a_record(key="x" * 255).preparing(250).preparing(500),
        a_record().preparing(3).released(),
        a_record().preparing(3).done(),
        a_record().taken_over("second", at=NOON + timedelta(milliseconds=1)),
    ],
)
def test_the_first_record_stands_whatever_it_says(records: IdempotencyRecords, record: Record):
    records.begin(record)

    assert standing(records, record) == record


@pytest.mark.parametrize(
    "other", [{"workspace_id": "w2"}, {"route": "sms/one"}, {"key": "spring#1"}, {"key": "SPRING"}]
)
def test_workspaces_routes_and_keys_do_not_mix(records: IdempotencyRecords, other: dict[str, str]):
    records.begin(a_record())
    record = a_record(**other, holder="other")

    assert records.begin(record) == record


def test_a_record_stands_until_it_expires(records: IdempotencyRecords):
    first = a_record()
    records.begin(first)
    late = a_record(accepted_at=NOON + KEPT - timedelta(milliseconds=1), holder="late")
    later = a_record(accepted_at=NOON + KEPT, holder="later")

    assert records.begin(late) == first
    assert records.begin(later) == later
    assert standing(records, first) == later


def test_a_record_is_found_by_its_names_until_it_expires(records: IdempotencyRecords):
    record = a_record().preparing(3)
    records.begin(record)
    names = {"route": record.request.route, "key": record.request.key}
    last = NOON + KEPT - timedelta(milliseconds=1)

    assert records.find(record.request.workspace_id, **names, at=last) == record
    assert records.find(record.request.workspace_id, **names, at=NOON + KEPT) is None
    assert records.find("w2", **names, at=NOON) is None


def test_a_record_is_replaced_by_what_became_of_it(records: IdempotencyRecords):
    record = a_record()
    records.begin(record)
    after = record.preparing(250)

    assert records.replace(record, after)
    assert records.replace(after, after.done())
    assert standing(records, record) == after.done()


def test_a_record_that_has_changed_is_not_replaced(records: IdempotencyRecords):
    record = a_record()
    records.begin(record)
    records.replace(record, record.preparing(250))

    assert not records.replace(record, record.released())
    assert standing(records, record) == record.preparing(250)


def test_of_two_who_take_over_one_does(records: IdempotencyRecords):
    record = a_record().released()
    records.begin(record)

    assert records.replace(record, record.taken_over("second", at=NOON))
    assert not records.replace(record, record.taken_over("third", at=NOON))
    assert standing(records, record).holder == "second"


def test_a_record_that_was_begun_anew_is_not_replaced(records: IdempotencyRecords):
    old = a_record()
    records.begin(old)
    new = a_record(accepted_at=NOON + KEPT, holder="new")
    records.begin(new)

    assert not records.replace(old, old.preparing(250))
    assert standing(records, new) == new


def test_nothing_is_replaced_where_nothing_stands(records: IdempotencyRecords):
    record = a_record()

    assert not records.replace(record, record.done())
    assert records.begin(record) == record


def test_a_record_is_forgotten_by_ttl(on_aws: DynamoIdempotencyRecords):
    on_aws.begin(a_record(accepted_at=NOON + timedelta(milliseconds=1)))
    (item,) = client("dynamodb").scan(TableName="ControlTable")["Items"]

    assert int(item["expires_at"]["N"]) == int((NOON + KEPT + SECOND).timestamp())


def test_a_begin_whose_answer_was_lost_was_ours(on_aws: DynamoIdempotencyRecords):
    record = a_record()

    with losing_the_first_answer("dynamodb", "PutItem"):
        assert on_aws.begin(record) == record


def test_a_change_whose_answer_was_lost_was_made_all_the_same(on_aws: DynamoIdempotencyRecords):
    record = a_record().released()
    on_aws.begin(record)

    with losing_the_first_answer("dynamodb", "PutItem"):
        assert on_aws.replace(record, record.taken_over("second", at=NOON))


@pytest.mark.parametrize(("code", "expected"), [(UNKNOWN, RetryableError), (DENIED, OperatorError)])
def test_the_records_speak_our_errors(
    on_aws: DynamoIdempotencyRecords, code: str, expected: type[Exception]
):
    with handling("dynamodb", "PutItem", an_error(code)), pytest.raises(expected, match=code):
        on_aws.begin(a_record())
