"""When an open job next needs attention, and on which shard of the agenda it stands.

The agenda is one ordered index: release reads the jobs of a minute from it, the rescue what is
overdue, and operators the oldest that is pending.
"""

import zlib
from datetime import UTC, datetime, timedelta

from chalicelib.model.priority import Priority

#: A DynamoDB partition takes 1,000 writes a second; a key's writes stay within one partition.
SHARDS = 4
#: Open jobs of each priority have shards of their own: who comes next is then found without
#: walking over thousands of others.
SHARDS_OF = {Priority.NORMAL: range(4), Priority.HIGH: range(4, 6), Priority.LOW: range(6, 8)}
#: All that open jobs stand on.
OPEN_SHARDS = range(8)
#: What a job that was handed over may be late before the rescue hands it over again.
GRACE = timedelta(seconds=45)
#: Where jobs of a paused queue stand: at the end of the agenda, behind all that will ever be due.
PARKED_AT = datetime(9999, 1, 1, tzinfo=UTC)


def shard_of(job_id: str) -> int:
    """The shard of a job that has ended: stable, and even over ids."""
    return _hash(job_id) % SHARDS


def open_shard_of(job_id: str, priority: Priority) -> int:
    """The shard of a job that is open."""
    shards = SHARDS_OF[priority]
    return shards[_hash(job_id) % len(shards)]


def _hash(job_id: str) -> int:
    return zlib.crc32(job_id.encode())


def attention_after_hand_over(served_at: datetime) -> datetime:
    """When to look after a job that should be served at that instant."""
    return served_at + GRACE
