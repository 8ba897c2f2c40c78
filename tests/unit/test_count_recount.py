"""A recount finds what differs, lets movement be, and adds what is missing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.flow.count import Count
from chalicelib.flow.recount import Comparison, Recount, Report
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.tally import TotalKey
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome, stored
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.tallies import MemoryCensus, MemoryTallies

OURS = TotalKey("w1", Queue.SEND_SMS)


class BusyClock(MemoryClock):
    """A clock while whose sleeper waits, something happens."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    async def sleep_until(self, at: datetime) -> None:
        self.meanwhile()
        await super().sleep_until(at)


@dataclass
class Office:
    """A store and its tallies, both empty at first."""

    clock: BusyClock = field(default_factory=BusyClock)
    store: MemoryJobStore = field(default_factory=MemoryJobStore)
    tallies: MemoryTallies = field(default_factory=MemoryTallies)

    def add(self, *jobs: Job, counted: bool = True) -> None:
        """Store new jobs, and have them counted or not."""
        self.store.add([stored(job) for job in jobs])
        if counted:
            Count(self.tallies)(Change(f"new {job.id}", NOON, None, job) for job in jobs)

    def recount(self, *, repair: bool) -> Report:
        census = MemoryCensus(self.store)
        recount = Recount(self.clock, census, self.tallies, self.tallies)
        return asyncio.run(recount(repair=repair))


def a_completed_job() -> Job:
    return a_claimed_job().record(an_outcome(), at=NOON, wait=timedelta())


def test_where_all_is_well_nothing_drifts_and_nobody_waits():
    office = Office()
    office.add(a_job(), a_claimed_job(workspace_id="w2"))
    before = office.clock.now()

    report = office.recount(repair=True)

    assert report == Report(compared=24, drift=[], repaired=False)
    assert office.clock.now() == before


def test_an_uncounted_job_is_drift_of_its_workspace_and_of_everyone():
    office = Office()
    office.add(a_completed_job(), counted=False)

    drift = office.recount(repair=False).drift

    assert [(each.key.scope, each.figure) for each in drift] == [
        (scope, figure)
        for scope in ("*", "w1")
        for figure in ("now_completed", "accepted", "completed")
    ]
    assert drift[-1] == Comparison(OURS, "completed", counted=1, tallied=0)


def test_what_is_only_compared_stays_as_it_is():
    office = Office()
    office.add(a_job(), counted=False)

    assert office.recount(repair=False).repaired is False
    assert office.tallies.of("w1") == {}


def test_a_repair_makes_it_right():
    office = Office()
    office.add(a_job(), a_completed_job())
    office.add(a_job(workspace_id="w2"), counted=False)
    gone = a_job()
    Count(office.tallies)([Change("e", NOON, None, gone)])

    assert office.recount(repair=True).repaired is True
    assert office.recount(repair=True).drift == []
    assert office.tallies.of("w1")[Queue.SEND_SMS]["now_pending"] == 1
    assert office.tallies.of("w2")[Queue.SEND_SMS]["now_pending"] == 1


def test_what_only_grows_is_raised_and_never_lowered():
    office = Office()
    office.add(a_completed_job(), a_completed_job())
    office.store.entries.popitem()

    office.recount(repair=True)

    assert office.tallies.of("w1")[Queue.SEND_SMS]["now_completed"] == 1
    assert office.tallies.of("w1")[Queue.SEND_SMS]["completed"] == 2
    assert office.tallies.of("w1")[Queue.SEND_SMS]["accepted"] == 2


def test_what_the_stream_brings_in_time_is_no_drift():
    office = Office()
    job = a_job()
    office.add(job, counted=False)
    count = Count(office.tallies)
    office.clock.meanwhile = lambda: count([Change("e", NOON, None, job)])

    assert office.recount(repair=True) == Report(compared=16, drift=[], repaired=False)
    assert office.tallies.of("w1")[Queue.SEND_SMS]["now_pending"] == 1


def test_a_difference_that_changes_between_the_looks_is_movement():
    office = Office()
    office.add(a_job(), counted=False)
    office.clock.meanwhile = lambda: office.add(a_job(), counted=False)

    assert office.recount(repair=True).drift == []
    assert office.tallies.of("w1") == {}


def test_the_second_look_comes_three_seconds_later():
    office = Office()
    office.add(a_job(), counted=False)
    before = office.clock.now()

    office.recount(repair=False)

    assert office.clock.now() == before + timedelta(seconds=3)
