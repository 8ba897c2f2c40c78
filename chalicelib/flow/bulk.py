"""What operators do to many jobs at once: each at most once, in bounded calls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from chalicelib.flow.listing import MOST_ROWS, Listing
from chalicelib.flow.many import Many
from chalicelib.model.job import Job
from chalicelib.model.listing import Cursor, Query
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Clock

#: How long one call acts, and then counts what is left; API Gateway waits for 29 s.
BUDGET = timedelta(seconds=12)
COUNT_BUDGET = timedelta(seconds=6)
#: Jobs that are read, moved and handed over together.
CHUNK = 100


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What one call did; `remaining` matched too, and wait for a call with the cursor.

    Where even counting took too long, `matched` and `remaining` are what was counted until then.
    What is only counted, by the index, has those among the pending that are under way by now.
    """

    matched: int
    changed: int
    remaining: int
    cursor: Cursor | None


#: Does it to some jobs; answers how many it changed.
Act: TypeAlias = Callable[[Sequence[Job]], int]


@dataclass(frozen=True, slots=True)
class Bulk:
    """The verbs over a query of one status, which is walked from one end to the other.

    Each looks at the jobs again just before it acts: only those that still match are changed.
    """

    clock: Clock
    store: JobStore
    listing: Listing
    many: Many

    def count(self, query: Query, *, cursor: Cursor | None) -> BulkResult:
        """The dry run: how many match, by the index alone.

        A cursor comes back only where the list is too long to be counted in one call.
        """
        matched, here = self._count(query, cursor or Cursor(query.statuses[0]))
        return BulkResult(matched=matched, changed=0, remaining=matched, cursor=here)

    def retry(self, query: Query, *, cursor: Cursor | None) -> BulkResult:
        """Start failed jobs over; they take their turns under the same limits as all others.

        From the newest failure to the oldest: a job that fails again is ahead of where the walk
        began, and no walk meets it twice.
        """
        return self._each(query, cursor, act=self.many.retry)

    def cancel(self, query: Query, *, cursor: Cursor | None) -> BulkResult:
        """End pending jobs, those that would go out next before the others.

        A job whose retry is put off meanwhile moves to a later place, where the walk meets it.
        """
        return self._each(query, cursor, act=self.many.cancel)

    def _each(self, query: Query, cursor: Cursor | None, *, act: Act) -> BulkResult:
        ends_at = self.clock.now() + BUDGET
        here = cursor or Cursor(query.statuses[0])
        done = changed = 0
        while here is not None and self.clock.now() < ends_at:
            page = self.listing.stretch(query, cursor=here, limit=MOST_ROWS)
            here = page.cursor
            for i in range(0, len(page.rows), CHUNK):
                chunk = page.rows[i : i + CHUNK]
                jobs = self.store.get_jobs([row.job_id for row in chunk]).values()
                changed += self._act_on(jobs, query, act=act)
                done += len(chunk) - sum(job.status is Status.PROCESSING for job in jobs)
                if self.clock.now() >= ends_at and i + CHUNK < len(page.rows):
                    here = chunk[-1].cursor
                    break
        remaining = 0 if here is None else self._count(query, here)[0]
        return BulkResult(done + remaining, changed, remaining, here)

    def _act_on(self, jobs: Iterable[Job], query: Query, *, act: Act) -> int:
        return act(
            [job for job in jobs if job.status in query.statuses and query.filter.matches(job)]
        )

    def _count(self, query: Query, cursor: Cursor) -> tuple[int, Cursor | None]:
        """Rows from the cursor on; and where counting stopped, where time was too short."""
        ends_at = self.clock.now() + COUNT_BUDGET
        counted, here = 0, cursor
        while True:
            page = self.listing.stretch(query, cursor=here, limit=MOST_ROWS)
            counted += len(page.rows)
            if page.cursor is None or self.clock.now() >= ends_at:
                return counted, page.cursor
            here = page.cursor
