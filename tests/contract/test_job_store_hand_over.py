"""JobStore: what the release needs to know of a job, and all that it asks for."""

from datetime import timedelta

from chalicelib.model.agenda import shard_of
from chalicelib.ports.jobs import JobStore
from tests.rig.builders import NOON, a_job, stored

LATER = NOON + timedelta(minutes=15)


def test_a_touch_says_whether_an_envelope_is_on_its_way(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    store.touch(job.with_attention(LATER, handed_over=True))
    handed_over = store.get(job.id)
    store.touch(job.with_attention(LATER))
    waiting = store.get(job.id)

    assert handed_over == stored(job.with_attention(LATER, handed_over=True))
    assert waiting == stored(job.with_attention(LATER))


def test_a_job_is_added_with_what_it_says(store: JobStore):
    job = a_job(handed_over=True)
    store.add([stored(job)])

    assert store.get(job.id) == stored(job)


def test_all_come_where_there_is_no_limit(store: JobStore):
    jobs = [a_job() for _ in range(300)]
    store.add([stored(job) for job in jobs])
    mine = {job.id for job in jobs if shard_of(job.id) == 0}

    found = store.needing_attention(jobs[0].queue, 0, since=None, until=LATER, limit=None)

    assert set(found) == mine
    assert len(found) == len(mine)
