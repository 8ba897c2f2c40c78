"""What operators do to one job: its state at the instant of the act allows it, or refuses it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.errors import NotFound, RetryableError, WrongState
from chalicelib.flow.administer import LONGEST_WAIT, SETTLING, TRIES, Changed
from chalicelib.flow.starts import MISSED_BY, RUN_LENGTH
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, an_outcome
from tests.rig.desk import Desk, a_failed_job
from tests.rig.world import SECOND

JOBS: dict[Status, Callable[[], Job]] = {
    Status.PENDING: a_job,
    Status.PROCESSING: a_claimed_job,
    Status.COMPLETED: lambda: a_claimed_job().record(an_outcome(200), at=NOON, wait=SECOND),
    Status.FAILED: a_failed_job,
    Status.CANCELLED: lambda: a_job().cancel(at=NOON),
}
ALLOWED = {
    "retry": {Status.FAILED, Status.CANCELLED},
    "cancel": {Status.PENDING, Status.PROCESSING},
    "delete": set(Status) - {Status.PROCESSING},
}
WORDS = {"retry": "retried", "cancel": "cancelled", "delete": "deleted"}


def do(desk: Desk, act: str, job_id: str, *, workspace_id: str = "w1") -> object:
    answer = getattr(desk.administer, act)(workspace_id, job_id)
    return desk.run(answer) if act in {"cancel", "delete"} else answer


@pytest.mark.parametrize("act", ALLOWED)
@pytest.mark.parametrize("status", list(Status))
def test_the_state_allows_an_act_or_the_refusal_names_it(act: str, status: Status):
    desk = Desk()
    job = JOBS[status]()
    desk.add(job)

    if status in ALLOWED[act]:
        assert do(desk, act, job.id)
        return
    with pytest.raises(WrongState) as refusal:
        do(desk, act, job.id)
    assert refusal.value.message == (
        f"Job {job.id} cannot be {WORDS[act]} (current status: {status})"
    )
    assert (refusal.value.status, refusal.value.state) == (409, status)
    assert desk.now(job) == job


@pytest.mark.parametrize("act", [*ALLOWED, "find"])
@pytest.mark.parametrize("job_id", ["no-such-job", "*", "", "x" * 3_000])
def test_a_job_that_never_was_is_not_found(act: str, job_id: str):
    with pytest.raises(NotFound) as refusal:
        do(Desk(), act, job_id)
    assert refusal.value.code == "job_not_found"


@pytest.mark.parametrize("act", [*ALLOWED, "find"])
def test_a_job_of_another_workspace_is_not_found_and_stays_as_it_is(act: str):
    desk = Desk()
    job = a_failed_job()
    desk.add(job)

    with pytest.raises(NotFound):
        do(desk, act, job.id, workspace_id="w2")
    assert desk.now(job) == job


def test_a_retried_job_starts_over_now():
    desk = Desk()
    job = a_failed_job(ago_s=100, attempts=2)
    desk.add(job)

    changed = desk.administer.retry("w1", job.id)

    after = desk.now(job)
    assert (changed.before, changed.after.job) == (job, after)
    assert (after.status, after.attempts, after.last_error) == (Status.PENDING, 0, None)
    assert (after.due_at, after.completed_at) == (NOON, None)
    assert after.history == job.history
    assert [envelope.version for _, envelope in desk.waiting()] == [after.version]


def test_a_retried_job_is_called_back_with_the_number_of_its_next_start():
    desk = Desk()
    job = a_failed_job(ago_s=100)
    desk.add(job)
    desk.administer.retry("w1", job.id)

    desk.serve(desk.queues.receive(Queue.SEND_SMS, 1))

    done = desk.now(job)
    assert done.status is Status.COMPLETED
    assert [attempt.number for attempt in done.history] == [1, 2]


def test_a_retry_whose_hand_over_fails_is_found_by_the_rescue():
    desk = Desk()
    job = a_failed_job()
    desk.add(job)
    desk.queues.refusing = True
    desk.administer.retry("w1", job.id)
    desk.queues.refusing = False
    desk.clock.at += timedelta(minutes=2)

    assert desk.release.rescue().touched == 1
    assert [envelope.job_id for _, envelope in desk.waiting()] == [job.id]


def test_a_cancelled_job_is_never_called_back():
    desk = Desk()
    job = a_job()
    envelopes = desk.add(job)
    desk.run(desk.administer.cancel("w1", job.id))

    desk.serve(envelopes)

    assert desk.starts == []
    assert desk.now(job).status is Status.CANCELLED


@pytest.mark.parametrize("act", ["cancel", "delete"])
def test_what_ends_a_job_that_nobody_has_claimed_answers_at_once(act: str):
    desk = Desk()
    job = a_job()
    desk.add(job)

    do(desk, act, job.id)

    assert desk.clock.now() == NOON


def test_a_cancel_waits_for_the_slot_that_a_worker_has_claimed_the_job_for():
    desk = Desk()
    slot_at = NOON + SECOND / 5
    job = a_job().claim(at=slot_at, lease=LEASE)
    desk.add(job)

    desk.run(desk.administer.cancel("w1", job.id))

    assert desk.clock.now() == slot_at + RUN_LENGTH + MISSED_BY + SETTLING


def test_a_delete_right_after_such_a_cancel_waits_too():
    desk = Desk()
    slot_at = NOON + SECOND / 5
    job = a_job().claim(at=slot_at, lease=LEASE).cancel(at=NOON)
    desk.add(job)

    desk.run(desk.administer.delete("w1", job.id))

    assert desk.clock.now() == slot_at + RUN_LENGTH + MISSED_BY + SETTLING


def test_a_wrong_clock_holds_nobody_up():
    desk = Desk()
    job = a_job().claim(at=NOON + timedelta(days=9), lease=LEASE)
    desk.add(job)

    desk.run(desk.administer.cancel("w1", job.id))

    assert desk.clock.now() == NOON + LONGEST_WAIT


def test_a_cancel_does_not_wait_for_the_answer_of_a_callback_under_way():
    desk = Desk()
    job = a_job().claim(at=NOON - SECOND, lease=LEASE)
    desk.add(job)

    desk.run(desk.administer.cancel("w1", job.id))

    assert desk.clock.now() == NOON


def test_a_deleted_job_is_gone():
    desk = Desk()
    job = a_failed_job()
    desk.add(job)

    assert do(desk, "delete", job.id) == job
    assert desk.store.entries == {}


def test_an_envelope_of_a_deleted_job_is_dropped():
    desk = Desk()
    job = a_job()
    envelopes = desk.add(job)
    do(desk, "delete", job.id)

    assert desk.serve(envelopes) == set()
    assert desk.starts == []


@pytest.mark.parametrize(("act", "verb"), [("cancel", "move"), ("delete", "delete")])
def test_an_act_that_lost_against_a_claim_looks_at_the_job_again(act: str, verb: str):
    desk = Desk()
    job = a_job()
    desk.add(job)
    claimed = job.claim(at=NOON, lease=LEASE)
    desk.store.faults.add(verb, partial(desk.store._update, job, claimed))

    if act == "cancel":
        do(desk, act, job.id)
        assert desk.now(job).status is Status.CANCELLED
        assert desk.now(job).history == claimed.history
    else:
        with pytest.raises(WrongState, match="current status: processing"):
            do(desk, act, job.id)
        assert desk.now(job) == claimed


def test_a_retry_that_lost_against_another_is_refused_with_the_state_it_lost_to():
    desk = Desk()
    job = a_failed_job()
    desk.add(job)
    desk.store.faults.add("move", lambda: desk.administer.retry("w1", job.id))

    with pytest.raises(WrongState, match=r"retried \(current status: pending\)"):
        desk.administer.retry("w1", job.id)
    assert len(desk.waiting()) == 1


def test_a_retry_that_lost_against_a_deletion_finds_nothing():
    desk = Desk()
    job = a_failed_job()
    desk.add(job)
    desk.store.faults.add("move", lambda: desk.store.delete(job))

    with pytest.raises(NotFound):
        desk.administer.retry("w1", job.id)


def test_a_job_that_keeps_changing_is_left_for_later():
    desk = Desk()
    job = a_job()
    desk.add(job)

    def change() -> None:
        now = desk.now(job)
        desk.store._update(now, now.claim(at=NOON, lease=LEASE).unclaim(at=NOON))

    desk.store.faults.add("delete", *[change] * TRIES)

    with pytest.raises(RetryableError):
        do(desk, "delete", job.id)


@pytest.mark.parametrize("act", ["retry", "cancel"])
def test_an_act_answers_the_job_before_and_after_it_with_what_it_sends(act: str):
    desk = Desk()
    job = a_failed_job() if act == "retry" else a_job()
    desk.add(job)
    changed = do(desk, act, job.id)

    assert changed == Changed(job, desk.store.entries[job.id])


def test_a_retried_job_is_due_now():
    desk = Desk()
    job = a_failed_job()
    desk.add(job)
    desk.clock.at += SECOND
    do(desk, "retry", job.id)

    assert (desk.now(job).due_at, desk.now(job).updated_at) == (NOON + SECOND, NOON + SECOND)
