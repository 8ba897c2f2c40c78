"""Counts the jobs themselves, compares them with the tallies, and repairs what differs.

Exact at a quiet instant: nothing moves, and the stream is read to its end. While jobs move, a look
sees some moves before the tallies do: only a difference that a second look confirms is called
drift. Repairs are added, never set, so that deltas which arrive meanwhile are not lost.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.model.ledger import Portion
from chalicelib.model.tally import (
    ACCEPTED,
    ENDS,
    EVERYONE,
    STANDING,
    Delta,
    Figures,
    TallyKey,
    TotalKey,
)
from chalicelib.ports.counting import Census, Standing, TallyLedger, TallyTotals
from chalicelib.ports.world import Clock

#: Between two looks: more than the stream is usually behind.
SETTLING = timedelta(seconds=3)

#: Of these, the jobs that exist only say the least that it can be: others were deleted or retried.
_GROWN = frozenset({ACCEPTED, *ENDS.values()})
_COMPARED = (*STANDING.values(), *sorted(_GROWN))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of one tally: what the jobs say, and what the tally says."""

    key: TotalKey
    figure: str
    counted: int
    tallied: int

    @property
    def missing(self) -> int:
        """What has to be added to the tally to make it right."""
        difference = self.counted - self.tallied
        return max(0, difference) if self.figure in _GROWN else difference


@dataclass(frozen=True, slots=True)
class Report:
    """How many figures were compared, which of them differ, and whether they were repaired."""

    compared: int
    drift: Sequence[Comparison]
    repaired: bool


@dataclass(frozen=True, slots=True)
class Recount:
    """The verb behind the operators' command."""

    clock: Clock
    census: Census
    totals: TallyTotals
    ledger: TallyLedger

    async def __call__(self, *, repair: bool) -> Report:
        """Compare, look again where something differs, and repair where asked to."""
        comparisons = self._compare()
        drift = _drift(comparisons)
        if drift:
            await self.clock.sleep_until(self.clock.now() + SETTLING)
            before = {(each.key, each.figure, each.missing) for each in drift}
            again = _drift(self._compare())
            drift = [each for each in again if (each.key, each.figure, each.missing) in before]
        if repair:
            self._repair(drift)
        return Report(len(comparisons), drift, repaired=repair and bool(drift))

    def _compare(self) -> list[Comparison]:
        tallied = dict(self.totals.everything())
        counted = _counted(self.census.everybody())
        keys = sorted({*tallied, *counted}, key=lambda key: (key.scope, key.queue))
        none: Figures = {}
        return [
            Comparison(
                key,
                figure,
                counted=counted.get(key, none).get(figure, 0),
                tallied=tallied.get(key, none).get(figure, 0),
            )
            for key in keys
            for figure in _COMPARED
        ]

    def _repair(self, drift: Sequence[Comparison]) -> None:
        deltas: dict[TallyKey, Delta] = defaultdict(Delta)
        for each in drift:
            deltas[each.key].count(each.figure, each.missing)
        for key, delta in deltas.items():
            self.ledger.commit(Portion(marks=(), deltas={key: delta}))


def _drift(comparisons: Iterable[Comparison]) -> list[Comparison]:
    return [each for each in comparisons if each.missing]


def _counted(everybody: Iterable[Standing]) -> Mapping[TotalKey, Figures]:
    """The figures that the jobs say."""
    found: dict[TotalKey, Counter[str]] = defaultdict(Counter)
    for standing in everybody:
        for scope in (standing.workspace_id, EVERYONE):
            figures = found[TotalKey(scope, standing.queue)]
            figures.update([STANDING[standing.status], ACCEPTED])
            if standing.status in ENDS:
                figures[ENDS[standing.status]] += 1
    return found
