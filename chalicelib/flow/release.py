"""Brings what waits far ahead, or was lost on its way, (back) to the queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.flow.dispatch import Dispatch, Turn
from chalicelib.model.agenda import SHARDS
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.outcome import LOST
from chalicelib.model.status import Status
from chalicelib.ports import Clock, JobStore

#: Jobs read and handed over at a time.
PAGE = 100
#: Jobs that one run of the rescue hands over from one shard of one queue's agenda.
RESCUED_A_SHARD = 200
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Release:
    """The two verbs that read the agenda."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch

    def release(self, bucket_at: datetime) -> int:
        """Hand over the jobs of a minute bucket; answers how many."""
        return sum(
            self._drain(queue, shard, since=bucket_at, until=bucket_at + MINUTE, limit=None)
            for queue in Queue
            for shard in range(SHARDS)
        )

    def rescue(self) -> int:
        """Hand over again what is overdue: lost messages, dead workers, missed timers.

        Bounded, so that it never amplifies a backlog; answers how many jobs it touched.
        """
        until = self.clock.now()
        return sum(
            self._drain(queue, shard, since=None, until=until, limit=RESCUED_A_SHARD)
            for queue in Queue
            for shard in range(SHARDS)
        )

    def _drain(
        self,
        queue: Queue,
        shard: int,
        *,
        since: datetime | None,
        until: datetime,
        limit: int | None,
    ) -> int:
        """Page through one shard; each pass moves what it read beyond `until`, out of the next."""
        done = 0
        seen: set[str] = set()
        while limit is None or done < limit:
            ids = self.store.needing_attention(queue, shard, since=since, until=until, limit=PAGE)
            fresh = [job_id for job_id in ids if job_id not in seen]
            if not fresh:
                break
            seen.update(fresh)
            found = [entry.job for entry in self.store.get_many(fresh).values()]
            done += self._attend(found, beyond=until)
        return done

    def _attend(self, jobs: Sequence[Job], *, beyond: datetime) -> int:
        """Look after each job by its state; none needs attention before `beyond` again."""
        now = self.clock.now()
        lost = [self._give_up(job) for job in jobs if _is_lost(job, now)]
        busy = [job for job in jobs if job.lease_until is not None and not _is_lost(job, now)]
        for job in busy:
            self.store.touch(job.with_attention(max(job.lease_until or now, beyond)))
        waiting = [job for job in jobs if job.status is Status.PENDING]
        waiting += [job for job in lost if job is not None and job.status is Status.PENDING]
        turns = [_turn_of(job, now) for job in waiting]
        prepared = self.dispatch.prepared(turns)
        later = [job.with_attention(max(job.attention_at or now, beyond)) for job in prepared]
        kept = {job.id for job in later if self.store.touch(job)}
        self.dispatch.hand_over([turn for turn in turns if turn.job.id in kept])
        return len(jobs)

    def _give_up(self, job: Job) -> Job | None:
        """End an attempt whose worker was lost; None where somebody else was faster."""
        now = self.clock.now()
        after = job.record(LOST, at=now, wait=timedelta()).with_attention(now)
        return after if self.store.move(job, after) else None


def _is_lost(job: Job, now: datetime) -> bool:
    return job.lease_until is not None and job.lease_until <= now


def _turn_of(job: Job, now: datetime) -> Turn:
    """The turn that the job was given when it was scheduled: a crowd must not be spread twice."""
    return Turn(job, max(job.due_at, job.attention_at or now, now))
