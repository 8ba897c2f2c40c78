"""Metrics' view of the tallies, and the workers' notes, in memory."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from chalicelib.model.channel import Channel, Queue
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.metrics import BATCHES, Total, since_reset, together
from chalicelib.model.tally import EVERYONE, INSTANTS, Figures, MinuteKey, TotalKey
from tests.rig.memory.jobs import Faults
from tests.rig.memory.tallies import MemoryTallies


@dataclass(slots=True)
class MemoryBatchLog:
    """`ports.BatchLog` in lists."""

    batches: Counter[Channel] = field(default_factory=Counter[Channel])
    exceedances: list[Exceedance] = field(default_factory=list[Exceedance])
    faults: Faults = field(default_factory=Faults)

    def keep(self, channel: Channel, exceedances: Sequence[Exceedance]) -> None:
        """One batch more."""
        self.faults.strike("keep")
        self.batches[channel] += 1
        self.exceedances += exceedances

    def exceed(self, exceedances: Mapping[Queue, Sequence[Exceedance]]) -> None:
        """Keep them."""
        self.faults.strike("exceed")
        self.exceedances += [each for some in exceedances.values() for each in some]

    def newest(
        self, workspace_id: str, channel: Channel, *, since: datetime | None, most: int
    ) -> Sequence[Exceedance]:
        """Newest first."""
        found = [
            each
            for each in self.exceedances
            if (each.workspace_id, each.channel) == (workspace_id, channel)
            and (since is None or each.at > since)
        ]
        return sorted(found, key=lambda each: each.at, reverse=True)[:most]


@dataclass(slots=True)
class MemoryMeters:
    """`ports.Meters` over tallies and batches in memory."""

    tallies: MemoryTallies
    batch_log: MemoryBatchLog = field(default_factory=MemoryBatchLog)
    baselines: dict[TotalKey | Channel, Figures] = field(
        default_factory=dict[TotalKey | Channel, Figures]
    )
    resets: dict[TotalKey | Channel, datetime] = field(
        default_factory=dict[TotalKey | Channel, datetime]
    )

    def totals(self, channel: Channel, scopes: Collection[str] | None) -> Mapping[str, Total]:
        """The tallies of a channel, less their baselines."""
        by_scope: dict[str, list[Total]] = {}
        for key in self._keys(channel, scopes):
            scope = key.scope if isinstance(key, TotalKey) else EVERYONE
            by_scope.setdefault(scope, []).append(self._total(key))
        return {scope: together(totals) for scope, totals in by_scope.items()}

    def newest_minutes(
        self, scope: str, channel: Channel, *, until: datetime, most: int
    ) -> Sequence[tuple[datetime, Figures]]:
        """Backwards."""
        found = sorted(self._minutes(scope, channel), reverse=True, key=lambda minute: minute[0])
        return list(islice(((at, figures) for at, figures in found if at < until), most))

    def minutes(
        self, scope: str, channel: Channel, *, since: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Figures]]:
        """In order."""
        found = sorted(self._minutes(scope, channel), key=lambda minute: minute[0])
        return ((at, figures) for at, figures in found if since <= at < until)

    def reset(self, channel: Channel, scopes: Collection[str] | None, *, at: datetime) -> None:
        """Keep what there is as baselines."""
        for key in self._keys(channel, scopes):
            self.baselines[key] = dict(self._figures(key))
            self.resets[key] = at

    def _keys(
        self, channel: Channel, scopes: Collection[str] | None
    ) -> Sequence[TotalKey | Channel]:
        keys = [
            key
            for key, _ in self.tallies.everything()
            if key.queue.channel is channel and (scopes is None or key.scope in scopes)
        ]
        return [*keys, channel] if scopes is None else keys

    def _figures(self, key: TotalKey | Channel) -> Figures:
        if isinstance(key, TotalKey):
            return self.tallies.figures[key]
        return {BATCHES: self.batch_log.batches[key]}

    def _total(self, key: TotalKey | Channel) -> Total:
        latest = {
            name: self.tallies.latest[key, name]
            for name in INSTANTS
            if isinstance(key, TotalKey) and (key, name) in self.tallies.latest
        }
        raw = Total(self._figures(key), latest, self.resets.get(key))
        return since_reset(raw, self.baselines.get(key, {}))

    def _minutes(self, scope: str, channel: Channel) -> Iterator[tuple[datetime, Figures]]:
        for key, figures in self.tallies.figures.items():
            if isinstance(key, MinuteKey) and (key.scope, key.channel) == (scope, channel):
                yield key.minute_at, dict(figures)
