"""AWS on a bad day: adapters speak our errors, repeat what is left, and believe no lost answer."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from chalicelib.adapters.dynamodb_pace import DynamoPace
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.agenda import shard_of
from chalicelib.model.channel import Queue
from chalicelib.model.slots import Run
from chalicelib.ports.delivery import Parcel
from chalicelib.ports.jobs import Stored
from tests.contract.aws_probes import EventBridgeAlarm, SqsPost
from tests.contract.faulty_aws import (
    DENIED,
    UNKNOWN,
    Json,
    Reply,
    an_error,
    handling,
    losing_the_first_answer,
)
from tests.contract.stack import a_job_store, make_table
from tests.rig.builders import NOON, a_claimed_job, a_job, an_envelope, stored

SECOND = timedelta(seconds=1)


@pytest.fixture
def jobs(aws: None) -> DynamoJobStore:  # noqa: ARG001 - a fixture that has to be there
    return a_job_store()


@pytest.fixture
def slots(aws: None) -> DynamoPace:  # noqa: ARG001 - the same
    return DynamoPace(make_table("ControlTable"))


CALLS: dict[str, Callable[[DynamoJobStore], object]] = {
    "BatchWriteItem": lambda jobs: jobs.add([stored()]),
    "BatchGetItem": lambda jobs: jobs.get("job"),
    "PutItem": lambda jobs: jobs.move(a_job(id="job"), a_claimed_job(id="job")),
    "UpdateItem": lambda jobs: jobs.touch(a_job()),
    "Query": lambda jobs: jobs.needing_attention(
        Queue.MY_QUEUE, 0, since=None, until=NOON, limit=1
    ),
}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize(("code", "expected"), [(UNKNOWN, RetryableError), (DENIED, OperatorError)])
def test_the_store_speaks_our_errors(
    jobs: DynamoJobStore, operation: str, code: str, expected: type[Exception]
):
    with handling("dynamodb", operation, an_error(code)), pytest.raises(expected, match=code):
        CALLS[operation](jobs)


@pytest.mark.parametrize(("code", "expected"), [(UNKNOWN, RetryableError), (DENIED, OperatorError)])
def test_the_pace_speaks_our_errors(slots: DynamoPace, code: str, expected: type[Exception]):
    with (
        handling("dynamodb", "UpdateItem", an_error(code)),
        pytest.raises(expected, match=code),
    ):
        slots.reserve("sms", 1, spacing=SECOND, not_before=NOON, not_after=NOON)


@pytest.mark.parametrize(("code", "expected"), [(UNKNOWN, RetryableError), (DENIED, OperatorError)])
@pytest.mark.usefixtures("aws")
def test_the_timers_speak_our_errors(code: str, expected: type[Exception]):
    alarm = EventBridgeAlarm.open()

    with (
        handling("scheduler", "CreateSchedule", an_error(code)),
        pytest.raises(expected, match=code),
    ):
        alarm.timers.ensure(NOON, wake_at=NOON)


@pytest.mark.parametrize("code", [UNKNOWN, DENIED])
@pytest.mark.usefixtures("aws")
def test_queues_that_do_not_answer_have_taken_nothing(code: str):
    post = SqsPost.open()
    sent = [Parcel(an_envelope(), Queue.MY_QUEUE, 0) for _ in range(12)]

    with handling("sqs", "SendMessageBatch", an_error(code)):
        assert list(post.queues.send(sent)) == sent


@pytest.mark.usefixtures("aws")
def test_an_envelope_that_was_refused_is_answered():
    post = SqsPost.open()
    sent = [Parcel(an_envelope(), Queue.MY_QUEUE, 0) for _ in range(3)]

    failed = {"Id": "1", "Code": "InternalError", "SenderFault": False}
    partly = Reply({"Successful": [], "Failed": [failed]})

    with handling("sqs", "SendMessageBatch", lambda _: partly):
        assert list(post.queues.send(sent)) == [sent[1]]


def test_what_was_left_unwritten_is_written(jobs: DynamoJobStore):
    batch = [stored() for _ in range(3)]

    with handling("dynamodb", "BatchWriteItem", left_unwritten, left_unwritten, by_moto):
        jobs.add(batch)

    assert dict(jobs.get_many(ids(batch))) == {one.job.id: one for one in batch}


def test_what_was_left_unread_is_read(jobs: DynamoJobStore):
    batch = [stored() for _ in range(3)]
    jobs.add(batch)

    with handling("dynamodb", "BatchGetItem", left_unread, left_unread, by_moto):
        assert dict(jobs.get_many(ids(batch))) == {one.job.id: one for one in batch}


def left_unwritten(request: Json) -> Reply:
    return Reply({"UnprocessedItems": request["RequestItems"]})


def left_unread(request: Json) -> Reply:
    return Reply({"Responses": {}, "UnprocessedKeys": request["RequestItems"]})


def by_moto(_request: Json) -> None:
    """Nothing of our own."""


def ids(batch: Sequence[Stored]) -> list[str]:
    return [one.job.id for one in batch]


def test_a_job_is_only_visible_with_its_payload(jobs: DynamoJobStore):
    one = stored()

    with (
        handling("dynamodb", "BatchWriteItem", by_moto, an_error(UNKNOWN)),
        pytest.raises(RetryableError),
    ):
        jobs.add([one])

    assert jobs.get(one.job.id) is None
    assert list(agenda_of(jobs, one)) == []


def agenda_of(jobs: DynamoJobStore, one: Stored) -> Sequence[str]:
    shard = shard_of(one.job.id)
    return jobs.needing_attention(one.job.queue, shard, since=None, until=NOON + SECOND, limit=10)


def test_a_move_whose_answer_was_lost_was_made_all_the_same(jobs: DynamoJobStore):
    before = a_job()
    jobs.add([stored(before)])
    after = a_claimed_job(id=before.id)

    with losing_the_first_answer("dynamodb", "PutItem"):
        assert jobs.move(before, after) is True

    assert jobs.get(before.id) == stored(after)


def test_a_reservation_whose_answer_was_lost_costs_slots_but_shares_none(slots: DynamoPace):
    with losing_the_first_answer("dynamodb", "UpdateItem"):
        first = slots.reserve("sms", 5, spacing=SECOND, not_before=NOON, not_after=NOON)
    second = slots.reserve("sms", 5, spacing=SECOND, not_before=NOON, not_after=NOON + 60 * SECOND)

    assert isinstance(first, Run)
    assert isinstance(second, Run)
    assert second.start_at >= first.end_at
