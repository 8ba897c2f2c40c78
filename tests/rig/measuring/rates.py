"""The arithmetic of arrivals: how many in a second, how late, how evenly shared; pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tests.rig.measuring.clock import NS_PER_S


def most_in_window(instants_ns: Iterable[int], *, window_ns: int = NS_PER_S) -> int:
    """Count the instants in the fullest window `[t, t + window_ns)`, wherever it starts."""
    ordered = sorted(instants_ns)
    most = left = 0
    for right, instant_ns in enumerate(ordered):
        while instant_ns - ordered[left] >= window_ns:
            left += 1
        most = max(most, right - left + 1)
    return most


def shortest_span_ns(instants_ns: Iterable[int], *, count: int) -> int | None:
    """Return how close together `count` consecutive instants came; None where there are fewer.

    A second has room for n when n + 1 never span less than it: the distance says how nearly.
    """
    ordered = sorted(instants_ns)
    spans_ns = (last - first for first, last in zip(ordered, ordered[count - 1 :], strict=False))
    return min(spans_ns, default=None)


def per_second(instants_ns: Iterable[int], *, origin_ns: int) -> list[int]:
    """Count the instants of each whole second since `origin_ns`; earlier ones are left out."""
    seconds = [
        (instant_ns - origin_ns) // NS_PER_S
        for instant_ns in instants_ns
        if instant_ns >= origin_ns
    ]
    counts = [0] * (max(seconds, default=-1) + 1)
    for second in seconds:
        counts[second] += 1
    return counts


def count_within(instants_ns: Iterable[int], start_ns: int, *, end_ns: int) -> int:
    """Count the instants in `[start_ns, end_ns)`."""
    return sum(start_ns <= instant_ns < end_ns for instant_ns in instants_ns)


def back_at_ns(
    instants_ns: Iterable[int], *, since_ns: int, per_s: float, window_ns: int = 3 * NS_PER_S
) -> int | None:
    """Return the first instant from which on, within a whole window, the pace is such again.

    The window begins after `since_ns` and ends at the instant; None where it never comes to that.
    """
    after = sorted(each for each in instants_ns if each > since_ns)
    needed = math.ceil(per_s * window_ns / NS_PER_S)
    pairs = zip(after, after[needed - 1 :], strict=False)
    return next((last for first, last in pairs if last - first < window_ns), None)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0–1) of them do not exceed."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def slots_used_share(instants_ns: Sequence[int], *, rate_per_s: float) -> float:
    """Return the share (0–1) of the allowed starts that was used, first instant to last."""
    span_ns = max(instants_ns, default=0) - min(instants_ns, default=0)
    if span_ns == 0:
        return math.nan
    return (len(instants_ns) - 1) / (rate_per_s * span_ns / NS_PER_S)


def jain_index(shares: Sequence[float]) -> float:
    """Return Jain's fairness index: 1 where all got the same, 1/n where one got everything.

    R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984.
    """
    squares = sum(share * share for share in shares)
    if squares == 0:
        return math.nan
    return sum(shares) ** 2 / (len(shares) * squares)
