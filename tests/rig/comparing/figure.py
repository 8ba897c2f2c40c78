"""One figure of a case, for one side; and which of two is better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median

#: Two that differ by less count as the same: repeated runs of one side differ by as much.
SAME_SHARE = 0.03


class Better(Enum):
    """What makes one of two figures the better one."""

    LOWER = "lower"
    HIGHER = "higher"
    #: Up to a limit nothing is better than anything else.
    WITHIN = "within its limit"
    #: They are not the same thing on both sides.
    INCOMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in which unit, on one side."""

    label: str
    value: float
    better: Better = Better.LOWER
    digits: int = 1
    #: With `Better.WITHIN` only: up to which value it is right.
    limit: float = 0

    def text(self) -> str:
        """Write the value."""
        return written(self.value, self.digits)

    def short_of_right(self) -> float:
        """Return by how much the limit is exceeded; 0 within it."""
        return max(0.0, self.value - self.limit)


def written(value: float, digits: int) -> str:
    """Write a number, or a dash where nothing was measured."""
    return "–" if math.isnan(value) else f"{value:,.{digits}f}"


def summed_up(values: Sequence[float], better: Better) -> float:
    """Return what stands for several runs: the median, or the worst of what has a limit."""
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return math.nan
    return max(known) if better is Better.WITHIN else median(known)


def ratio(ours: float, theirs: float) -> str:
    """Write ours ÷ theirs; a dash where there is none."""
    if math.isnan(ours) or math.isnan(theirs) or theirs == 0:
        return "–"
    share = ours / theirs
    return f"{share:.2f}" if share < 10 else f"{share:,.0f}"


def verdict(ours: Figure, theirs: Figure) -> str:
    """Say which is better: ours, the replaced one, or the same."""
    if ours.better is Better.INCOMPARABLE or math.isnan(ours.value) or math.isnan(theirs.value):
        return "–"
    if ours.better is Better.WITHIN:
        return _preferred(ours.short_of_right(), theirs.short_of_right())
    if abs(ours.value - theirs.value) <= SAME_SHARE * max(abs(ours.value), abs(theirs.value)):
        return "same"
    if ours.better is Better.HIGHER:
        return _preferred(-ours.value, -theirs.value)
    return _preferred(ours.value, theirs.value)


def _preferred(ours: float, theirs: float) -> str:
    if ours == theirs:
        return "same"
    return "ours" if ours < theirs else "replaced"
