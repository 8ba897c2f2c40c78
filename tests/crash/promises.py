"""What must be true of a world that has come to rest: the simulator's promises, and the wire's own.

`Aftermath` has the shape of a simulation that is done, so that both are judged by one set of
sentences (tests/simulation/promises.py).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import cast

from chalicelib import wiring
from chalicelib.adapters.dynamodb_items import job_of
from chalicelib.flow.recount import Recount
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.counting import Census, Standing
from chalicelib.ports.jobs import Stored
from tests.crash import emulator
from tests.crash.backend import WiredBackend
from tests.crash.world import World
from tests.rig.builders import a_payload
from tests.simulation import promises as simulated
from tests.simulation.callers import ANYBODY, Diary
from tests.simulation.simulation import Simulation


@dataclass(frozen=True, slots=True)
class _TrueClocks:
    """No process's clock is off."""

    has_skew: bool = False


class _Entries(dict[str, Stored]):
    """What is stored, and when each job was due at the earliest."""

    earliest_due_at: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class _Shared:
    entries: _Entries
    backend: WiredBackend


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a world has left."""

    shared: _Shared
    diary: Diary
    is_drained: bool
    #: The images of each job, in their order; None where it was deleted.
    lives: dict[str, list[Job | None]]
    #: Whose envelopes were in SQS before they were stored.
    strangers: set[str]
    has_receiver: bool
    fates: _TrueClocks = field(default_factory=_TrueClocks)

    @classmethod
    def of(cls, world: World) -> "Aftermath":
        """Read it all once."""
        lives: dict[str, list[Job | None]] = {}
        for record in emulator.stream_records():
            image = record["dynamodb"].get("NewImage")
            job_id = record["dynamodb"]["Keys"]["pk"]["S"]
            lives.setdefault(job_id, []).append(job_of(image) if image else None)
        entries = _Entries({k: Stored(job, a_payload()) for k, job in world.jobs().items()})
        entries.earliest_due_at = {
            job_id: min(job.due_at for job in life if job) for job_id, life in lives.items()
        }
        return cls(
            shared=_Shared(entries, world.backend),
            diary=world.diary,
            is_drained=world.is_drained,
            lives=lives,
            strangers=world.strangers,
            has_receiver=world.has_receiver,
        )

    @property
    def jobs(self) -> list[Job]:
        """Those that are left."""
        return [entry.job for entry in self.shared.entries.values()]


def breaches(world: World) -> list[str]:
    """One sentence for each."""
    left = Aftermath.of(world)
    told = [sentence for promise in SIMULATED for sentence in promise(cast("Simulation", left))]
    return told + [sentence for promise in OWN for sentence in promise(left)]


def everybody_ends_once(left: Aftermath) -> Iterator[str]:
    """One end, and one more for each time that an operator started it over."""
    for job_id, life in left.lives.items():
        known = [job for job in life if job]
        ends = Counter(
            job.status
            for before, job in pairwise(known)
            if before.status.is_open and not job.status.is_open
        )
        retries = sum(
            act.kind == "retry" and act.job_id in {job_id, ANYBODY} for act in left.diary.acts
        )
        if ends.total() > 1 + retries:
            yield f"job {job_id} has ended more than once: {dict(ends)}"


def no_message_is_given_up(_: Aftermath) -> Iterator[str]:
    """One death is no reason for a dead letter."""
    for name, letters in emulator.dead_letters().items():
        yield f"{name} has {letters}"


def nobody_is_called_for_nothing(left: Aftermath) -> Iterator[str]:
    """Whoever was called is stored, or was deleted."""
    unknown = {start.job_id for start in left.shared.backend.starts} - left.lives.keys()
    yield from (f"job {job_id} was called and never stored" for job_id in unknown)


def nobody_is_sent_before_the_put(left: Aftermath) -> Iterator[str]:
    """Where a process has died, no envelope is of a job that it has not stored."""
    yield from (f"job {job_id} was sent before it was stored" for job_id in left.strangers)


def a_key_makes_its_jobs_only(left: Aftermath) -> Iterator[str]:
    """Where all requests had keys, nobody is stored whom no answer names."""
    if left.diary.keyed and left.lives.keys() != left.diary.accepted:
        yield f"stored are {sorted(left.lives)}, accepted {sorted(left.diary.accepted)}"


def who_wants_to_know_is_told(left: Aftermath) -> Iterator[str]:
    """Of each job that fails, perhaps more than once, but always by the same id."""
    if not left.has_receiver:
        return
    posts = left.shared.backend.posts
    failed = {job.id for job in left.jobs if job.status is Status.FAILED}
    yield from (f"nobody was told of job {job_id}" for job_id in failed - {j for _, j in posts})
    for job_id, count in Counter(job_id for _, job_id in set(posts)).items():
        if count > 1:
            yield f"job {job_id} was told by {count} ids"


def tallies_equal_a_recount(left: Aftermath) -> Iterator[str]:
    """The real ones, which the tally Lambda has kept from the stream."""
    recount = Recount(wiring.clock(), _Census(left.jobs), wiring.totals(), wiring.ledger())
    report = asyncio.run(recount(repair=False))
    yield from (f"a tally has drifted: {each}" for each in report.drift)


@dataclass(frozen=True, slots=True)
class _Census(Census):
    """`ports.Census` of jobs that were read already."""

    jobs: Iterable[Job]

    def everybody(self) -> Iterable[Standing]:
        return [Standing(job.workspace_id, job.queue, job.status) for job in self.jobs]


SIMULATED: list[Callable[[Simulation], Iterator[str]]] = [
    simulated.nothing_surprises,
    simulated.accepted_is_durable,
    simulated.keys_are_kept,
    simulated.every_start_is_recorded,
    simulated.never_twice_without_a_reason,
    simulated.never_early,
    simulated.never_after_a_final_act,
    simulated.the_rate_is_a_rate,
]
OWN: list[Callable[[Aftermath], Iterator[str]]] = [
    everybody_ends_once,
    no_message_is_given_up,
    nobody_is_called_for_nothing,
    nobody_is_sent_before_the_put,
    a_key_makes_its_jobs_only,
    who_wants_to_know_is_told,
    tallies_equal_a_recount,
]
