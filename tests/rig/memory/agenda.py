"""Stored jobs in memory, and the order in which the agenda has them."""

from bisect import bisect_left, bisect_right, insort
from collections import UserDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence, ValuesView
from datetime import datetime
from typing import NamedTuple

from chalicelib.model.agenda import open_shard_of, shard_of
from chalicelib.model.channel import Queue
from chalicelib.model.cursor import id_at, place
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored


class _Row(NamedTuple):
    """A list of the agenda; `status` is None in that of the open jobs."""

    queue: Queue
    shard: int
    status: Status | None


class MemoryEntries(UserDict[str, Stored]):
    """A dict of stored jobs by their ids, whose agenda is always in order."""

    def __init__(self) -> None:
        self._rows: dict[_Row, list[str]] = defaultdict(list)
        super().__init__()

    def __setitem__(self, job_id: str, entry: Stored) -> None:
        known = self.data.get(job_id)
        if known is None or _spot(known.job) != _spot(entry.job):
            if known is not None:
                self._leave(known.job)
            if spot := _spot(entry.job):
                insort(self._rows[spot[0]], spot[1])
        self.data[job_id] = entry

    def __delitem__(self, job_id: str) -> None:
        self._leave(self.data[job_id].job)
        del self.data[job_id]

    def values(self) -> ValuesView[Stored]:
        """In the order in which they were first stored."""
        return self.data.values()

    def add(self, entries: Mapping[str, Stored]) -> None:
        """Keep them."""
        for job_id, entry in entries.items():
            self[job_id] = entry

    def recent(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Those that existed a moment ago, as they were then."""
        return {job_id: self.data[job_id] for job_id in job_ids if job_id in self.data}

    def between(self, queue: Queue, shard: int, *, since: datetime, until: datetime) -> list[str]:
        """Ids of the open jobs that need attention between two instants."""
        row = self._rows[_Row(queue, shard, None)]
        found = row[bisect_left(row, to_iso(since)) : bisect_left(row, to_iso(until))]
        return [id_at(each) for each in found]

    def ahead(self, queue: Queue, shard: int, *, after: str, most: int) -> list[Job]:
        """Up to so many open jobs behind a place."""
        row = self._rows[_Row(queue, shard, None)]
        start = bisect_right(row, after)
        return self._jobs(row[start : start + most])

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> list[Job]:
        """Up to so many jobs that ended so before a place, the newest end first."""
        row = self._rows[_Row(queue, shard, status)]
        end = len(row) if before is None else bisect_left(row, before)
        return self._jobs(row[max(0, end - most) : end][::-1])

    def _jobs(self, places: Sequence[str]) -> list[Job]:
        return [self.data[id_at(each)].job for each in places]

    def _leave(self, job: Job) -> None:
        if spot := _spot(job):
            places = self._rows[spot[0]]
            del places[bisect_left(places, spot[1])]


def place_of(job: Job) -> str:
    """Where a job stands: by its attention while it is open, by its end after that."""
    at = (job.attention_at or job.due_at) if job.status.is_open else job.completed_at
    return place(at or job.updated_at, job.id)


def _spot(job: Job) -> tuple[_Row, str] | None:
    """Where it stands; nowhere once it is completed."""
    if job.status is Status.COMPLETED:
        return None
    if job.status.is_open:
        return _Row(job.queue, open_shard_of(job.id, job.priority), None), place_of(job)
    return _Row(job.queue, shard_of(job.id), job.status), place_of(job)
