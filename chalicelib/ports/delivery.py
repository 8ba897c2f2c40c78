"""What a job goes through on its way: slots, queues, timers, callbacks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.outcome import Answer
from chalicelib.model.slots import Fitting, Occupied, Run


class Pace(Protocol):
    """Runs of slots under names; runs of one name never overlap."""

    def reserve(
        self,
        name: str,
        count: int,
        *,
        spacing: timedelta,
        not_before: datetime,
        not_after: datetime,
    ) -> Run | Occupied:
        """A run that starts within the two instants, or Occupied where the pace is taken beyond."""
        ...

    def fit(
        self, name: str, slots: Sequence[datetime], *, spacing: timedelta, most: int
    ) -> Fitting:
        """Use up to so many of the slots, the earliest that keep the spacing from those used."""
        ...

    def free_at(self, names: Collection[str]) -> Mapping[str, datetime]:
        """From when on each of the paces is free (consistent read); idle ones are left out."""
        ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """An envelope on its way to a queue; SQS counts delays in whole seconds."""

    envelope: Envelope
    queue: Queue
    delay_s: int


class Queues(Protocol):
    """Hands envelopes over to SQS."""

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Send all; answers those that were not taken."""
        ...


class Pauses(Protocol):
    """Which queues operators have paused."""

    def paused(self) -> frozenset[Queue]:
        """The paused ones as they are now (consistent read)."""
        ...

    def pause(self, queue: Queue, *, at: datetime) -> None:
        """Add a queue; one that is paused stays so."""
        ...

    def resume(self, queue: Queue) -> None:
        """Take a queue out; one that is not paused stays so."""
        ...


class Inbox(Protocol):
    """More envelopes from the queue that a worker serves, while its answers are outstanding."""

    def take(self, most: int) -> Sequence[Envelope]:
        """Up to so many envelopes that are visible now; does not wait for any."""
        ...

    def finish(self, job_ids: Collection[str]) -> None:
        """Delete what was taken for these jobs; what is not finished becomes visible again."""
        ...


class Timers(Protocol):
    """One-time wake-ups of the release, one a minute bucket."""

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """Make the bucket's timer exist."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One callback about to be made."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Callbacks(Protocol):
    """Makes callbacks."""

    async def prepare(self) -> None:
        """Pay now what a first callback would cost: it must not be late for its slot."""
        ...

    async def post(self, call: Call) -> Answer:
        """The answer, or why there was none; never raises for what the backend does."""
        ...


class Backends(Protocol):
    """Where callbacks of a channel go."""

    def base_url(self, channel: Channel) -> str:
        """Scheme, host and optional path prefix, without a trailing slash."""
        ...
