"""What must be true after every run: the promises of the service, each by a sentence per breach."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from chalicelib.errors import RetryableError
from chalicelib.flow.count import Count
from chalicelib.flow.recount import Recount
from chalicelib.model.channel import RATES, Channel
from chalicelib.model.job import KEPT_ATTEMPTS, Job
from chalicelib.model.outcome import Kind
from tests.rig.deliveries import DiedError, DyingLedger
from tests.rig.memory.jobs import MemoryClock
from tests.rig.memory.tallies import MemoryCensus, MemoryTallies
from tests.simulation.backend import Start
from tests.simulation.callers import ANYBODY, Act
from tests.simulation.fates import MOST_SKEW
from tests.simulation.simulation import Simulation, at_s

SECOND = timedelta(seconds=1)
NOTHING = timedelta()
#: What lets a callback be started again.
REPEATABLE = {Kind.RETRY, Kind.RATE_LIMITED, Kind.UNKNOWN}
FATES = ["works", "works", "works", "dies before", "dies after", "does not answer"]


def breaches(done: Simulation) -> list[str]:
    """One sentence for each."""
    return [sentence for promise in PROMISES for sentence in promise(done)]


def nothing_surprises(done: Simulation) -> Iterator[str]:
    """No verb raises what is not in the error tree."""
    yield from (f"somebody raised {error!r}" for error in done.diary.surprises)


def accepted_is_durable(done: Simulation) -> Iterator[str]:
    """Each accepted job has ended in one way, or was deleted; whatever is stored ends."""
    if not done.is_drained:
        yield "the system left quiet did not drain"
    deleted = {act.job_id for act in done.diary.acts if act.kind == "delete"}
    for job_id in done.diary.accepted - deleted:
        if job_id not in done.shared.entries:
            yield f"job {job_id} was accepted and is gone"
    for job in _jobs(done):
        if job.status.is_open:
            yield f"job {job.id} is still {job.status}, due at {at_s(job.due_at)}"


def keys_are_kept(done: Simulation) -> Iterator[str]:
    """Every answer to a key names the same jobs, as many as there were messages."""
    for key, (count, answers) in done.diary.keyed.items():
        if any(len(answer) != count for answer in answers):
            yield f"{key} has not {count} jobs"
        if any(answer != answers[0] for answer in answers):
            yield f"{key} was answered differently"


def every_start_is_recorded(done: Simulation) -> Iterator[str]:
    """Under the job's key, as an attempt of its own, in its history."""
    for job_id, starts in _starts_by_job(done).items():
        numbers = [start.attempt for start in starts]
        if any(start.key != job_id for start in starts):
            yield f"job {job_id} was called with another key"
        if len(set(numbers)) != len(numbers):
            yield f"job {job_id} was called twice as the same attempt: {numbers}"
        if (entry := done.shared.entries.get(job_id)) is not None:
            oldest = entry.job.starts - KEPT_ATTEMPTS
            known = {attempt.number for attempt in entry.job.history}
            for number in {each for each in numbers if each > oldest} - known:
                yield f"attempt {number} of job {job_id} is not in its history"


def never_twice_without_a_reason(done: Simulation) -> Iterator[str]:
    """Only an outcome that allows it is followed by another start, or an operator's retry."""
    for job_id, starts in _starts_by_job(done).items():
        entry = done.shared.entries.get(job_id)
        known = {each.number: each for each in entry.job.history} if entry else {}
        for before, after in pairwise(starts):
            attempt = known.get(before.attempt)
            is_allowed = attempt is None or attempt.kind in REPEATABLE
            if not is_allowed and not _retried(done, job_id, before.at, after.at):
                yield f"job {job_id} was called again at {at_s(after.at)} after {attempt}"


def never_early(done: Simulation) -> Iterator[str]:
    """By a clock that is off as far as clocks may be."""
    for start in done.shared.backend.starts:
        due_at = done.shared.entries.earliest_due_at[start.job_id]
        if start.at < due_at - _skew(done):
            yield f"job {start.job_id} started at {at_s(start.at)}, due at {at_s(due_at)}"


def never_after_a_final_act(done: Simulation) -> Iterator[str]:
    """Once a cancel or a delete has been answered, nothing starts until somebody retries."""
    starts = _starts_by_job(done)
    for act in done.diary.acts:
        if act.done_at is None or act.job_id == ANYBODY or act.kind == "retry":
            continue
        for start in starts[act.job_id]:
            if start.at > act.done_at and not _retried(done, act.job_id, act.began_at, start.at):
                yield f"job {act.job_id} started at {at_s(start.at)} after a {act.kind}"


def the_rate_is_a_rate(done: Simulation) -> Iterator[str]:
    """In any sliding second; where clocks are off, by as many as that lets overlap."""
    for channel in (Channel.SMS, Channel.EMAIL):
        times = [each.at for each in done.shared.backend.starts if each.channel == channel.value]
        overlap = 2 * _skew(done) // RATES[channel].spacing + 1 if _skew(done) else 0
        most = _most_in_a_second(times)
        if most > RATES[channel].per_s + 2 * overlap:
            yield f"{most} callbacks of {channel} in one second"


def counters_are_exact(done: Simulation) -> Iterator[str]:
    """Whatever the stream repeats and splits, and whoever dies amid counting."""
    random, tallies = Random(done.seed), MemoryTallies()
    changes, at = done.shared.entries.changes, 0
    while at < len(changes):
        ledger = DyingLedger(tallies, random.choices(FATES, k=3))
        first, size = max(0, at - random.choice([0, 0, 3, 40])), random.randint(1, 100)
        try:
            Count(ledger)(changes[first : at + size])
        except (DiedError, RetryableError):
            continue
        at += size
    recount = Recount(MemoryClock(), MemoryCensus(done.shared.store), tallies, tallies)
    report = asyncio.run(recount(repair=False))
    yield from (f"a tally has drifted: {each}" for each in report.drift)


PROMISES: list[Callable[[Simulation], Iterator[str]]] = [
    nothing_surprises,
    accepted_is_durable,
    keys_are_kept,
    every_start_is_recorded,
    never_twice_without_a_reason,
    never_early,
    never_after_a_final_act,
    the_rate_is_a_rate,
    counters_are_exact,
]


def _jobs(done: Simulation) -> list[Job]:
    return [entry.job for entry in done.shared.entries.values()]


def _skew(done: Simulation) -> timedelta:
    return MOST_SKEW if done.fates.has_skew else NOTHING


def _starts_by_job(done: Simulation) -> dict[str, list[Start]]:
    by_job: dict[str, list[Start]] = defaultdict(list)
    for start in done.shared.backend.starts:
        by_job[start.job_id].append(start)
    return by_job


def _retried(done: Simulation, job_id: str, after: datetime, before: datetime) -> bool:
    """Whether an operator may have started the job over between two instants."""

    def may_have(act: Act) -> bool:
        is_meant = act.kind == "retry" and act.job_id in (job_id, ANYBODY)
        return is_meant and act.began_at <= before and (act.done_at or before) >= after

    return any(map(may_have, done.diary.acts))


def _most_in_a_second(times: list[datetime]) -> int:
    most, first = 0, 0
    for i, at in enumerate(times):
        while times[first] <= at - SECOND:
            first += 1
        most = max(most, i - first + 1)
    return most
