"""Lists of jobs, page by page: the cost of a page does not depend on the backlog."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chalicelib.model.cursor import place
from chalicelib.model.identity import is_id
from chalicelib.model.job import Job
from chalicelib.model.listing import Cursor, Query, Row, still_in
from chalicelib.model.status import Status
from chalicelib.ports.jobs import JobLists, JobStore, Stored

#: Index reads that one page may take where a filter matches little, and rows of one read.
MOST_READS = 10
MOST_ROWS = 1_000
#: Jobs whose payloads are read at a time.
CHUNK = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and where it goes on; `cursor` is None at its end."""

    rows: Sequence[Row]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The verbs of the lists."""

    lists: JobLists
    store: JobStore

    def page(self, query: Query, *, cursor: Cursor | None, limit: int) -> Page:
        """Up to `limit` rows; fewer do not mean the end, the cursor does."""
        rows: list[Row] = []
        here, reach = cursor, min(limit, MOST_ROWS)
        for _ in range(MOST_READS):
            found = self.stretch(query, cursor=here, limit=reach)
            waiting = self._waiting(found.rows)
            rows += waiting
            here = found.cursor
            if here is None or len(rows) >= limit:
                break
            is_sifted = query.filter.sifts or len(waiting) < len(found.rows)
            reach = min(2 * reach if is_sifted else limit - len(rows), MOST_ROWS)
        if len(rows) > limit:
            return Page(rows[:limit], rows[limit - 1].cursor)
        return Page(rows, here)

    def _waiting(self, rows: Sequence[Row]) -> list[Row]:
        """Without those that are under way: among the pending, there can be hundreds of them."""
        pending = [row.job_id for row in rows if row.status is Status.PENDING]
        jobs = self.store.get_jobs(pending) if pending else dict[str, Job]()
        busy = {job.id for job in jobs.values() if job.status is Status.PROCESSING}
        return [row for row in rows if row.job_id not in busy]

    def stretch(self, query: Query, *, cursor: Cursor | None, limit: int) -> Page:
        """One read of the list from the cursor on: the rows that match, out of `limit`."""
        here = cursor or Cursor(query.statuses[0])
        found = self.lists.stretch(query, here.status, after=here.after, limit=limit)
        if found.end is not None:
            return Page(found.rows, Cursor(here.status, found.end))
        following = query.statuses[query.statuses.index(here.status) + 1 :]
        return Page(found.rows, Cursor(following[0]) if following else None)

    def load(
        self, query: Query, *, cursor: Cursor | None, limit: int
    ) -> tuple[Iterator[tuple[Cursor, Stored]], Cursor | None]:
        """The jobs of a page, read as they are asked for, and where the list goes on behind it.

        Each comes with the cursor behind it. Jobs that have moved on meanwhile are left out.
        """
        page = self.page(query, cursor=cursor, limit=limit)
        return self._entries(query, page.rows), page.cursor

    def _entries(self, query: Query, rows: Sequence[Row]) -> Iterator[tuple[Cursor, Stored]]:
        for i in range(0, len(rows), CHUNK):
            chunk = rows[i : i + CHUNK]
            found = self.store.get_many([row.job_id for row in chunk])
            for row in chunk:
                entry = found.get(row.job_id)
                if entry is not None and still_in(query, row, job=entry.job):
                    yield row.cursor, entry

    def communication(
        self, workspace_id: str, communication_id: str, *, after: str | None, limit: int
    ) -> tuple[Iterator[tuple[str, Stored]], str | None]:
        """Jobs of a communication, the oldest first, each with the place behind which to go on.

        And the place behind all of them, None where there are no more. A job without any
        communication is its own, and the first of those that were given its id as theirs.
        """
        if not is_id(communication_id):
            return iter(()), None
        places = self.lists.of_communication(
            workspace_id, communication_id, after=after, limit=limit
        )
        ids = [each.partition("#")[2] for each in places]
        first = [communication_id] if after is None else []
        found = self._of_communication(workspace_id, communication_id, ids=[*first, *ids])
        return found, places[-1] if len(places) == limit else None

    def _of_communication(
        self, workspace_id: str, communication_id: str, *, ids: Sequence[str]
    ) -> Iterator[tuple[str, Stored]]:
        for i in range(0, len(ids), CHUNK):
            chunk = ids[i : i + CHUNK]
            found = self.store.get_many(chunk)
            for entry in (found[job_id] for job_id in chunk if job_id in found):
                job = entry.job
                if (job.workspace_id, job.communication_id) == (workspace_id, communication_id):
                    yield place(job.created_at, job.id), entry
