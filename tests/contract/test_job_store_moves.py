"""JobStore: of two who change a job at one version, one succeeds, and nothing else changes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.model.job import Job
from chalicelib.ports.jobs import JobStore
from tests.rig.builders import NOON, a_claimed_job, a_job, a_payload, an_outcome, stored

SECOND = timedelta(seconds=1)


def test_a_move_replaces_the_state_and_keeps_the_payload(store: JobStore):
    before = a_job()
    payload = a_payload(message="kept")
    store.add([stored(before, payload)])
    after = a_claimed_job(id=before.id)

    assert store.move(before, after) is True
    assert store.get(before.id) == stored(after, payload)


def test_a_whole_life_is_kept_move_by_move(store: JobStore):
    job = a_job()
    store.add([stored(job)])

    for step in _life(job):
        assert store.move(job, step) is True
        job = step
        found = store.get(job.id)
        assert found is not None
        assert found.job == job


def _life(job: Job) -> list[Job]:
    """Claimed, tried again, claimed, failed, retried by a person, cancelled."""
    claimed = job.claim(at=NOON, lease=SECOND).with_attention(NOON + SECOND)
    again = claimed.record(an_outcome(503, text="busy"), at=NOON, wait=SECOND)
    second = again.claim(at=NOON, lease=SECOND)
    failed = replace(second.record(an_outcome(404), at=NOON, wait=SECOND), attention_at=None)
    retried = failed.retry(at=NOON).with_attention(NOON)
    return [claimed, again, second, failed, retried, retried.cancel(at=NOON)]


def test_of_two_moves_from_one_version_only_the_first_succeeds(store: JobStore):
    before = a_job()
    store.add([stored(before)])
    claimed, cancelled = a_claimed_job(id=before.id), before.cancel(at=NOON)

    assert store.move(before, claimed) is True
    assert store.move(before, cancelled) is False
    assert store.get(before.id) == stored(claimed)


def test_a_late_holder_never_overwrites(store: JobStore):
    pending = a_job()
    store.add([stored(pending)])
    claimed = a_claimed_job(id=pending.id)
    store.move(pending, claimed)
    cancelled = claimed.cancel(at=NOON)
    store.move(claimed, cancelled)

    assert store.move(claimed, claimed.record(an_outcome(200), at=NOON, wait=SECOND)) is False
    assert store.get(pending.id) == stored(cancelled)


@pytest.mark.parametrize("verb", ["touch", "annotate"])
def test_a_job_that_does_not_exist_is_not_made_by_changing_it(store: JobStore, verb: str):
    job = a_claimed_job()

    assert getattr(store, verb)(job) is False
    assert store.get(job.id) is None


def test_a_job_that_does_not_exist_is_not_made_by_moving_it(store: JobStore):
    job = a_job()

    assert store.move(job, a_claimed_job(id=job.id)) is False
    assert store.get(job.id) is None


def test_a_touch_keeps_the_attention_and_nothing_else(store: JobStore):
    job = a_claimed_job()
    store.add([stored(job)])
    later = NOON + timedelta(minutes=3)

    changed = replace(job, attention_at=later, last_error="not kept", history=(), attempts=9)

    assert store.touch(changed) is True
    assert store.get(job.id) == stored(job.with_attention(later))


def test_an_annotation_keeps_the_history_and_nothing_else(store: JobStore):
    job = a_claimed_job()
    store.add([stored(job)])
    history = (job.history[0].finish(an_outcome(200, text="late"), at=NOON + SECOND),)

    changed = replace(job, history=history, attention_at=NOON - SECOND, last_error="not kept")

    assert store.annotate(changed) is True
    assert store.get(job.id) == stored(replace(job, history=history))


@pytest.mark.parametrize("verb", ["touch", "annotate"])
def test_a_job_that_moved_on_is_neither_touched_nor_annotated(store: JobStore, verb: str):
    before = a_claimed_job()
    store.add([stored(before)])
    after = before.cancel(at=NOON)
    store.move(before, after)

    assert getattr(store, verb)(before.with_attention(NOON + SECOND)) is False
    assert store.get(before.id) == stored(after)


def test_a_touch_is_no_move_so_that_the_claim_still_holds(store: JobStore):
    job = a_job()
    store.add([stored(job)])
    store.touch(job.with_attention(NOON + SECOND))

    assert store.move(job, a_claimed_job(id=job.id)) is True
