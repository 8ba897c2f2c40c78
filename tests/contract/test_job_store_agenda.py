"""JobStore's agenda: open jobs by the instant at which they next need attention."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.model.agenda import SHARDS, shard_of
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.ports.jobs import JobStore
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome, stored

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def ids_of_shard(shard: int, count: int) -> list[str]:
    """So many job ids that hash to one shard."""
    candidates = (f"on-shard-{number:06}" for number in range(count * SHARDS * 10))
    return [job_id for job_id in candidates if shard_of(job_id) == shard][:count]


def jobs_on_shard(offsets: Iterable[timedelta], *, shard: int = 0) -> list[Job]:
    """Jobs of one shard that need attention at these distances from noon."""
    offsets = list(offsets)
    ids = ids_of_shard(shard, len(offsets))
    return [
        a_job(id=job_id, attention_at=NOON + offset)
        for job_id, offset in zip(ids, offsets, strict=True)
    ]


def agenda(
    store: JobStore,
    *,
    queue: Queue = Queue.SEND_SMS,
    since: datetime | None = None,
    until: datetime = NOON + HOUR,
    limit: int = 100,
) -> Sequence[str]:
    """What needs attention on shard 0."""
    return store.needing_attention(queue, 0, since=since, until=until, limit=limit)


def test_the_soonest_come_first(store: JobStore):
    late, soon, middle = jobs = jobs_on_shard([3 * SECOND, SECOND, 2 * SECOND])
    store.add([stored(job) for job in jobs])

    assert list(agenda(store)) == [soon.id, middle.id, late.id]


def test_since_is_included_and_until_is_not(store: JobStore):
    millisecond = timedelta(milliseconds=1)
    _, first, last, _ = jobs = jobs_on_shard(
        [-millisecond, 0 * SECOND, SECOND - millisecond, SECOND]
    )
    store.add([stored(job) for job in jobs])

    assert list(agenda(store, since=NOON, until=NOON + SECOND)) == [first.id, last.id]


def test_without_since_all_that_is_overdue_comes(store: JobStore):
    (ancient,) = jobs_on_shard([timedelta(days=-400)])
    store.add([stored(ancient)])

    assert list(agenda(store, until=NOON)) == [ancient.id]


def test_at_most_limit_come_and_they_are_the_soonest(store: JobStore):
    jobs = jobs_on_shard(n * SECOND for n in range(30))
    store.add([stored(job) for job in reversed(jobs)])

    assert list(agenda(store, limit=7)) == [job.id for job in jobs[:7]]


def test_those_of_one_instant_all_come(store: JobStore):
    jobs = jobs_on_shard([SECOND] * 120)
    store.add([stored(job) for job in jobs])

    assert sorted(agenda(store, limit=500)) == sorted(job.id for job in jobs)


def test_a_queue_sees_its_own(store: JobStore):
    sms, email = jobs_on_shard([SECOND, SECOND])
    store.add([stored(sms), stored(replace(email, queue=Queue.SEND_EMAIL))])

    assert list(agenda(store, queue=Queue.SEND_EMAIL)) == [email.id]


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_job_stands_on_the_shard_of_its_id(store: JobStore, shard: int):
    batch = [stored(jobs_on_shard([SECOND], shard=each)[0]) for each in range(SHARDS)]
    store.add(batch)

    found = store.needing_attention(Queue.SEND_SMS, shard, since=None, until=NOON + HOUR, limit=100)

    assert [shard_of(job_id) for job_id in found] == [shard]


def test_a_touch_moves_a_job_on(store: JobStore):
    job, other = jobs_on_shard([SECOND, 2 * SECOND])
    store.add([stored(job), stored(other)])
    store.touch(job.with_attention(NOON + 3 * SECOND))

    assert list(agenda(store)) == [other.id, job.id]
    assert list(agenda(store, until=NOON + 2 * SECOND)) == []


def test_a_claimed_job_stays_until_its_lease_ends(store: JobStore):
    (job,) = jobs_on_shard([SECOND])
    store.add([stored(job)])
    claimed = a_claimed_job(id=job.id).with_attention(NOON + 45 * SECOND)
    store.move(job, claimed)

    assert list(agenda(store, until=NOON + 45 * SECOND)) == []
    assert list(agenda(store, until=NOON + 46 * SECOND)) == [job.id]


@pytest.mark.parametrize("status", [200, 404])
def test_a_job_that_ended_needs_no_attention(store: JobStore, status: int):
    (job,) = jobs_on_shard([SECOND])
    store.add([stored(job)])
    claimed = a_claimed_job(id=job.id).with_attention(NOON + SECOND)
    store.move(job, claimed)
    store.move(claimed, claimed.record(an_outcome(status), at=NOON, wait=SECOND))

    assert list(agenda(store)) == []


def test_a_cancelled_job_needs_no_attention_until_it_is_retried(store: JobStore):
    (job,) = jobs_on_shard([SECOND])
    store.add([stored(job)])
    cancelled = job.cancel(at=NOON)
    store.move(job, cancelled)
    before = list(agenda(store))
    store.move(cancelled, cancelled.retry(at=NOON).with_attention(NOON))

    assert before == []
    assert list(agenda(store)) == [job.id]


def test_an_annotation_leaves_a_job_where_it_stood(store: JobStore):
    (job,) = jobs_on_shard([SECOND])
    claimed = a_claimed_job(id=job.id).with_attention(NOON + SECOND)
    store.add([stored(claimed)])
    store.annotate(claimed.with_attention(NOON + HOUR))

    assert list(agenda(store)) == [job.id]
