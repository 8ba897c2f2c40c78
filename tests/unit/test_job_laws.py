"""The laws of a job's life, whatever happens to it in whatever order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.job import KEPT_ATTEMPTS, Job
from chalicelib.model.outcome import LOST
from chalicelib.model.status import MOVES, Status, is_legal
from tests.rig.builders import LEASE, NOON, a_job, an_outcome

Move = Callable[[Job, datetime], Job]

ENDED = {Status.COMPLETED, Status.FAILED, Status.CANCELLED}


def recording(status: int | None) -> Move:
    return lambda job, at: job.record(an_outcome(status), at=at, wait=timedelta(seconds=2))


#: What the service does by itself, and what operators do.
BY_ITSELF: dict[str, tuple[Status, Move]] = {
    "claim": (Status.PENDING, lambda job, at: job.claim(at=at, lease=LEASE)),
    "postpone": (Status.PROCESSING, lambda job, at: job.postpone(at=at, lease=LEASE)),
    "unclaim": (Status.PROCESSING, lambda job, at: job.unclaim(at=at)),
    "200": (Status.PROCESSING, recording(200)),
    "404": (Status.PROCESSING, recording(404)),
    "429": (Status.PROCESSING, recording(429)),
    "503": (Status.PROCESSING, recording(503)),
    "no answer": (Status.PROCESSING, recording(None)),
    "lost": (Status.PROCESSING, lambda job, at: job.record(LOST, at=at, wait=timedelta())),
}
BY_OPERATORS: dict[str, tuple[Status, Move]] = {
    "cancel pending": (Status.PENDING, lambda job, at: job.cancel(at=at)),
    "cancel processing": (Status.PROCESSING, lambda job, at: job.cancel(at=at)),
    "retry failed": (Status.FAILED, lambda job, at: job.retry(at=at)),
    "retry cancelled": (Status.CANCELLED, lambda job, at: job.retry(at=at)),
}
EVERYTHING = BY_ITSELF | BY_OPERATORS


def life(names: list[str], *, max_attempts: int) -> list[tuple[str, Job]]:
    """The job after each of the moves that its status allows; the first name is empty."""
    job = a_job(max_attempts=max_attempts)
    steps = [("", job)]
    for second, name in enumerate(names):
        status, move = EVERYTHING[name]
        if job.status is status:
            job = move(job, NOON + timedelta(seconds=second))
            steps.append((name, job))
    return steps


lives = st.builds(
    life,
    st.lists(st.sampled_from(["claim", *EVERYTHING]), max_size=60),
    max_attempts=st.integers(1, 10),
)


@given(lives)
def test_every_move_has_an_arrow_and_raises_the_version_by_one(steps: list[tuple[str, Job]]):
    jobs = [job for _, job in steps]

    for before, after in pairwise(jobs):
        assert is_legal(before.status, after.status)
        assert after.version == before.version + 1


@given(lives)
def test_attempts_never_exceed_what_is_allowed(steps: list[tuple[str, Job]]):
    assert all(0 <= job.attempts <= job.max_attempts for _, job in steps)


@given(lives)
def test_only_an_operator_moves_a_job_that_has_ended(steps: list[tuple[str, Job]]):
    for (_, before), (name, _) in pairwise(steps):
        assert before.status not in ENDED or name in BY_OPERATORS


@given(lives)
def test_the_history_records_every_start_once(steps: list[tuple[str, Job]]):
    for _, job in steps:
        numbers = [attempt.number for attempt in job.history]

        assert numbers == list(range(job.starts + 1 - len(numbers), job.starts + 1))
        assert len(numbers) >= min(job.starts, KEPT_ATTEMPTS) - _cut_off_by_unclaiming(steps)


def _cut_off_by_unclaiming(steps: list[tuple[str, Job]]) -> int:
    """An attempt that fell off for one that then never started does not come back."""
    return sum(name == "unclaim" for name, _ in steps)


@given(lives)
def test_a_lease_is_held_exactly_while_processing(steps: list[tuple[str, Job]]):
    for _, job in steps:
        assert (job.lease_until is not None) == (job.status is Status.PROCESSING)


@given(lives)
def test_a_job_has_ended_exactly_when_it_says_when(steps: list[tuple[str, Job]]):
    for _, job in steps:
        assert (job.completed_at is not None) == (job.status in ENDED)
        assert job.status.is_open == (job.status not in ENDED)


@given(st.sampled_from(list(Status)), st.sampled_from(list(EVERYTHING)))
def test_a_move_leads_along_an_arrow_or_is_refused(status: Status, name: str):
    claimed = a_job().claim(at=NOON, lease=LEASE)
    job = replace(claimed, status=status)
    try:
        after = EVERYTHING[name][1](job, NOON)
    except ValueError:
        return

    assert (status, after.status) in MOVES


def test_every_arrow_says_what_it_means():
    assert all(sentence.endswith(".") for sentence in MOVES.values())
    assert not any(before is Status.COMPLETED for before, _ in MOVES)
