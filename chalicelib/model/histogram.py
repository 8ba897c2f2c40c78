"""Histograms of milliseconds with fixed bounds, so that those of any two minutes add up."""

from bisect import bisect_left

_CLASSES = 45
#: Upper bounds in ms, inclusive, each the last one times √2: 1 ms to 70 minutes.
BOUNDS_MS = tuple(round(2 ** (k / 2)) for k in range(_CLASSES))


def class_of(ms: int) -> int:
    """The first class whose bound is not below the value; `len(BOUNDS_MS)` above all."""
    return bisect_left(BOUNDS_MS, ms)
