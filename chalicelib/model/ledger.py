"""The ledger of what was counted: numbered marks, which make counting happen once.

A change belongs to the bucket of its own instant, whatever batch brings it. The marks of a bucket
are numbered without gaps, and each holds the digests of the changes that were counted with it. Who
counts has read all marks and writes the next number together with the deltas, in one transaction:
of two who count at the same time, one finds the number taken and reads again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from chalicelib.model.change import Change, deltas_of
from chalicelib.model.tally import Deltas, TallyKey, merged

#: Long enough that a batch touches few buckets, short enough that a bucket stays small to read.
BUCKET = timedelta(seconds=10)
#: 10,000 changes in one bucket collide once in 10**11 buckets.
DIGEST_BYTES = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One entry of the ledger: digests of changes that are counted, all of one bucket."""

    bucket_at: datetime
    number: int
    digests: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A change, ready to be counted."""

    bucket_at: datetime
    digest: bytes
    deltas: Deltas


@dataclass(frozen=True, slots=True)
class Portion:
    """What is written in one transaction: deltas, and the marks of all that they come from."""

    marks: tuple[Mark, ...]
    deltas: Deltas


@dataclass(slots=True)
class Known:
    """The marks of one bucket as far as they were read."""

    next_number: int = 0
    digests: set[bytes] = field(default_factory=set[bytes])

    def learn(self, mark: Mark) -> None:
        """Take in the next mark, and none beyond it: a query is no snapshot and may skip one."""
        if mark.number == self.next_number:
            self.next_number += 1
            self.digests.update(mark.digests)


def entries_of(changes: Iterable[Change]) -> list[Entry]:
    """Those changes that add anything, each once."""
    found: dict[bytes, Entry] = {}
    for change in changes:
        if deltas := deltas_of(change):
            digest = blake2b(change.event_id.encode(), digest_size=DIGEST_BYTES).digest()
            found[digest] = Entry(bucket_of(change.at), digest, deltas)
    return list(found.values())


def bucket_of(at: datetime) -> datetime:
    """The start of the bucket that an instant is in."""
    second = int(at.timestamp())
    return datetime.fromtimestamp(second - second % BUCKET.seconds, UTC)


def groups(entries: Iterable[Entry], *, most_items: int) -> Iterator[list[Entry]]:
    """Split entries so that each group needs at most so many items, marks and tallies together.

    An entry is never split; one that needs more on its own is a group of its own.
    """
    group: list[Entry] = []
    items: set[TallyKey | datetime] = set()
    for entry in entries:
        needed = {entry.bucket_at, *entry.deltas}
        if group and len(items | needed) > most_items:
            yield group
            group, items = [], set()
        group.append(entry)
        items |= needed
    if group:
        yield group


def portion_of(group: Sequence[Entry], known: dict[datetime, Known]) -> Portion:
    """The transaction of a group: its marks are the next ones of their buckets."""
    by_bucket: dict[datetime, list[bytes]] = {}
    for entry in group:
        by_bucket.setdefault(entry.bucket_at, []).append(entry.digest)
    marks = tuple(
        Mark(bucket_at, known[bucket_at].next_number, tuple(digests))
        for bucket_at, digests in by_bucket.items()
    )
    return Portion(marks, merged(entry.deltas for entry in group))
