"""Lives of jobs as a stream tells them: every legal move in any order, retries and deletes too."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.outcome import LOST
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_job, an_outcome

#: What a backend answers; None is no answer.
ANSWERS = [200, 400, 429, 503, None]
WORKSPACES = ["w1", "w2", "w3"]


@st.composite
def lives(draw: st.DrawFn, *, most_jobs: int = 6, most_moves: int = 12) -> list[Change]:
    """The changes of some jobs, mixed, each job's own in their order."""
    told = [draw(_life(number, most_moves)) for number in range(draw(st.integers(1, most_jobs)))]
    changes: list[Change] = []
    while told:
        life = draw(st.sampled_from(told))
        changes.append(life.pop(0))
        told = [life for life in told if life]
    return [replace(change, event_id=f"event-{n:05}") for n, change in enumerate(changes)]


@st.composite
def _life(draw: st.DrawFn, number: int, most_moves: int) -> list[Change]:
    at = NOON + draw(st.integers(0, 90)) * timedelta(seconds=1)
    job: Job | None = a_job(
        id=f"job-{number}",
        workspace_id=draw(st.sampled_from(WORKSPACES)),
        queue=draw(st.sampled_from(Queue)),
        created_at=at,
        due_at=at,
    )
    changes = [Change("", at, None, job)]
    for _ in range(draw(st.integers(0, most_moves))):
        if job is None:
            break
        at += draw(st.integers(0, 40)) * timedelta(milliseconds=700)
        before, job = job, draw(st.sampled_from(_next(job, at)))
        changes.append(Change("", at, before, job))
    return changes


def _next(job: Job, at: datetime) -> list[Job | None]:
    """Everything that may become of a job; None: deleted."""
    late = at + timedelta(seconds=1)
    match job.status:
        case Status.PENDING:
            return [job.claim(at=late, lease=LEASE), job.cancel(at=at), job.with_attention(late)]
        case Status.PROCESSING:
            outcomes = [LOST, *(an_outcome(status) for status in ANSWERS)]
            recorded = [job.record(each, at=late, wait=timedelta(seconds=2)) for each in outcomes]
            again = [job.postpone(at=late, lease=LEASE), job.unclaim(at=at), job.cancel(at=at)]
            return [*recorded, *again]
        case Status.CANCELLED if job.history and job.history[-1].finished_at is None:
            finished = job.history[-1].finish(an_outcome(429), at=late)
            return [job.with_history((*job.history[:-1], finished)), job.retry(at=at)]
        case Status.FAILED | Status.CANCELLED:
            return [job.retry(at=at), None]
        case Status.COMPLETED:
            return [None]


def jobs_left(changes: list[Change]) -> list[Job]:
    """The jobs that exist after all of it."""
    last = {(change.after or change.before or a_job()).id: change.after for change in changes}
    return [job for job in last.values() if job is not None]
