"""Changes to a job that has not started: new instant, new urgency, new content; never the old."""

from datetime import timedelta

import pytest

from chalicelib.errors import NotFound, WrongState
from chalicelib.flow.amend import Amend
from chalicelib.model.job import Job, Priority
from tests.rig.builders import NOON, a_claimed_job, a_job, a_payload
from tests.rig.desk import Desk, a_failed_job
from tests.rig.world import SECOND

HOUR = timedelta(hours=1)


def delayed(**changes: object) -> Job:
    return a_job(due_at=NOON + HOUR, attention_at=NOON + HOUR, **changes)


def test_a_promoted_job_is_due_now_and_its_old_envelope_is_void():
    desk = Desk()
    job = delayed()
    old = desk.add(job)

    changed = Amend(desk.administer).promote("w1", job.id)

    assert (changed.before, changed.after.job.due_at) == (job, NOON)
    assert (desk.serve(old), desk.called) == (set(), [])
    assert desk.serve([envelope for _, envelope in desk.waiting()]) == set()
    assert desk.called == [job.id]


def test_a_job_is_put_off_to_another_instant():
    desk = Desk()
    job = delayed()
    desk.add(job)

    after = Amend(desk.administer).reschedule("w1", job.id, due_at=NOON + 2 * HOUR).after.job

    assert (after.due_at, desk.now(job)) == (NOON + 2 * HOUR, after)
    assert len(desk.timers.wake_ups) == 1


def test_an_instant_in_the_past_is_now():
    desk = Desk()
    job = delayed()
    desk.add(job)

    assert (
        Amend(desk.administer).reschedule("w1", job.id, due_at=NOON - HOUR).after.job.due_at == NOON
    )


@pytest.mark.parametrize("job", [a_job(), a_claimed_job(), a_failed_job()])
def test_only_a_delayed_job_is_promoted(job: Job):
    desk = Desk()
    desk.add(job)

    with pytest.raises(WrongState, match="is not delayed") as refused:
        Amend(desk.administer).promote("w1", job.id)
    assert (refused.value.code, refused.value.state) == ("not_delayed", job.status.value)


def test_a_pending_job_changes_its_priority_and_nothing_else():
    desk = Desk()
    job = delayed()
    desk.add(job)

    after = Amend(desk.administer).prioritise("w1", job.id, priority=Priority.HIGH).after.job

    assert (after.priority, after.due_at, after.version) == (Priority.HIGH, job.due_at, 2)


def test_a_rewritten_job_sends_the_new_content_only():
    desk = Desk()
    job = a_job()
    old = desk.add(job)
    payload = a_payload(message="corrected")

    Amend(desk.administer).rewrite("w1", job.id, payload=payload, contact_id="c2")
    desk.serve(old)
    desk.clock.at += SECOND
    desk.serve([envelope for _, envelope in desk.waiting()])

    ((_, call),) = desk.callbacks.calls
    assert b"corrected" in call.body
    assert desk.now(job).contact_id == "c2"


def test_a_rewritten_job_says_since_when():
    desk = Desk()
    job = a_job()
    desk.add(job)
    desk.clock.at += SECOND

    Amend(desk.administer).rewrite("w1", job.id, payload=a_payload(), contact_id=None)

    assert desk.now(job).updated_at == NOON + SECOND


@pytest.mark.parametrize("job", [a_claimed_job(), a_failed_job()])
def test_what_has_started_is_not_rewritten(job: Job):
    desk = Desk()
    desk.add(job)

    with pytest.raises(WrongState, match="is not pending") as refused:
        Amend(desk.administer).rewrite("w1", job.id, payload=a_payload(), contact_id=None)
    assert (refused.value.code, refused.value.state) == ("not_pending", job.status.value)


def test_a_job_that_was_claimed_meanwhile_is_looked_at_again():
    desk = Desk()
    job = a_job()
    desk.add(job)
    claimed = job.claim(at=NOON, lease=30 * SECOND)
    desk.store.faults.add("rewrite", lambda: desk.store.move(job, claimed))

    with pytest.raises(WrongState, match="processing"):
        Amend(desk.administer).rewrite("w1", job.id, payload=a_payload(), contact_id=None)


def test_another_workspace_does_not_find_the_job():
    desk = Desk()
    job = delayed()
    desk.add(job)

    with pytest.raises(NotFound):
        Amend(desk.administer).promote("w2", job.id)
