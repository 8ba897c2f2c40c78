"""Lists of jobs and the audit trail in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.model.audit import UNFINISHED, AuditEntry
from chalicelib.model.cursor import place
from chalicelib.model.job import Job
from chalicelib.model.listing import Query, Row, index_place, list_place
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stretch
from tests.rig.memory.jobs import Faults, MemoryJobStore


@dataclass(frozen=True, slots=True)
class MemoryJobLists:
    """`ports.JobLists` over the memory store; indexes that are never behind."""

    store: MemoryJobStore

    def stretch(self, query: Query, status: Status, *, after: str | None, limit: int) -> Stretch:
        """In the query's order; those under way are among the pending, as in the real index."""
        is_pending = status is Status.PENDING
        jobs = {
            index_place(job) if is_pending else list_place(job): job
            for job in self._jobs()
            if job.workspace_id == query.workspace_id
            and (job.status.is_open if is_pending else job.status is status)
        }
        places = sorted(jobs, reverse=query.newest_first)
        behind = [p for p in places if after is None or _is_behind(p, query, after=after)]
        seen = behind[:limit]
        rows = [
            Row(status, each, jobs[each].id) for each in seen if query.filter.matches(jobs[each])
        ]
        return Stretch(rows, seen[-1] if len(behind) > limit else None)

    def of_communication(
        self, workspace_id: str, communication_id: str, *, after: str | None, limit: int
    ) -> Sequence[str]:
        """Those that were given it, the oldest first."""
        found = sorted(
            place(job.created_at, job.id)
            for job in self._jobs()
            if job.workspace_id == workspace_id and job.communication_id == communication_id
            if job.communication_id != job.id
        )
        return [each for each in found if after is None or each > after][:limit]

    def _jobs(self) -> list[Job]:
        return [entry.job for entry in self.store.entries.values()]


def _is_behind(each: str, query: Query, *, after: str) -> bool:
    return each < after if query.newest_first else each > after


@dataclass(slots=True)
class MemoryAuditTrail:
    """`ports.AuditTrail` in a dict."""

    entries: dict[str, AuditEntry] = field(default_factory=dict[str, AuditEntry])
    faults: Faults = field(default_factory=Faults)

    def begin(self, entry: AuditEntry) -> None:
        """A new one."""
        self.faults.strike("begin")
        self.entries[place(entry.at, entry.id)] = entry

    def end(self, entry: AuditEntry) -> None:
        """Once."""
        self.faults.strike("end")
        known = self.entries.get(place(entry.at, entry.id))
        if known is not None and known.result == UNFINISHED:
            self.entries[place(entry.at, entry.id)] = entry

    def page(
        self, workspace_id: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[AuditEntry], str | None]:
        """Newest first."""
        places = sorted(
            (
                each
                for each, entry in self.entries.items()
                if entry.workspace_id == workspace_id and (after is None or each < after)
            ),
            reverse=True,
        )
        page = places[:limit]
        return [self.entries[each] for each in page], page[-1] if len(places) > limit else None
