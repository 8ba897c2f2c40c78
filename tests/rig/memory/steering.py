"""Backlogs and restraints in memory."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.backlog import Backlog, with_held
from chalicelib.model.channel import Channel
from chalicelib.model.priority import Priority
from chalicelib.model.restraint import Restraint, Throttle, refused
from tests.rig.memory.jobs import Faults
from tests.rig.memory.workspaces import MemoryWorkspaces


@dataclass(slots=True)
class MemoryBacklogs:
    """`ports.Backlogs` in dicts."""

    backlogs: dict[Channel, dict[Priority, Backlog]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    noted: dict[Channel, dict[str, datetime]] = field(default_factory=lambda: defaultdict(dict))
    led_until: dict[Channel, datetime] = field(default_factory=dict[Channel, datetime])
    faults: Faults = field(default_factory=Faults)

    def of(self, channel: Channel) -> Mapping[Priority, Backlog]:
        """As they are."""
        self.faults.strike("of")
        return dict(self.backlogs[channel])

    def hold(self, channel: Channel, held: Backlog) -> None:
        """The earlier one of both."""
        self.faults.strike("hold")
        known = self.backlogs[channel].get(held.priority)
        self.backlogs[channel][held.priority] = with_held(known, held)

    def settle(self, channel: Channel, *, before: Backlog, after: Backlog | None) -> bool:
        """Replace it, if it is still the same."""
        self.faults.strike("settle")
        priority = before.priority
        if self.backlogs[channel].get(priority) != before:
            return False
        if after is None:
            del self.backlogs[channel][priority]
        else:
            self.backlogs[channel][priority] = after
        return True

    def lead(self, channel: Channel, *, at: datetime, until: datetime) -> bool:
        """The first one who asks."""
        self.faults.strike("lead")
        if self.led_until.get(channel, at) > at:
            return False
        self.led_until[channel] = until
        return True

    def fed(self, channel: Channel, *, since: datetime) -> Mapping[str, datetime]:
        """As they were noted."""
        self.faults.strike("fed")
        return {place: at for place, at in self.noted[channel].items() if at >= since}

    def remember(self, channel: Channel, fed: Mapping[str, datetime]) -> None:
        """Replace it."""
        self.faults.strike("remember")
        self.noted[channel] = dict(fed)

    def rest(self, channel: Channel, *, until: datetime) -> None:
        """Until then."""
        self.led_until[channel] = until


@dataclass(slots=True)
class MemoryRestraints:
    """`ports.Restraints` over the settings of workspaces, with throttles in a dict."""

    workspaces: MemoryWorkspaces = field(default_factory=MemoryWorkspaces)
    throttles: dict[tuple[Channel, str], Throttle] = field(
        default_factory=dict[tuple[Channel, str], Throttle]
    )
    faults: Faults = field(default_factory=Faults)

    def of(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """As they are."""
        self.faults.strike("of")
        return {each: self._one(channel, each) for each in workspace_ids}

    def recent(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """As they are."""
        return self.of(channel, workspace_ids)

    def refuse(
        self, channel: Channel, workspace_id: str, *, at: datetime, wait_s: float | None
    ) -> Restraint:
        """Fall."""
        self.faults.strike("refuse")
        known = self.throttles.get((channel, workspace_id))
        self.throttles[channel, workspace_id] = refused(known, now=at, wait_s=wait_s)
        return self._one(channel, workspace_id)

    def _one(self, channel: Channel, workspace_id: str) -> Restraint:
        limit = self.workspaces.get(workspace_id).limits.get(channel)
        return Restraint(limit, self.throttles.get((channel, workspace_id)))
