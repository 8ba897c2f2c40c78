"""Where the keys of requests are remembered."""

from typing import Protocol

from chalicelib.model.idempotency import Record


class IdempotencyRecords(Protocol):
    """One record for each workspace, route and key; forgotten when it expires."""

    def begin(self, record: Record) -> Record:
        """Keep it, unless its key has one that has not expired: answers the one that stands."""
        ...

    def replace(self, before: Record, after: Record) -> bool:
        """Replace it if its holder and version are still those of `before`; False where not."""
        ...
