"""What a board shows of the queues: counts and pages, at a cost that no backlog raises.

The counts are the tallies'. What part of the pending jobs waits and what part is delayed changes by
time alone, which no counter sees: so the jobs that come next are looked at, up to a bound.
"""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.flow.completed import Completed
from chalicelib.model.agenda import OPEN_SHARDS, PARKED_AT, SHARDS
from chalicelib.model.board import ENDED, OPEN, PENDING, REACH, Tab, tab_of
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.status import Status
from chalicelib.model.tally import EVERYONE, STANDING, Figures
from chalicelib.ports.counting import TallyTotals
from chalicelib.ports.delivery import Pauses
from chalicelib.ports.jobs import Glimpse, JobStore, QueueLists, Stored
from chalicelib.ports.world import Clock

#: Open jobs of one shard that are looked at.
LOOK = REACH // SHARDS
#: Queues of jobs that were due when they came: what is far ahead of them waits for its turn.
_AT_ONCE = frozenset({Queue.SEND_SMS, Queue.SEND_EMAIL})
_LATEST = (Tab.ACTIVE, Tab.WAITING, Tab.PRIORITIZED, Tab.COMPLETED, Tab.FAILED, Tab.DELAYED)


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue: how many jobs stand under each of its tabs but the latest, and whether it rests."""

    queue: Queue
    counts: Mapping[Tab, int]
    is_paused: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for of one queue; pages count from 1."""

    queue: Queue
    tab: Tab = Tab.LATEST
    page: int = 1
    size: int = 10


@dataclass(frozen=True, slots=True)
class Tabs:
    """The verb of the board."""

    clock: Clock
    lists: QueueLists
    store: JobStore
    totals: TallyTotals
    pauses: Pauses
    completed: Completed

    def __call__(
        self, selection: Selection | None = None
    ) -> tuple[Sequence[QueueFacts], Sequence[Stored]]:
        """All five queues, and the selected jobs of one as they are now."""
        figures = self.totals.of(EVERYONE)
        paused = self.pauses.paused()
        looks = {
            queue: self._look(queue, is_paused=queue in paused)
            for queue in Queue
            if _any_open(figures.get(queue, {})) or (selection and selection.queue is queue)
        }
        facts = [
            QueueFacts(
                queue,
                self._counts(queue, figures.get(queue, {}), look=looks.get(queue, [])),
                queue in paused,
            )
            for queue in Queue
        ]
        if selection is None:
            return facts, []
        completed = _standing(figures.get(selection.queue, {}), Status.COMPLETED)
        return facts, self._selected(selection, looks[selection.queue], completed=completed)

    def _look(self, queue: Queue, *, is_paused: bool) -> Sequence[Glimpse]:
        """The open jobs that come next, and those that are parked; soonest first."""
        parked = to_iso(PARKED_AT)
        shards = [self.lists.ahead(queue, i, after=None, most=LOOK) for i in OPEN_SHARDS]
        if is_paused:
            shards += [self.lists.ahead(queue, i, after=parked, most=LOOK) for i in OPEN_SHARDS]
        seen: dict[str, Glimpse] = {}
        for each in heapq.merge(*shards, key=lambda each: each.place):
            seen.setdefault(each.job_id, each)
        return list(seen.values())

    def _counts(
        self, queue: Queue, figures: Figures, *, look: Sequence[Glimpse]
    ) -> Mapping[Tab, int]:
        now = self.clock.now()
        found = Counter(tab_of(each, now) for each in look)
        seen = {tab: found[tab] for tab in OPEN}
        counts = {tab: _standing(figures, status) for tab, status in ENDED.items()}
        if len(look) < LOOK:  # no shard has more: what was seen is all that there is
            return counts | seen
        rest = _standing(figures, Status.PENDING) - sum(seen[tab] for tab in PENDING)
        seen[Tab.WAITING if queue in _AT_ONCE else Tab.DELAYED] += max(rest, 0)
        return counts | seen | {Tab.ACTIVE: _standing(figures, Status.PROCESSING)}

    def _selected(
        self, selection: Selection, look: Sequence[Glimpse], *, completed: int
    ) -> Sequence[Stored]:
        now = self.clock.now()
        ids = self._ids(selection, look, completed=completed)
        found = self.store.get_many(ids)
        wanted = (selection.tab,) if selection.tab is not Tab.LATEST else _LATEST
        entries = [found[job_id] for job_id in ids if job_id in found]
        return [entry for entry in entries if tab_of(entry.job, now) in wanted]

    def _ids(
        self, selection: Selection, look: Sequence[Glimpse], *, completed: int
    ) -> Sequence[str]:
        """Of one tab; `completed`: so many jobs of the queue are."""
        size = selection.size
        if selection.tab is Tab.LATEST:
            pages = [
                self._ids(Selection(selection.queue, tab, size=size), look, completed=completed)
                for tab in _LATEST
            ]
            return [job_id for page in pages for job_id in page]
        start = (selection.page - 1) * size
        end = min(start + size, REACH)
        if start >= end:
            return []
        match selection.tab:
            case Tab.COMPLETED:
                return self.completed.newest(selection.queue, most=min(end, completed))[start:]
            case Tab.FAILED:
                return self._failed(selection.queue, most=end)[start:]
            case _:
                now = self.clock.now()
                rows = [each.job_id for each in look if tab_of(each, now) is selection.tab]
                return rows[start:end]

    def _failed(self, queue: Queue, *, most: int) -> Sequence[str]:
        """Over all shards, the newest end first."""
        shards = [
            self.lists.ended(queue, i, status=Status.FAILED, before=None, most=most)
            for i in range(SHARDS)
        ]
        merged = heapq.merge(*shards, key=lambda each: each.place, reverse=True)
        return [each.job_id for each in merged][:most]


def _any_open(figures: Figures) -> bool:
    return any(_standing(figures, each) for each in (Status.PENDING, Status.PROCESSING))


def _standing(figures: Figures, status: Status) -> int:
    """The tally of a state; the stream's records of one job may be a moment apart."""
    return max(0, figures.get(STANDING[status], 0))
