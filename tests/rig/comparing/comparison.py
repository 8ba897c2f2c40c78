"""The table of both sides: a figure a line, the ratio, and which is better."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.rig.comparing.figure import Figure, ratio, summed_up, verdict, written
from tests.rig.measuring.report import Row, table

HEADER = ("case", "figure", "ours", "replaced", "ours ÷ replaced", "better")
OURS, REPLACED = "ours", "replaced"


@dataclass(slots=True)
class Comparison:
    """What was measured of both sides in one case, run by run."""

    case: str
    #: A list of figures a run, by side.
    runs: dict[str, list[Sequence[Figure]]] = field(
        default_factory=lambda: {OURS: [], REPLACED: []}
    )

    def add(self, side: str, figures: Sequence[Figure]) -> None:
        """Keep what one run of a side showed."""
        self.runs[side].append(figures)

    def rows(self) -> Iterator[Row]:
        """Write a line for each figure that either side has, in the order of measuring."""
        known = [each for runs in self.runs.values() for figures in runs for each in figures]
        for label, form in {each.label: each for each in known}.items():
            values = {side: self._values(side, label) for side in (OURS, REPLACED)}
            pair = [
                replace(form, value=summed_up(values[side], form.better))
                for side in (OURS, REPLACED)
            ]
            yield (
                self.case,
                label,
                *(with_range(each, values[side]) for each, side in zip(pair, values, strict=True)),
                ratio(pair[0].value, pair[1].value),
                verdict(pair[0], pair[1]),
            )

    def _values(self, side: str, label: str) -> list[float]:
        return [each.value for run in self.runs[side] for each in run if each.label == label]


def with_range(figure: Figure, values: Sequence[float]) -> str:
    """Write the figure that stands for all runs, and between what they were."""
    known = [value for value in values if not math.isnan(value)]
    if len(known) < 2:
        return figure.text()
    low, high = (written(value, figure.digits) for value in (min(known), max(known)))
    return f"{figure.text()} ({low}–{high})"


def markdown(comparisons: Sequence[Comparison]) -> str:
    """Lay out one table of all cases."""
    return table(HEADER, [row for each in comparisons for row in each.rows()])
