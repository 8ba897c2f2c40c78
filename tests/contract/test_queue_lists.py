"""QueueLists, Pauses, and what changes a job together with its payload."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb_pauses import DynamoPauses
from chalicelib.adapters.dynamodb_queue_lists import DynamoQueueLists
from chalicelib.model.agenda import PARKED_AT, open_shard_of, shard_of
from chalicelib.model.channel import Queue
from chalicelib.model.cursor import place
from chalicelib.model.job import Job, Priority
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Pauses
from chalicelib.ports.jobs import JobStore, QueueLists, Stored
from tests.contract.stack import make_table
from tests.rig.builders import NOON, a_claimed_job, a_job, a_payload, an_outcome, stored
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.queue_lists import MemoryPauses, MemoryQueueLists

SECOND = timedelta(seconds=1)
HERE = Queue.SEND_SMS


@pytest.fixture
def lists(store: JobStore) -> QueueLists:
    if isinstance(store, MemoryJobStore):
        return MemoryQueueLists(store)
    return DynamoQueueLists("JobsTable")


@pytest.fixture
def pauses(world: str) -> Pauses:
    return MemoryPauses() if world == "memory" else DynamoPauses(make_table("ControlTable"))


def of_one_shard(count: int, **changes: object) -> list[Job]:
    """Jobs that stand on shard 0, due one second after the other."""
    ids = (f"job-{number:05}" for number in range(10_000))
    chosen = [each for each in ids if shard_of(each) == 0][:count]
    return [
        a_job(id=each, attention_at=NOON + i * SECOND, **changes) for i, each in enumerate(chosen)
    ]


def test_open_jobs_come_soonest_first_from_behind_a_place(store: JobStore, lists: QueueLists):
    jobs = of_one_shard(4)
    store.add([stored(job) for job in [*jobs[::-1], a_job(id="elsewhere", queue=Queue.MY_QUEUE)]])

    found = lists.ahead(HERE, 0, after=None, most=2)
    rest = lists.ahead(HERE, 0, after=found[-1].place, most=9)

    assert [each.job_id for each in (*found, *rest)] == [job.id for job in jobs]


def test_a_glimpse_knows_what_tab_its_job_is_under(store: JobStore, lists: QueueLists):
    (job,) = of_one_shard(1, priority=Priority.HIGH, due_at=NOON + SECOND)
    store.add([stored(job)])

    shard = open_shard_of(job.id, Priority.HIGH)
    (found,) = lists.ahead(HERE, shard, after=None, most=9)

    assert (found.status, found.due_at, found.priority) == (
        Status.PENDING,
        NOON + SECOND,
        Priority.HIGH,
    )
    assert found.place == place(job.attention_at, job.id)


def test_parked_jobs_stand_behind_all_others(store: JobStore, lists: QueueLists):
    first, second = of_one_shard(2)
    store.add([stored(first), stored(second)])
    store.touch(first.with_attention(PARKED_AT))

    assert [each.job_id for each in lists.ahead(HERE, 0, after=None, most=9)] == [
        second.id,
        first.id,
    ]
    parked = store.needing_attention(
        HERE, 0, since=PARKED_AT, until=PARKED_AT + 60 * SECOND, limit=9
    )
    assert list(parked) == [first.id]


def test_ended_jobs_come_newest_first_from_before_a_place(store: JobStore, lists: QueueLists):
    jobs = [
        replace(
            a_claimed_job(id=job.id).record(an_outcome(404), at=NOON + i * SECOND, wait=SECOND),
            attention_at=None,
        )
        for i, job in enumerate(of_one_shard(3))
    ]
    store.add([stored(job) for job in jobs])

    found = lists.ended(HERE, 0, status=Status.FAILED, before=None, most=2)
    rest = lists.ended(HERE, 0, status=Status.FAILED, before=found[-1].place, most=9)

    assert [each.job_id for each in (*found, *rest)] == [job.id for job in jobs[::-1]]
    assert not lists.ended(HERE, 0, status=Status.COMPLETED, before=None, most=9)


def test_a_rewrite_replaces_state_and_payload(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    after = Stored(job.amend(at=NOON), a_payload(message="new"))

    assert store.rewrite(job, after)
    assert store.get(job.id) == after


def test_a_rewrite_that_comes_too_late_changes_nothing(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    claimed = job.claim(at=NOON, lease=SECOND)
    store.move(job, claimed)

    assert not store.rewrite(job, Stored(job.amend(at=NOON), a_payload(message="new")))
    assert store.get(job.id) == Stored(claimed, a_payload())


def test_many_deletions_are_each_their_own(store: JobStore):
    jobs = [a_job() for _ in range(3)]
    store.add([stored(job) for job in jobs])
    moved = jobs[1].cancel(at=NOON)
    store.move(jobs[1], moved)

    assert list(store.delete_many(jobs)) == [True, False, True]
    assert list(store.get_jobs([job.id for job in jobs])) == [moved.id]


def test_queues_are_paused_and_resumed_one_by_one(pauses: Pauses):
    for queue in (Queue.SEND_SMS, Queue.MY_QUEUE, Queue.MY_QUEUE):
        pauses.pause(queue, at=NOON)

    assert pauses.paused() == {Queue.SEND_SMS, Queue.MY_QUEUE}

    pauses.resume(Queue.MY_QUEUE)
    pauses.resume(Queue.SEND_EMAIL)

    assert pauses.paused() == {Queue.SEND_SMS}


def test_nothing_is_paused_at_first(pauses: Pauses):
    assert pauses.paused() == frozenset()
