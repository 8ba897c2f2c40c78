"""Census: every job is counted once, and the oldest pending one is the first to be due."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb_census import DynamoCensus
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.counting import Census, Standing
from chalicelib.ports.jobs import JobStore
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome, stored
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.tallies import MemoryCensus

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Town:
    """A store, and the census of it."""

    store: JobStore
    census: Census

    def settle(self, *jobs: Job) -> None:
        """Add jobs."""
        self.store.add([stored(job) for job in jobs])


@pytest.fixture
def town(store: JobStore) -> Town:
    if isinstance(store, MemoryJobStore):
        return Town(store, MemoryCensus(store))
    return Town(store, DynamoCensus("JobsTable"))


def test_every_job_stands_where_it_is(town: Town):
    done = a_claimed_job(workspace_id="w:2").record(an_outcome(), at=NOON, wait=timedelta())
    town.settle(a_job(), a_job(queue=Queue.SEND_EMAIL), a_claimed_job(), done)

    assert sorted(town.census.everybody(), key=repr) == sorted(
        [
            Standing("w1", Queue.SEND_SMS, Status.PENDING),
            Standing("w1", Queue.SEND_EMAIL, Status.PENDING),
            Standing("w1", Queue.SEND_SMS, Status.PROCESSING),
            Standing("w:2", Queue.SEND_SMS, Status.COMPLETED),
        ],
        key=repr,
    )


def test_nobody_is_nobody(town: Town):
    assert list(town.census.everybody()) == []
    assert town.census.oldest_pending_at("w1") is None


def test_many_jobs_are_each_counted_once(town: Town):
    town.settle(*(a_job() for _ in range(130)))

    assert len(list(town.census.everybody())) == 130


def test_the_oldest_pending_job_is_the_first_to_be_due(town: Town):
    town.settle(a_job(due_at=NOON + 2 * SECOND), a_job(due_at=NOON + SECOND))

    assert town.census.oldest_pending_at("w1") == NOON + SECOND


def test_jobs_of_others_and_jobs_that_moved_on_are_not_the_oldest(town: Town):
    claimed = a_claimed_job(due_at=NOON - SECOND)
    town.settle(a_job(), claimed, a_job(workspace_id="w2", due_at=NOON - 2 * SECOND))

    assert town.census.oldest_pending_at("w1") == NOON


def test_a_crowd_under_way_hides_nobody_who_waits(town: Town):
    town.settle(*(a_claimed_job(due_at=NOON - SECOND) for _ in range(30)), a_job())

    assert town.census.oldest_pending_at("w1") == NOON
