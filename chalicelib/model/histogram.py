"""Histograms of milliseconds with fixed bounds, so that those of any two minutes add up."""

from bisect import bisect_left
from collections.abc import Sequence

_CLASSES = 45
#: Upper bounds in ms, inclusive, each the last one times √2: 1 ms to 70 minutes.
BOUNDS_MS = tuple(round(2 ** (k / 2)) for k in range(_CLASSES))


def class_of(ms: int) -> int:
    """The first class whose bound is not below the value; `len(BOUNDS_MS)` above all."""
    return bisect_left(BOUNDS_MS, ms)


def percentile_ms(counts: Sequence[int], percent: int) -> int | None:
    """The upper bound of the class that so many percent of the values do not exceed.

    `counts` has one number a class, that above all bounds last; it is at most √2 too large, but for
    values above the last bound, which answer that one. None where there are no values.
    """
    total = sum(counts)
    if not total:
        return None
    reached = 0
    for bound_ms, count in zip(BOUNDS_MS, counts, strict=False):
        reached += count
        if 100 * reached >= percent * total:
            return bound_ms
    return BOUNDS_MS[-1]
