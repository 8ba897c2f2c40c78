"""Hands over what is due in one workspace, on an operator's word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.feed import Feed
from chalicelib.flow.listing import Listing
from chalicelib.flow.turns import Turn
from chalicelib.model.channel import Channel
from chalicelib.model.job import Job
from chalicelib.model.listing import Cursor, Filter, Query
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Clock

#: How long one call works; API Gateway waits for 29 s.
BUDGET = timedelta(seconds=15)
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class ProcessNow:
    """The verb; the slots decide when each job really starts.

    A job that has a turn ahead of it keeps that: jobs that are called for again and again come
    neither later nor before others. One whose turn has passed was lost, and gets a new one.
    """

    clock: Clock
    store: JobStore
    dispatch: Dispatch
    listing: Listing
    feed: Feed

    def __call__(self, workspace_id: str) -> int:
        """How many due jobs were handed over, the longest due first."""
        now = self.clock.now()
        query = Query(workspace_id, (Status.PENDING,), Filter(until=now), newest_first=False)
        cursor: Cursor | None = None
        dispatched = 0
        while self.clock.now() < now + BUDGET:
            page = self.listing.page(query, cursor=cursor, limit=_CHUNK)
            jobs = self.store.get_jobs([row.job_id for row in page.rows]).values()
            dispatched += self._hand_over([job for job in jobs if _is_due(job, now)])
            cursor = page.cursor
            if cursor is None:
                break
        for channel in Channel:
            self.feed(channel)
        return dispatched

    def _hand_over(self, jobs: Sequence[Job]) -> int:
        now = self.clock.now()
        turns = [Turn.given(job) for job in jobs if _keeps_turn(job, now)]
        turns += self.dispatch.plan([job for job in jobs if not _keeps_turn(job, now)])
        kept = self.store.touch_many(self.dispatch.prepared(turns))
        mine = [turn for turn, touched in zip(turns, kept, strict=True) if touched]
        return self.dispatch.hand_over(mine)


def _is_due(job: Job, now: datetime) -> bool:
    return job.status is Status.PENDING and job.due_at <= now and not job.is_parked


def _keeps_turn(job: Job, now: datetime) -> bool:
    """Whether it is held back, or its turn has not passed."""
    return not job.handed_over or Turn.given(job).served_at >= now
