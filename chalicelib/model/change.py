"""What one change of a job adds to the tallies."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.model.histogram import class_of
from chalicelib.model.instant import minute_of
from chalicelib.model.job import Attempt, Job
from chalicelib.model.outcome import Kind
from chalicelib.model.tally import (
    ACCEPTED,
    ANSWERED,
    DURATION_MS,
    ENDS,
    EVERYONE,
    EXCEEDED_AT,
    PROCESSED_AT,
    RATE_LIMITED,
    STANDING,
    Delta,
    Deltas,
    MinuteKey,
    TotalKey,
    merged,
    of_queue,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the jobs' stream: its id, its second, and the job before and after.

    `before` None is a new job, `after` None a deleted one.
    """

    event_id: str
    at: datetime
    before: Job | None
    after: Job | None


@dataclass(frozen=True, slots=True)
class _Sum:
    """What one job's change adds to its queue's tally, and to those of the channel's minutes."""

    total: Delta = field(default_factory=Delta)
    minutes: defaultdict[datetime, Delta] = field(default_factory=lambda: defaultdict(Delta))

    def during(self, at: datetime) -> Delta:
        """What is added to the minute of an instant."""
        return self.minutes[minute_of(at)]

    def of(self, job: Job) -> Iterator[Deltas]:
        """The same for the job's workspace and for everyone."""
        for scope in (job.workspace_id, EVERYONE):
            yield {TotalKey(scope, job.queue): self.total}
            yield {MinuteKey(scope, job.channel, at): delta for at, delta in self.minutes.items()}


def deltas_of(change: Change) -> Deltas:
    """What a change adds, for the job's workspace and for everyone; empty where it adds nothing."""
    before, after = change.before, change.after
    added = _Sum()
    if before is not None:
        added.total.count(STANDING[before.status], -1)
    if after is not None:
        added.total.count(STANDING[after.status])
        _count_moves(before, after, added=added)
        for attempt in newly_finished(before, after):
            _count_answer(attempt, added)
            if attempt.number == 1:
                _count_lateness(attempt, added, due_at=(before or after).due_at)
    job = after or before
    return merged(added.of(job)) if job else {}


def _count_moves(before: Job | None, after: Job, *, added: _Sum) -> None:
    """Whether the job is new, and whether it came to an end."""
    if before is None:
        added.total.count(ACCEPTED)
        added.during(after.created_at).count(ACCEPTED)
    ended = ENDS.get(after.status)
    if ended is None or (before is not None and before.status is after.status):
        return
    at = after.completed_at or after.updated_at
    added.total.count(ended)
    added.total.happened(PROCESSED_AT, at)
    added.during(at).count(ended)
    added.during(at).count(of_queue(ended, after.queue))


def newly_finished(before: Job | None, after: Job) -> list[Attempt]:
    """The attempts whose answers a change tells."""
    known = {a.number for a in before.history if a.finished_at} if before else set[int]()
    return [a for a in after.history if a.finished_at and a.number not in known]


def _count_answer(attempt: Attempt, added: _Sum) -> None:
    """How long the backend took, and whether it said that it was too much."""
    at, duration_ms = attempt.finished_at, attempt.duration_ms
    if at is None or duration_ms is None or attempt.kind is Kind.UNKNOWN:
        return
    minute = added.during(at)
    for delta in (added.total, minute):
        delta.count(ANSWERED)
        delta.count(DURATION_MS, duration_ms)
    minute.count(f"duration_{class_of(duration_ms):02}")
    if attempt.kind is Kind.RATE_LIMITED:
        added.total.count(RATE_LIMITED)
        added.total.happened(EXCEEDED_AT, at)
        minute.count(RATE_LIMITED)


def _count_lateness(attempt: Attempt, added: _Sum, *, due_at: datetime) -> None:
    """How long after its due instant a job's first callback started."""
    late_ms = lateness_ms(attempt, due_at=due_at)
    added.during(attempt.started_at).count(f"lateness_{class_of(late_ms):02}")


def lateness_ms(attempt: Attempt, *, due_at: datetime) -> int:
    """How long after a due instant an attempt started."""
    return (attempt.started_at - due_at) // timedelta(milliseconds=1)
