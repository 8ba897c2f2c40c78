"""The completed jobs of a queue, whatever workspaces they are of: kept from the stream, and listed.

They leave the agenda as they end: its entry of each would cost as much as accepting the job. Those
that were completed before that was so are found there until they expire.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chalicelib.model.agenda import SHARDS
from chalicelib.model.board import REACH
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.completions import completions_of, in_order
from chalicelib.model.cursor import id_at
from chalicelib.model.status import Status
from chalicelib.ports.counting import CompletionLog
from chalicelib.ports.jobs import JobStore, QueueLists

#: Completions that are looked at for one page: of those, jobs may have been deleted.
FURTHEST = 3 * REACH
#: Jobs that are read together.
CHUNK = 100


@dataclass(frozen=True, slots=True)
class KeepCompleted:
    """The verb of the jobs' stream."""

    log: CompletionLog

    def __call__(self, changes: Iterable[Change]) -> None:
        """Keep what a batch says was completed; it may come again."""
        self.log.keep(completions_of(changes))


@dataclass(frozen=True, slots=True)
class Completed:
    """The verbs of the board."""

    log: CompletionLog
    lists: QueueLists
    store: JobStore

    def newest(self, queue: Queue, *, most: int) -> Sequence[str]:
        """Ids of up to so many jobs that are completed, the newest end first."""
        places = islice(self._places(queue, page=most), FURTHEST)
        found: dict[str, None] = {}
        while len(found) < most and (chunk := list(islice(places, min(most, CHUNK)))):
            ids = [id_at(each) for each in chunk]
            there = self.store.get_jobs(ids)
            found |= dict.fromkeys(each for each in ids if each in there)
        return list(found)[:most]

    def walk(self, queue: Queue) -> Iterator[Sequence[str]]:
        """Ids of jobs that were completed until now, chunk by chunk, each at least once.

        For whoever takes them away: who asks for the next chunk has dealt with the last one, whose
        completions are then forgotten.
        """
        for batch in self.log.newest(queue):
            yield from _chunks(iter(batch.places))
            self.log.forget(batch)
        for shard in range(SHARDS):
            yield from _chunks(self._left(queue, shard, page=CHUNK))

    def _places(self, queue: Queue, *, page: int) -> Iterator[str]:
        kept = in_order(self.log.newest(queue))
        left = (self._left(queue, i, page=page) for i in range(SHARDS))
        return heapq.merge(kept, *left, reverse=True)

    def _left(self, queue: Queue, shard: int, *, page: int) -> Iterator[str]:
        """Those that stand in the agenda, of one shard."""
        before: str | None = None
        while found := self.lists.ended(
            queue, shard, status=Status.COMPLETED, before=before, most=page
        ):
            yield from (each.place for each in found)
            if len(found) < page:
                return
            before = found[-1].place


def _chunks(places: Iterator[str]) -> Iterator[Sequence[str]]:
    while chunk := [id_at(each) for each in islice(places, CHUNK)]:
        yield chunk
