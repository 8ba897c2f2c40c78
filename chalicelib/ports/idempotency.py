"""Where the keys of requests are remembered."""

from datetime import datetime
from typing import Protocol

from chalicelib.model.idempotency import Record


class IdempotencyRecords(Protocol):
    """One record for each workspace, route and key; forgotten when it expires."""

    def begin(self, record: Record) -> Record:
        """Keep it, unless its key has one that has not expired: answers the one that stands."""
        ...

    def find(self, workspace_id: str, *, route: str, key: str, at: datetime) -> Record | None:
        """The one that stands at an instant (consistent read); nothing is written."""
        ...

    def replace(self, before: Record, after: Record) -> bool:
        """Replace it if its holder and version are still those of `before`; False where not."""
        ...
