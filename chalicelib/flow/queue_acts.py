"""What operators do to all jobs under a tab of a queue, whatever workspaces they are of."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from chalicelib.flow.completed import Completed
from chalicelib.flow.many import Many
from chalicelib.model.agenda import OPEN_SHARDS, SHARDS
from chalicelib.model.board import ENDED, PENDING, Tab, tab_of
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.model.tally import EVERYONE, STANDING
from chalicelib.ports.counting import TallyTotals
from chalicelib.ports.jobs import JobStore, QueueLists
from chalicelib.ports.world import Clock

#: How long one call acts; API Gateway waits for 29 s.
BUDGET = timedelta(seconds=12)
#: Jobs that are read and changed together.
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Done:
    """How many jobs a call changed, and about how many it had no time for."""

    changed: int
    left: int


#: Does it to some jobs; answers how many it changed.
Act: TypeAlias = Callable[[Sequence[Job]], int]


@dataclass(frozen=True, slots=True)
class QueueActs:
    """The verbs; each walks the tab once, and changes only jobs that still stand under it."""

    clock: Clock
    lists: QueueLists
    store: JobStore
    totals: TallyTotals
    many: Many
    completed: Completed

    def retry_failed(self, queue: Queue) -> Done:
        """Start the failed jobs over; one that fails again meanwhile is not met again."""
        return self._each(queue, (Tab.FAILED,), act=self.many.retry)

    def promote_delayed(self, queue: Queue) -> Done:
        """Let the delayed jobs be due now."""
        return self._each(queue, (Tab.DELAYED,), act=self.many.promote)

    def clean(self, queue: Queue, tab: Tab) -> Done:
        """Delete the jobs under a tab of failed, completed or pending ones."""
        return self._each(queue, (tab,), act=self.many.delete)

    def empty(self, queue: Queue) -> Done:
        """Delete every pending job; those whose callback is under way go on."""
        return self._each(queue, PENDING, act=self.many.delete)

    def _each(self, queue: Queue, tabs: Collection[Tab], *, act: Act) -> Done:
        ends_at = self.clock.now() + BUDGET
        changed = 0
        for chunk in self._chunks(queue, tabs):
            if self.clock.now() >= ends_at:
                return Done(changed, max(1, self._standing(queue, tabs) - changed))
            jobs = self.store.get_jobs(chunk).values()
            now = self.clock.now()
            changed += act([job for job in jobs if tab_of(job, now) in tabs])
        return Done(changed, 0)

    def _chunks(self, queue: Queue, tabs: Collection[Tab]) -> Iterator[Sequence[str]]:
        """Ids of what stands under the tabs, or did a moment ago: shard by shard."""
        started_at = f"{to_iso(self.clock.now())}~"
        if Tab.COMPLETED in tabs:
            yield from self.completed.walk(queue)
        if Tab.FAILED in tabs:
            for shard in range(SHARDS):
                yield from self._failed(queue, shard, before=started_at)
        if set(PENDING) & set(tabs):
            for shard in OPEN_SHARDS:
                yield from self._ahead(queue, shard)

    def _failed(self, queue: Queue, shard: int, *, before: str) -> Iterator[Sequence[str]]:
        while chunk := self.lists.ended(
            queue, shard, status=Status.FAILED, before=before, most=CHUNK
        ):
            yield [each.job_id for each in chunk]
            before = chunk[-1].place

    def _ahead(self, queue: Queue, shard: int) -> Iterator[Sequence[str]]:
        after: str | None = None
        while chunk := self.lists.ahead(queue, shard, after=after, most=CHUNK):
            yield [each.job_id for each in chunk]
            after = chunk[-1].place

    def _standing(self, queue: Queue, tabs: Collection[Tab]) -> int:
        """By the tallies, which are a moment behind."""
        statuses = [ENDED[tab] for tab in ENDED.keys() & tabs]
        figures = self.totals.of(EVERYONE).get(queue, {})
        return sum(figures.get(STANDING[status], 0) for status in statuses)
