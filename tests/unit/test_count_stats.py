"""Stats add up a workspace's queues, and ask for the oldest pending job only where there is one."""

from datetime import datetime, timedelta

from chalicelib.flow.count import Count
from chalicelib.flow.stats import ReadStats, Stats
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome, stored
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.tallies import MemoryCensus, MemoryTallies

NOTHING = Stats(dict.fromkeys(Status, 0), oldest_pending_at=None, mean_processing_s=0)


class NoIndex(MemoryCensus):
    """A census that must not be asked."""

    def oldest_pending_at(self, workspace_id: str) -> datetime | None:
        raise AssertionError(workspace_id)


def stats_of(workspace_id: str, *jobs: Job) -> Stats:
    tallies, store = MemoryTallies(), MemoryJobStore()
    store.add([stored(job) for job in jobs])
    Count(tallies)(Change(job.id, NOON, None, job) for job in jobs)
    waiting = any(job.status is Status.PENDING for job in jobs)
    census = MemoryCensus(store) if waiting else NoIndex(store)
    return ReadStats(tallies, census)(workspace_id)


def a_completed_job(*, queue: Queue, took_s: float) -> Job:
    at = NOON + timedelta(seconds=took_s)
    return a_claimed_job(queue=queue).record(an_outcome(), at=at, wait=timedelta())


def test_a_workspace_without_jobs_has_zeros():
    assert stats_of("w1") == NOTHING
    assert stats_of("unknown", a_claimed_job()) == NOTHING


def test_all_queues_are_added_up():
    jobs = [a_job(queue=queue) for queue in Queue]

    found = stats_of("w1", *jobs, a_claimed_job(), a_job(workspace_id="w2"))

    assert (found.total, found.counts[Status.PENDING]) == (6, 5)
    assert found.counts[Status.PROCESSING] == 1


def test_the_oldest_pending_job_is_the_first_to_be_due():
    found = stats_of("w1", a_job(due_at=NOON + timedelta(days=1)), a_job())

    assert found.oldest_pending_at == NOON


def test_a_single_pending_job_is_the_oldest():
    assert stats_of("w1", a_job()).oldest_pending_at == NOON


def test_the_mean_of_one_answer_is_its_own():
    assert stats_of("w1", a_completed_job(queue=Queue.SEND_SMS, took_s=4)).mean_processing_s == 4


def test_the_mean_is_over_all_answers():
    found = stats_of(
        "w1",
        a_completed_job(queue=Queue.SEND_SMS, took_s=1),
        a_completed_job(queue=Queue.SEND_EMAIL, took_s=4),
    )

    assert found.mean_processing_s == 2.5
