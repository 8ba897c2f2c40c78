"""Stored jobs whose indexes are behind, and the stream of what happens to them."""

import heapq
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored
from tests.rig.memory.agenda import MemoryEntries
from tests.rig.memory.clock import MemoryClock
from tests.simulation.fates import Fates

#: How far an index may be behind, and how often it is.
LONGEST_LAG = timedelta(seconds=3)
LAGS = 0.02


class LaggingEntries(MemoryEntries):
    """`MemoryEntries` whose order is read from an image that catches up a little later."""

    def __init__(self, clock: MemoryClock, fates: Fates) -> None:
        self.changes: list[Change] = []
        #: A promote or a retry may bring it forward, never before that.
        self.earliest_due_at: dict[str, datetime] = {}
        self._clock = clock
        self._fates = fates
        self._image = MemoryEntries()
        self._coming: list[tuple[datetime, int, str, Stored | None]] = []
        self._last_at: dict[str, datetime] = {}
        super().__init__()

    def __setitem__(self, job_id: str, entry: Stored) -> None:
        before = self.data.get(job_id)
        super().__setitem__(job_id, entry)
        due_at = entry.job.due_at
        self.earliest_due_at[job_id] = min(due_at, self.earliest_due_at.get(job_id, due_at))
        self._tell(job_id, before, entry)

    def __delitem__(self, job_id: str) -> None:
        before = self.data[job_id]
        super().__delitem__(job_id)
        self._tell(job_id, before, None)

    def recent(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """By what the image shows: a read that is not consistent is as late as the indexes."""
        return self._caught_up().recent(job_ids)

    def between(self, queue: Queue, shard: int, *, since: datetime, until: datetime) -> list[str]:
        """By what the image shows."""
        return self._caught_up().between(queue, shard, since=since, until=until)

    def ahead(self, queue: Queue, shard: int, *, after: str, most: int) -> list[Job]:
        """By what the image shows."""
        return self._caught_up().ahead(queue, shard, after=after, most=most)

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> list[Job]:
        """By what the image shows."""
        return self._caught_up().ended(queue, shard, status=status, before=before, most=most)

    def _tell(self, job_id: str, before: Stored | None, after: Stored | None) -> None:
        now = self._clock.now()
        number = len(self.changes)
        old, new = before and before.job, after and after.job
        self.changes.append(Change(f"event-{number:06}", now.replace(microsecond=0), old, new))
        lag = self._fates.up_to(LONGEST_LAG) if self._fates.strikes("index behind", LAGS) else None
        shown_at = max(now + (lag or timedelta()), self._last_at.get(job_id, now))
        self._last_at[job_id] = shown_at
        heapq.heappush(self._coming, (shown_at, number, job_id, after))

    def _caught_up(self) -> MemoryEntries:
        while self._coming and self._coming[0][0] <= self._clock.now():
            _, _, job_id, entry = heapq.heappop(self._coming)
            if entry is not None:
                self._image[job_id] = entry
            elif job_id in self._image:
                del self._image[job_id]
        return self._image
