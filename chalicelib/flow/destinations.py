"""Where a workspace wants to be told about its jobs, and how its receiver is doing."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.health import Health, State, state_of
from chalicelib.model.workspace import Event, WorkspaceSettings
from chalicelib.ports.access import Workspaces
from chalicelib.ports.webhooks import Healths
from chalicelib.ports.world import Clock

#: Workspaces that are remembered.
MOST_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Destination:
    """A workspace's webhook, as it was read at an instant; `url` None where it has none."""

    read_at: datetime
    url: str | None
    events: frozenset[Event]
    health: Health | None

    @property
    def state(self) -> State:
        """What operators see."""
        return state_of(self.url, self.health)


@dataclass(frozen=True, slots=True)
class Destinations:
    """Finds destinations; what was read is used again for what had happened before.

    `fallback_url` is told about failed jobs of workspaces that have no webhook of their own.
    """

    clock: Clock
    workspaces: Workspaces
    healths: Healths
    fallback_url: str | None
    _seen: dict[str, Destination] = field(default_factory=dict[str, Destination], init=False)

    def of(self, workspace_id: str, *, since: datetime) -> Destination:
        """As it was at `since`, or at some instant after it."""
        seen = self._seen.get(workspace_id)
        if seen is None or seen.read_at < since:
            if len(self._seen) >= MOST_REMEMBERED:
                self._seen.clear()
            seen = self._seen[workspace_id] = self._read(workspace_id)
        return seen

    def wanting(self, workspace_id: str, event: Event, *, since: datetime) -> Destination | None:
        """The same; None where it has not subscribed to the event, or was given up."""
        found = self.of(workspace_id, since=since)
        is_told = event in found.events and found.state in {State.OK, State.FAILING}
        return found if is_told else None

    def _read(self, workspace_id: str) -> Destination:
        read_at = self.clock.now()
        url, events = self._chosen(self.workspaces.get(workspace_id))
        health = self.healths.get(workspace_id) if url is not None and events else None
        return Destination(read_at, url, events, health)

    def _chosen(self, chosen: WorkspaceSettings) -> tuple[str | None, frozenset[Event]]:
        if chosen.webhook_url is not None:
            return chosen.webhook_url, frozenset(chosen.webhook_events)
        return self.fallback_url, frozenset({Event.FAILED})
