"""Waiting until a bench's jobs were called back, with a progress bar meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.rig.measuring.progress import ProgressBar

#: How often the count is asked for.
_LOOK_EVERY_S = 0.25
#: How long to stay after the last callback, to see what should not come: a second one.
_SETTLE_S = 2.0


def wait_for_callbacks(
    count_jobs: Callable[[], int], *, expected_count: int, timeout_s: float, label: str
) -> int:
    """Wait until that many jobs were called back, or the time is up; return how many were."""
    bar = ProgressBar(label, expected_count)
    deadline_s = time.monotonic() + timeout_s
    done_count = count_jobs()
    while done_count < expected_count and time.monotonic() < deadline_s:
        time.sleep(_LOOK_EVERY_S)
        done_count = count_jobs()
        bar.show(done_count)
    bar.end(done_count)
    time.sleep(_SETTLE_S)
    return done_count
