"""Counts the changes of jobs: each exactly once, however often and in what batches it comes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.errors import RetryableError
from chalicelib.model.change import Change
from chalicelib.model.ledger import Entry, Known, entries_of, groups, portion_of
from chalicelib.ports.counting import TallyLedger

#: Items of one TransactWriteItems (AWS DynamoDB API reference).
MOST_ITEMS = 100
#: Who finds a number taken reads again; of those who meet, one gets through each round.
ROUNDS = 20
#: Buckets whose marks are kept in memory: reading on from there is one small page.
KEPT_BUCKETS = 12


@dataclass(slots=True)
class Count:
    """The verb behind the jobs' stream."""

    ledger: TallyLedger
    most_items: int = MOST_ITEMS
    _known: dict[datetime, Known] = field(default_factory=dict[datetime, Known], init=False)

    def __call__(self, changes: Iterable[Change]) -> int:
        """Add what is new to the tallies; answers how many changes that were.

        RetryableError where the tallies do not answer: what was counted until then stays so, and
        the same changes may come again.
        """
        self._forget()
        entries = entries_of(changes)
        counted = 0
        for _ in range(ROUNDS):
            fresh = self._uncounted(entries)
            done = self._count(fresh)
            counted += done
            if done == len(fresh):
                return counted
        message = "counting: the ledger keeps changing"
        raise RetryableError(message)

    def _uncounted(self, entries: Sequence[Entry]) -> list[Entry]:
        """Read the ledger up to now; answers what is not in it."""
        for bucket_at in {entry.bucket_at for entry in entries}:
            known = self._known.setdefault(bucket_at, Known())
            for mark in self.ledger.marks(bucket_at, since=known.next_number):
                known.learn(mark)
        return [e for e in entries if e.digest not in self._known[e.bucket_at].digests]

    def _forget(self) -> None:
        for bucket_at in sorted(self._known)[:-KEPT_BUCKETS]:
            del self._known[bucket_at]

    def _count(self, entries: Sequence[Entry]) -> int:
        """Write group by group; answers how many entries were written before one was too late."""
        done = 0
        for group in groups(entries, most_items=self.most_items):
            portion = portion_of(group, self._known)
            if not self.ledger.commit(portion):
                break
            for mark in portion.marks:
                self._known[mark.bucket_at].learn(mark)
            done += len(group)
        return done
