"""When an open job next needs attention, and on which shard of the agenda it stands.

The agenda is one ordered index: release reads the jobs of a minute from it, the rescue what is
overdue, and operators the oldest that is pending.
"""

import zlib
from datetime import UTC, datetime, timedelta

#: A DynamoDB partition takes 1,000 writes a second; a key's writes stay within one partition.
SHARDS = 4
#: What a job that was handed over may be late before the rescue hands it over again.
GRACE = timedelta(seconds=45)
#: Where jobs of a paused queue stand: at the end of the agenda, behind all that will ever be due.
PARKED_AT = datetime(9999, 1, 1, tzinfo=UTC)


def shard_of(job_id: str) -> int:
    """The shard of a job: stable, and even over ids."""
    return zlib.crc32(job_id.encode()) % SHARDS


def attention_after_hand_over(served_at: datetime) -> datetime:
    """When to look after a job that should be served at that instant."""
    return served_at + GRACE
