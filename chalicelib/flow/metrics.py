"""How each channel is doing, for everyone or for some workspaces: tallies are read, never jobs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.channel import Channel
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.instant import minute_of
from chalicelib.model.metrics import Total, together
from chalicelib.model.tally import COMPLETED, EVERYONE, FAILED
from chalicelib.ports.counting import BatchLog, Meters
from chalicelib.ports.world import Clock

#: The channels that metrics tell about.
MEASURED = (Channel.SMS, Channel.EMAIL)
#: Details of a workspace's exceedances that are told (contract, section 4).
MOST_DETAILS = 100
#: How far back the last full minute with work is looked for, in minutes that have a tally.
_MINUTES_BACK = 60
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class ChannelMetrics:
    """One channel: its total, and those of a page of workspaces."""

    total: Total
    workspaces: Mapping[str, Total]
    #: Jobs per second over the last full minute with work.
    throughput_per_s: float
    #: Whether the total is everyone's: batches serve many workspaces, and are nobody's own.
    is_everyones: bool


@dataclass(frozen=True, slots=True)
class Metrics:
    """All measured channels; `next_place` is where the next page of workspaces begins."""

    channels: Mapping[Channel, ChannelMetrics]
    next_place: "Place | None"


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """Where a workspace stands: the busiest first, equals by id."""

    minus_processed: int
    workspace_id: str


@dataclass(frozen=True, slots=True)
class WorkspaceLimits:
    """What a workspace exceeded on one channel, newest first."""

    total: Total
    details: Sequence[Exceedance] = field(default_factory=list[Exceedance])


@dataclass(frozen=True, slots=True)
class ReadMetrics:
    """The verbs of the metrics routes; `scopes` None means every workspace."""

    clock: Clock
    meters: Meters
    batch_log: BatchLog

    def __call__(
        self, scopes: Collection[str] | None, *, after: Place | None, limit: int
    ) -> Metrics:
        """The channels, with up to `limit` workspaces behind `after`."""
        found = {channel: dict(self.meters.totals(channel, scopes)) for channel in MEASURED}
        everyone = {channel: totals.pop(EVERYONE, Total()) for channel, totals in found.items()}
        places = sorted(_places(found))
        behind = [place for place in places if after is None or place > after]
        page = behind[:limit]
        names = [place.workspace_id for place in page]
        channels = {
            channel: ChannelMetrics(
                total=everyone[channel] if scopes is None else together(totals.values()),
                workspaces={n: totals[n] for n in names if n in totals and not totals[n].is_idle},
                throughput_per_s=self._throughput(channel, [EVERYONE] if scopes is None else names),
                is_everyones=scopes is None,
            )
            for channel, totals in found.items()
        }
        return Metrics(channels, next_place=page[-1] if len(behind) > limit else None)

    def of_workspace(self, workspace_id: str) -> Mapping[Channel, WorkspaceLimits]:
        """What one workspace exceeded."""
        return {channel: self._limits(channel, workspace_id) for channel in MEASURED}

    def reset(self, channels: Collection[Channel], scopes: Collection[str] | None) -> None:
        """Let readers begin at 0; the tallies go on, and a recount changes nothing of it."""
        for channel in channels:
            self.meters.reset(channel, scopes, at=self.clock.now())

    def _limits(self, channel: Channel, workspace_id: str) -> WorkspaceLimits:
        total = self.meters.totals(channel, [workspace_id]).get(workspace_id, Total())
        newest = self.batch_log.newest(
            workspace_id, channel, since=total.reset_at, most=MOST_DETAILS
        )
        return WorkspaceLimits(total, newest)

    def _throughput(self, channel: Channel, scopes: Collection[str]) -> float:
        """Jobs per second over the last full minute in which any of the scopes worked."""
        until = minute_of(self.clock.now())
        ended: dict[datetime, int] = {}
        for scope in scopes:
            for minute_at, figures in self.meters.newest_minutes(
                scope, channel, until=until, most=_MINUTES_BACK
            ):
                jobs = figures.get(COMPLETED, 0) + figures.get(FAILED, 0)
                ended[minute_at] = ended.get(minute_at, 0) + jobs
        worked = [minute_at for minute_at, jobs in ended.items() if jobs]
        return ended[max(worked)] / _MINUTE_S if worked else 0.0


def _places(found: Mapping[Channel, Mapping[str, Total]]) -> list[Place]:
    names = {
        name for totals in found.values() for name, total in totals.items() if not total.is_idle
    }
    none = Total()
    return [
        Place(-sum(totals.get(name, none).processed for totals in found.values()), name)
        for name in names
    ]
