"""One reading of both clocks: the wall's for due instants, the monotonic one for rates."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """An instant on both clocks; on Linux the monotonic one is the same in every process."""

    wall_ns: int
    monotonic_ns: int

    @classmethod
    def now(cls) -> Reading:
        """Read both clocks, one right after the other."""
        return cls(wall_ns=time.time_ns(), monotonic_ns=time.monotonic_ns())

    def on_monotonic(self, wall_ns: int) -> int:
        """Translate a wall instant to the monotonic clock."""
        return self.monotonic_ns + wall_ns - self.wall_ns


def wall_ns_of(instant: str) -> int:
    """Parse an ISO 8601 instant with offset, without rounding through a float."""
    at = datetime.fromisoformat(instant)
    since_epoch = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (
        since_epoch.days * 86_400 + since_epoch.seconds
    ) * NS_PER_S + since_epoch.microseconds * 1_000
