"""JobStore: jobs that are added in two halves, and what shows where the second one is missing."""

from datetime import timedelta

from chalicelib.model.agenda import shard_of
from chalicelib.model.channel import Queue
from chalicelib.ports.jobs import JobStore
from tests.contract.faulty_aws import Json, handling
from tests.contract.stack import a_job_store
from tests.rig.builders import NOON, a_job, a_payload, stored


def test_of_a_job_that_has_only_its_payload_nothing_can_be_seen(store: JobStore):
    one = stored()
    store.add_payloads([one])
    until = NOON + timedelta(seconds=1)
    agenda = store.needing_attention(
        Queue.SEND_SMS, shard_of(one.job.id), since=None, until=until, limit=10
    )

    assert store.get(one.job.id) is None
    assert store.get_many([one.job.id]) == store.get_jobs([one.job.id]) == {}
    assert list(agenda) == []
    assert not store.move(one.job, one.job.cancel(at=NOON))
    assert not store.delete(one.job)


def test_both_halves_are_the_whole(store: JobStore):
    one, other = stored(), stored(payload=a_payload(message="other"))
    store.add_payloads([one, other])
    store.add_jobs([other.job, one.job])

    assert store.get_many([one.job.id, other.job.id]) == {one.job.id: one, other.job.id: other}


def test_the_first_half_may_be_written_again(store: JobStore):
    one = stored()
    store.add_payloads([one])
    store.add_payloads([one])
    store.add_jobs([one.job])

    assert store.get(one.job.id) == one


def test_those_whose_second_half_is_missing_are_told(store: JobStore):
    whole, half, deleted, moved = stored(), stored(), stored(), stored()
    store.add_payloads([whole, half, deleted, moved])
    store.add_jobs([whole.job, deleted.job, moved.job])
    store.delete(deleted.job)
    store.move(moved.job, moved.job.cancel(at=NOON))
    asked = [whole.job.id, half.job.id, deleted.job.id, moved.job.id, a_job().id]

    assert set(store.half_added(asked)) == {half.job.id}
    assert set(store.half_added([])) == set()


def test_of_many_those_whose_second_half_is_missing_are_told(store: JobStore):
    batch = [stored() for _ in range(330)]
    store.add_payloads(batch)
    store.add_jobs([one.job for one in batch[:110]])

    assert set(store.half_added([one.job.id for one in batch])) == {
        one.job.id for one in batch[110:]
    }


def test_contents_are_not_read_to_know_that_they_are_there(aws: None):  # noqa: ARG001
    store = a_job_store()
    one = stored(payload=a_payload(html="x" * 100_000))
    store.add_payloads([one])
    asked: list[Json] = []

    with handling("dynamodb", "BatchGetItem", asked.append):
        assert set(store.half_added([one.job.id])) == {one.job.id}
    assert [each["RequestItems"]["JobsTable"]["ProjectionExpression"] for each in asked] == [
        "pk, sk"
    ] * 2
