"""JobStore, as operators use it: many moves at once, jobs without payloads, deletions, retries."""

from datetime import timedelta

import boto3
import pytest

from chalicelib.adapters.dynamodb_items import PAYLOAD_RETENTION, RETENTION
from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from chalicelib.errors import RetryableError
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore
from tests.contract.faulty_aws import UNKNOWN, Json, Reply, an_error, handling
from tests.contract.stack import a_job_store
from tests.rig.builders import NOON, a_claimed_job, a_job, a_payload, an_outcome, stored

DAY = timedelta(days=1)


def a_failed_job(**changes: object) -> Job:
    return a_claimed_job(**changes).record(an_outcome(404), at=NOON, wait=timedelta())


def test_jobs_come_without_their_payloads(store: JobStore):
    first, second = a_job(), a_claimed_job()
    store.add([stored(first, a_payload(html="x" * 100_000)), stored(second)])

    for read in (store.get_jobs, store.recent_jobs):
        assert read([first.id, "no-such-job", second.id, first.id]) == {
            first.id: first,
            second.id: second,
        }


def test_of_many_moves_each_succeeds_or_fails_for_itself(store: JobStore):
    jobs = [a_job() for _ in range(30)]
    store.add([stored(job) for job in jobs])
    for job in jobs[::3]:
        store.move(job, job.claim(at=NOON, lease=DAY))

    kept = store.move_many([(job, job.cancel(at=NOON)) for job in jobs])

    assert list(kept) == [i % 3 != 0 for i in range(30)]
    found = store.get_jobs([job.id for job in jobs]).values()
    assert sum(job.status is Status.CANCELLED for job in found) == 20


def test_of_many_touches_each_succeeds_or_fails_for_itself(store: JobStore):
    jobs = [a_job() for _ in range(6)]
    store.add([stored(job) for job in jobs])
    store.move(jobs[0], jobs[0].cancel(at=NOON))
    later = [job.with_attention(NOON + DAY) for job in jobs]

    assert list(store.touch_many(later)) == [False, True, True, True, True, True]
    assert store.get_jobs([jobs[1].id]) == {jobs[1].id: later[1]}


def test_nothing_to_do_is_done(store: JobStore):
    assert list(store.move_many([])) == []
    assert list(store.touch_many([])) == []
    assert store.get_jobs([]) == {}


def test_a_deleted_job_is_gone_and_its_id_is_free(store: JobStore):
    job = a_job()
    store.add([stored(job)])

    assert store.delete(job) is True
    assert store.get(job.id) is None
    assert store.delete(job) is False


def test_a_job_that_moved_on_is_not_deleted(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    claimed = a_claimed_job(id=job.id)
    store.move(job, claimed)

    assert store.delete(job) is False
    assert store.get(job.id) == stored(claimed)


def test_a_deleted_job_cannot_be_moved(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    store.delete(job)

    assert store.move(job, job.cancel(at=NOON)) is False
    assert store.get(job.id) is None


def test_of_two_moves_that_are_alike_one_succeeds(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    cancelled = job.cancel(at=NOON)

    assert [store.move(job, cancelled), store.move(job, cancelled)] == [True, False]


@pytest.fixture
def dynamo(aws: None) -> DynamoJobStore:
    del aws
    return a_job_store()


def items(job: Job) -> dict[str, Json]:
    """What the table holds of a job, by sort key."""
    found = boto3.client("dynamodb").scan(TableName="JobsTable")["Items"]
    return {item["sk"]["S"]: item for item in found if item["pk"]["S"] == job.id}


def test_nothing_is_left_of_a_deleted_job(dynamo: DynamoJobStore):
    job = a_job()
    dynamo.add([stored(job)])
    dynamo.delete(job)

    assert items(job) == {}


def test_a_deletion_that_meets_another_write_has_lost(dynamo: DynamoJobStore):
    job = a_job()
    dynamo.add([stored(job)])
    conflict = {
        "Error": {"Code": "TransactionCanceledException", "Message": "made up"},
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
        "ResponseMetadata": {},
    }

    with handling("dynamodb", "TransactWriteItems", lambda _: Reply(conflict, status_code=400)):
        assert dynamo.delete(job) is False


def test_a_deletion_that_fails_says_so(dynamo: DynamoJobStore):
    with (
        handling("dynamodb", "TransactWriteItems", an_error(UNKNOWN)),
        pytest.raises(RetryableError),
    ):
        dynamo.delete(a_job())


def expiry_after_retry(dynamo: DynamoJobStore, job: Job, *, age: timedelta) -> int:
    """When the payload of a failed job ends that is retried at an age."""
    dynamo.add([stored(job)])
    retried = job.retry(at=job.created_at + age)
    assert dynamo.move(job, retried)
    return int(items(job)["payload"]["expires_at"]["N"])


def test_the_payload_of_a_young_job_is_not_written_again(dynamo: DynamoJobStore):
    found = expiry_after_retry(dynamo, a_failed_job(), age=80 * DAY)

    assert found == int((NOON + PAYLOAD_RETENTION).timestamp())


def test_the_payload_of_an_old_job_is_kept_until_after_its_next_end(dynamo: DynamoJobStore):
    found = expiry_after_retry(dynamo, a_failed_job(), age=100 * DAY)

    assert found == int((NOON + 100 * DAY + PAYLOAD_RETENTION).timestamp())
    assert found > int((NOON + 100 * DAY + RETENTION).timestamp())


def test_a_payload_that_is_kept_for_long_anyway_stays_as_it_is(dynamo: DynamoJobStore):
    due_at = NOON + 1_000 * DAY
    job = a_job(due_at=due_at).cancel(at=NOON)

    assert expiry_after_retry(dynamo, job, age=100 * DAY) == int(
        (due_at + PAYLOAD_RETENTION).timestamp()
    )


def test_a_retry_whose_payload_cannot_be_kept_is_not_done(dynamo: DynamoJobStore):
    job = a_failed_job()
    dynamo.add([stored(job)])

    with (
        handling("dynamodb", "UpdateItem", an_error(UNKNOWN)),
        pytest.raises(RetryableError),
    ):
        dynamo.move(job, job.retry(at=NOON + 100 * DAY))

    assert dynamo.get_jobs([job.id]) == {job.id: job}
