"""What the jobs' stream tells of its jobs: the same changes that the tallies count."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from chalicelib.model.change import Change, lateness_ms, newly_finished
from chalicelib.model.channel import Channel
from chalicelib.model.figure import Figure, Name, counted
from chalicelib.model.job import Job
from chalicelib.model.outcome import Kind
from chalicelib.model.status import Status

_ENDS = {Status.COMPLETED: Name.JOBS_COMPLETED, Status.FAILED: Name.JOBS_FAILED}


def stream_figures(changes: Iterable[Change]) -> list[Figure]:
    """What was accepted, ended and slowed down, and how late first callbacks started."""
    counts: Counter[tuple[Name, Channel]] = Counter()
    lateness: dict[Channel, list[float]] = defaultdict(list)
    for change in changes:
        if (after := change.after) is None:
            continue
        if (moved := _moved(change.before, after)) is not None:
            counts[moved, after.channel] += 1
        for attempt in newly_finished(change.before, after):
            if attempt.kind is Kind.RATE_LIMITED:
                counts[Name.JOBS_RATE_LIMITED, after.channel] += 1
            if attempt.number == 1:
                due_at = (change.before or after).due_at
                lateness[after.channel].append(lateness_ms(attempt, due_at=due_at))
    found = [counted(name, count, channel=channel) for (name, channel), count in counts.items()]
    return [*found, *(Figure(Name.LATENESS, each, channel) for channel, each in lateness.items())]


def _moved(before: Job | None, after: Job) -> Name | None:
    if before is None:
        return Name.JOBS_ACCEPTED
    return None if before.status is after.status else _ENDS.get(after.status)
