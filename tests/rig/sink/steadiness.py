"""How far the sink's clock can be believed: its priority, and how late its event loop ran."""

from __future__ import annotations

import asyncio
import os
import time

from tests.rig.measuring.clock import NS_PER_MS
from tests.rig.measuring.rates import percentile

#: How often the loop's lateness is sampled.
_BEAT_S = 0.005


def ask_for_priority() -> bool:
    """Run ahead of the service under test where the system permits it; tell whether it does."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        return False
    return True


class LoopLag:
    """The lateness of a regular beat on the event loop: the error that a stamp can have."""

    def __init__(self) -> None:
        """Start with no beat sampled."""
        self.late_ms: list[float] = []
        self._forgiven = False

    def forgive_next(self) -> None:
        """Leave the next sample out: the bench itself asked for something long."""
        self._forgiven = True

    async def beat(self) -> None:
        """Sample for ever."""
        while True:
            wanted_ns = time.monotonic_ns() + int(_BEAT_S * 1e9)
            await asyncio.sleep(_BEAT_S)
            if not self._forgiven:
                self.late_ms.append((time.monotonic_ns() - wanted_ns) / NS_PER_MS)
            self._forgiven = False

    def summary(self) -> dict[str, float]:
        """Return samples, and p50, p99 and max in milliseconds."""
        late_ms = self.late_ms or [0.0]
        return {
            "samples": len(self.late_ms),
            "p50_ms": percentile(late_ms, 0.5),
            "p99_ms": percentile(late_ms, 0.99),
            "max_ms": max(late_ms),
        }
