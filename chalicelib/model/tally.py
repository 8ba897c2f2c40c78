"""Tallies: what is counted, under which keys, and how deltas of them add up.

Standing figures say how many jobs are in a state now; grown ones only ever go up.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from chalicelib.model.channel import Channel, Queue
from chalicelib.model.status import Status

#: The scope of all workspaces together; no workspace id is spelled so.
EVERYONE = "*"

#: Jobs in a state now.
STANDING = {status: f"now_{status.value}" for status in Status}
#: Jobs and attempts ever: only go up. `answered` and `duration_ms` leave lost attempts out.
ACCEPTED = "accepted"
COMPLETED = "completed"
FAILED = "failed"
RATE_LIMITED = "rate_limited"
ANSWERED = "answered"
DURATION_MS = "duration_ms"
#: Instants of the newest such event.
PROCESSED_AT = "last_processed_at"
EXCEEDED_AT = "last_exceeded_at"
INSTANTS = (PROCESSED_AT, EXCEEDED_AT)


def of_queue(figure: str, queue: Queue) -> str:
    """The part that one queue has in a figure of its channel's minute."""
    return f"{figure}_{queue.name.lower()}"


#: The grown figure of an end that counts as processed.
ENDS = {Status.COMPLETED: COMPLETED, Status.FAILED: FAILED}


@dataclass(frozen=True, slots=True)
class TotalKey:
    """The tally of one queue: a workspace's, or everyone's."""

    scope: str
    queue: Queue


@dataclass(frozen=True, slots=True)
class MinuteKey:
    """The tally of one minute of a channel: a workspace's, or everyone's."""

    scope: str
    channel: Channel
    minute_at: datetime


TallyKey: TypeAlias = TotalKey | MinuteKey
#: Numbers by figure, as a tally holds them; one that is missing is 0.
Figures: TypeAlias = Mapping[str, int]


@dataclass(slots=True)
class Delta:
    """What is added to one tally: numbers by figure, and the newest instants by figure."""

    adds: Counter[str] = field(default_factory=Counter[str])
    latest: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def count(self, figure: str, number: int = 1) -> None:
        """Add to a figure; one that comes to nothing is left out."""
        self.adds[figure] += number
        if not self.adds[figure]:
            del self.adds[figure]

    def happened(self, figure: str, at: datetime) -> None:
        """Keep the newest instant."""
        self.latest[figure] = max(at, self.latest.get(figure, at))

    def merge(self, other: "Delta") -> None:
        """Add all of another delta."""
        for figure, number in other.adds.items():
            self.count(figure, number)
        for figure, at in other.latest.items():
            self.happened(figure, at)


Deltas: TypeAlias = Mapping[TallyKey, Delta]


def merged(parts: Iterable[Deltas]) -> Deltas:
    """The sum of deltas, without what comes to nothing."""
    whole: dict[TallyKey, Delta] = defaultdict(Delta)
    for part in parts:
        for key, delta in part.items():
            whole[key].merge(delta)
    return {key: delta for key, delta in whole.items() if delta.adds or delta.latest}
