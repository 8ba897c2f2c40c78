"""What steers how fast jobs go on: backlogs, restraints, breakers, and who sees that they do."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from chalicelib.model.backlog import Backlog
from chalicelib.model.breaker import Breaker
from chalicelib.model.canary import Flock
from chalicelib.model.channel import Channel, Queue
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
        """Marks of the places from where jobs were fed, and when, as it was noted."""
        ...

    def remember(self, channel: Channel, fed: Mapping[str, datetime]) -> None:
        """Note from where jobs were fed, instead of what was noted before."""
        ...

    def rest(self, channel: Channel, *, until: datetime) -> None:
        """Give the lead up, for whoever asks from then on."""
        ...


class Restraints(Protocol):
    """What restrains workspaces on a channel."""

    def of(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """One for each of the workspaces, as they are now (consistent read)."""
        ...

    def recent(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """Like `of`, as they were a moment ago, at half the price: for whoever reads again soon."""
        ...

    def refuse(
        self, channel: Channel, workspace_id: str, *, at: datetime, wait_s: float | None
    ) -> Restraint:
        """The backend of the workspace said that it was too much; answers what restrains it now."""
        ...


class Breakers(Protocol):
    """The circuit breakers, one a backend's host."""

    def get(self, host: str) -> Breaker:
        """As it is now (consistent read); one that was never put is closed."""
        ...

    def put(self, host: str, *, before: Breaker, after: Breaker) -> bool:
        """Replace it; False where somebody else has replaced it meanwhile."""
        ...


class Canaries(Protocol):
    """Where it is noted which canaries were sent, and which of them workers met."""

    def flock(self) -> Flock:
        """As it is now (consistent read)."""
        ...

    def release(self, *, visible_at: datetime) -> None:
        """One is sent to every queue, to be visible then."""
        ...

    def meet(self, queue: Queue, *, visible_at: datetime) -> None:
        """A worker met that one of a queue; an older one than was met before changes nothing."""
        ...
