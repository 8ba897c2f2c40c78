"""What each move makes of a job."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.model.agenda import GRACE, PARKED_AT
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import KEPT_ATTEMPTS, Attempt, Job
from chalicelib.model.outcome import LOST, Answer, Kind, outcome_of
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, an_outcome

SECOND = timedelta(seconds=1)
LATER = NOON + SECOND


def ended(job: Job, status: int | None, *, wait: timedelta = SECOND) -> Job:
    return job.record(an_outcome(status), at=LATER, wait=wait)


def test_a_job_has_the_channel_of_its_queue():
    assert a_job(queue=Queue.SCHEDULED_EMAIL).channel is Channel.EMAIL


def test_a_claim_counts_the_attempt_and_starts_its_history():
    claimed = a_job().claim(at=LATER, lease=LEASE)

    assert (claimed.status, claimed.attempts, claimed.starts) == (Status.PROCESSING, 1, 1)
    assert (claimed.started_at, claimed.lease_until) == (LATER, LATER + LEASE)
    assert claimed.history == (Attempt(number=1, started_at=LATER),)


def test_a_postponed_attempt_is_still_the_same_attempt():
    postponed = a_claimed_job().postpone(at=LATER, lease=LEASE)

    assert (postponed.status, postponed.attempts, postponed.starts) == (Status.PROCESSING, 1, 1)
    assert (postponed.started_at, postponed.lease_until) == (LATER, LATER + LEASE)
    assert postponed.history == (Attempt(number=1, started_at=LATER),)


def test_a_postponed_attempt_leaves_the_older_ones_as_they_were():
    first = ended(a_claimed_job(), 503)
    again = first.claim(at=LATER, lease=LEASE).postpone(at=LATER + SECOND, lease=LEASE)

    assert again.history == (*first.history, Attempt(number=2, started_at=LATER + SECOND))


def test_a_start_in_another_slot_is_no_move():
    claimed = ended(a_claimed_job(), 503).claim(at=LATER, lease=LEASE)
    starting = claimed.starting(at=LATER + SECOND)

    assert (starting.started_at, starting.version) == (LATER + SECOND, claimed.version)
    assert starting.history == (
        claimed.history[0],
        Attempt(number=2, started_at=LATER + SECOND),
    )
    assert (starting.lease_until, starting.updated_at) == (claimed.lease_until, LATER)


def test_an_unclaimed_attempt_leaves_the_older_ones_as_they_were():
    first = ended(a_claimed_job(), 503)
    back = first.claim(at=LATER, lease=LEASE).unclaim(at=LATER)

    assert (back.history, back.attempts, back.starts) == (first.history, 1, 1)


def test_an_unclaimed_job_is_as_if_it_had_not_been_claimed():
    unclaimed = a_claimed_job().unclaim(at=LATER)

    assert (unclaimed.status, unclaimed.attempts, unclaimed.starts) == (Status.PENDING, 0, 0)
    assert (unclaimed.lease_until, unclaimed.history) == (None, ())
    assert unclaimed.version == 3


def test_an_attempt_that_was_answered_2xx_completes_the_job():
    done = ended(a_claimed_job(), 204)

    assert (done.status, done.completed_at, done.lease_until) == (Status.COMPLETED, LATER, None)
    assert done.last_error is None
    assert done.due_at == NOON


def test_an_attempt_that_was_refused_fails_the_job_at_once():
    failed = ended(a_claimed_job(), 404)

    assert (failed.status, failed.completed_at) == (Status.FAILED, LATER)
    assert failed.last_error == "The backend answered 404"


@pytest.mark.parametrize("status", [503, 408, 425, None])
def test_an_attempt_that_calls_for_another_is_due_after_its_wait(status: int | None):
    again = ended(a_claimed_job(), status, wait=7 * SECOND)

    assert (again.status, again.due_at) == (Status.PENDING, LATER + 7 * SECOND)
    assert (again.attempts, again.completed_at, again.lease_until) == (1, None, None)


def test_the_last_attempt_that_calls_for_another_fails_the_job():
    failed = ended(a_claimed_job(max_attempts=1), 503)

    assert (failed.status, failed.completed_at, failed.due_at) == (Status.FAILED, LATER, NOON)


def test_a_rate_limited_attempt_does_not_count():
    again = ended(a_claimed_job(max_attempts=1), 429)

    assert (again.status, again.attempts, again.starts) == (Status.PENDING, 0, 1)


@pytest.mark.parametrize(
    ("status", "attempts", "after"),
    [
        (503, 0, Status.PENDING),
        (None, 0, Status.PENDING),
        (429, 0, Status.PENDING),
        (200, 1, Status.COMPLETED),
        (404, 1, Status.FAILED),
    ],
)
def test_a_probe_counts_where_the_backend_answered_it(
    status: int | None, attempts: int, after: Status
):
    outcome = an_outcome(status)
    probed = a_claimed_job(max_attempts=1).record(outcome, at=LATER, wait=SECOND, is_probe=True)

    assert (probed.attempts, probed.status) == (attempts, after)


def test_an_attempt_whose_worker_was_lost_counts():
    again = a_claimed_job(max_attempts=2).record(LOST, at=LATER, wait=timedelta())
    failed = again.claim(at=LATER, lease=LEASE).record(LOST, at=LATER, wait=timedelta())

    assert (again.status, again.attempts, again.history[0].kind) == (
        Status.PENDING,
        1,
        Kind.UNKNOWN,
    )
    assert failed.status is Status.FAILED


def test_a_recorded_attempt_says_what_came_of_it():
    answer = Answer(503, text="closed for lunch")
    job = a_claimed_job().record(outcome_of(answer, now=LATER), at=LATER, wait=SECOND)

    assert job.history == (
        Attempt(
            number=1,
            started_at=NOON,
            finished_at=LATER,
            kind=Kind.RETRY,
            status_code=503,
            error="The backend answered 503: closed for lunch",
            answer="closed for lunch",
        ),
    )


def test_an_empty_answer_is_no_answer():
    assert ended(a_claimed_job(), 200).history[0].answer is None


def test_an_attempt_lasts_from_its_start_to_its_answer():
    assert Attempt(number=1, started_at=NOON).duration_ms is None
    assert Attempt(number=1, started_at=NOON, finished_at=LATER).duration_ms == 1000


def test_the_history_keeps_the_newest_attempts():
    job = a_job(max_attempts=10)
    for _ in range(KEPT_ATTEMPTS + 5):
        job = ended(job.claim(at=NOON, lease=LEASE), 429)

    assert [attempt.number for attempt in job.history] == list(range(6, KEPT_ATTEMPTS + 6))


@pytest.mark.parametrize("job", [a_job(), a_claimed_job()])
def test_a_cancelled_job_has_ended_and_is_nobody_s(job: Job):
    cancelled = job.cancel(at=LATER)

    assert (cancelled.status, cancelled.completed_at) == (Status.CANCELLED, LATER)
    assert cancelled.lease_until is None


@pytest.mark.parametrize("end", [lambda job: ended(job, 404), lambda job: job.cancel(at=LATER)])
def test_a_job_that_is_retried_starts_anew_and_keeps_its_history(end: Callable[[Job], Job]):
    again = end(a_claimed_job()).retry(at=LATER)

    assert (again.status, again.attempts, again.due_at) == (Status.PENDING, 0, LATER)
    assert (again.last_error, again.completed_at) == (None, None)
    assert (again.starts, len(again.history)) == (1, 1)


@pytest.mark.parametrize(
    "move",
    [
        lambda: ended(a_claimed_job(), 200).claim(at=LATER, lease=LEASE),
        lambda: ended(a_claimed_job(), 200).cancel(at=LATER),
        lambda: ended(a_claimed_job(), 200).retry(at=LATER),
        lambda: a_claimed_job().cancel(at=LATER).cancel(at=LATER),
        lambda: ended(a_claimed_job(), 404).claim(at=LATER, lease=LEASE),
        lambda: a_job().retry(at=LATER),
    ],
)
def test_a_move_that_has_no_arrow_is_refused(move: Callable[[], Job]):
    with pytest.raises(ValueError, match="cannot go from"):
        move()


@pytest.mark.parametrize(
    "move",
    [
        lambda: a_job().claim(at=LATER, lease=LEASE),
        lambda: a_claimed_job().postpone(at=LATER, lease=LEASE),
        lambda: a_claimed_job().unclaim(at=LATER),
        lambda: ended(a_claimed_job(), 200),
        lambda: a_job().cancel(at=LATER),
        lambda: a_job().cancel(at=NOON).retry(at=LATER),
        lambda: a_job().amend(at=LATER),
    ],
)
def test_a_move_says_when_it_was_made(move: Callable[[], Job]):
    assert move().updated_at == LATER


def test_attention_and_history_are_no_moves():
    job = a_claimed_job()
    later = job.with_attention(LATER).with_history(())

    assert (later.attention_at, later.history) == (LATER, ())
    assert (later.version, later.updated_at) == (job.version, job.updated_at)


@pytest.mark.parametrize(
    "stood_at", [PARKED_AT, NOON + timedelta(days=3), NOON + LEASE + GRACE + SECOND]
)
def test_a_claimed_job_is_looked_at_after_its_lease_wherever_it_stood(stood_at: datetime):
    claimed = a_job(attention_at=stood_at).claim(at=NOON, lease=LEASE)

    assert claimed.attention_at == claimed.lease_until == NOON + LEASE


@pytest.mark.parametrize("stood_at", [None, NOON - LEASE, NOON + SECOND, NOON + LEASE + GRACE])
def test_a_claim_moves_no_job_in_the_agenda_that_is_looked_at_soon(stood_at: datetime | None):
    assert a_job(attention_at=stood_at).claim(at=NOON, lease=LEASE).attention_at == stood_at
