"""SQS in memory: queues with delays, and what a worker takes more from."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.ports.delivery import Parcel
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.jobs import Faults


@dataclass(slots=True)
class MemoryQueues:
    """`ports.Queues` with delays; `refusing` stands for an SQS that does not answer."""

    clock: MemoryClock
    refusing: bool = False
    waiting: dict[Queue, list[tuple[datetime, Envelope]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Keep the envelopes until their delay is over."""
        if self.refusing:
            return parcels
        for parcel in parcels:
            visible_at = self.clock.now() + timedelta(seconds=parcel.delay_s)
            self.waiting[parcel.queue].append((visible_at, parcel.envelope))
        return []

    def receive(self, queue: Queue, most: int) -> list[Envelope]:
        """Take out up to so many visible envelopes, the longest waiting first."""
        due = sorted(
            (entry for entry in self.waiting[queue] if entry[0] <= self.clock.now()),
            key=lambda entry: entry[0],
        )[:most]
        for entry in due:
            self.waiting[queue].remove(entry)
        return [envelope for _, envelope in due]


#: How long an envelope that was taken stays invisible, unless it is finished.
VISIBILITY = timedelta(seconds=180)


@dataclass(slots=True)
class MemoryInbox:
    """`ports.Inbox` over one of the queues."""

    queues: MemoryQueues
    queue: Queue
    faults: Faults = field(default_factory=Faults)
    hidden: list[tuple[datetime, Envelope]] = field(default_factory=list[tuple[datetime, Envelope]])

    def take(self, most: int) -> Sequence[Envelope]:
        """Hide what is visible now for a while."""
        self.faults.strike("take")
        taken = self.queues.receive(self.queue, most)
        visible_at = self.queues.clock.now() + VISIBILITY
        entries = [(visible_at, envelope) for envelope in taken]
        self.queues.waiting[self.queue] += entries
        self.hidden += entries
        return taken

    def finish(self, job_ids: Collection[str]) -> None:
        """Drop what was taken of these jobs, and no other envelope of theirs."""
        self.faults.strike("finish")
        waiting = self.queues.waiting[self.queue]
        for entry in self.hidden:
            if entry[1].job_id in job_ids and entry in waiting:
                waiting.remove(entry)
