"""What steers how fast jobs go on: backlogs, and the restraints of workspaces."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import Channel
from chalicelib.model.priority import Priority
from chalicelib.model.restraint import Restraint


class Backlogs(Protocol):
    """Where the jobs that are held back begin; the jobs themselves stand in the agenda."""

    def of(self, channel: Channel) -> Mapping[Priority, Backlog]:
        """Those of a channel in which somebody is held back (consistent read)."""
        ...

    def hold(self, channel: Channel, held: Backlog) -> None:
        """Somebody is held back: it begins no later than that, and is looked at no later."""
        ...

    def settle(self, channel: Channel, *, before: Backlog, after: Backlog | None) -> bool:
        """Move it on; None: nobody is held back. False where somebody was held back meanwhile."""
        ...

    def lead(self, channel: Channel, *, at: datetime, until: datetime) -> bool:
        """Be the only one who hands over from the backlogs of a channel; False where one is."""
        ...

    def fed(self, channel: Channel, *, since: datetime) -> Mapping[str, datetime]:
        """Marks of the jobs that were fed to the workers, and when, as it was noted."""
        ...

    def remember(self, channel: Channel, fed: Mapping[str, datetime]) -> None:
        """Note who was fed, in the place of what was noted before."""
        ...

    def rest(self, channel: Channel, *, until: datetime) -> None:
        """Give the lead up, for whoever asks from then on."""
        ...


class Restraints(Protocol):
    """What restrains workspaces on a channel."""

    def of(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """One for each of the workspaces."""
        ...

    def refuse(
        self, channel: Channel, workspace_id: str, *, at: datetime, wait_s: float | None
    ) -> Restraint:
        """The backend of the workspace said that it was too much; answers what restrains it now."""
        ...
