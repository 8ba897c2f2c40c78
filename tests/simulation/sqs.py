"""A standard queue: delays, any order, copies, visibility that drops, a dead-letter queue."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.errors import RetryableError
from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.ports.delivery import Parcel
from tests.rig.memory.clock import MemoryClock
from tests.simulation.fates import Fates, Life

VISIBILITY = timedelta(seconds=180)
MOST_RECEIVES = 5
SECOND = timedelta(seconds=1)

COPIED = 0.02
REFUSED = 0.02
LOST_ANSWER = 0.01
DROPPED = 0.02
DIES = 0.004


@dataclass(slots=True)
class Message:
    """One of a queue's; `receives` counts how often it was given to somebody."""

    envelope: Envelope
    visible_at: datetime
    receives: int = 0


@dataclass(slots=True)
class SimulatedSqs:
    """All queues."""

    clock: MemoryClock
    fates: Fates
    messages: dict[Queue, list[Message]] = field(default_factory=lambda: defaultdict(list))
    dead: list[Message] = field(default_factory=list[Message])

    def put(self, parcel: Parcel) -> None:
        """One message, or two."""
        visible_at = self.clock.now() + parcel.delay_s * SECOND
        self.messages[parcel.queue].append(Message(parcel.envelope, visible_at))
        if self.fates.strikes("message copied", COPIED):
            late = visible_at + self.fates.up_to(8 * SECOND)
            self.messages[parcel.queue].append(Message(parcel.envelope, late))

    def receive(self, queue: Queue, most: int) -> list[Message]:
        """Any of those that are visible; hidden from now on, mostly for as long as it should be."""
        now = self.clock.now()
        visible = [each for each in self.messages[queue] if each.visible_at <= now]
        self.fates.random.shuffle(visible)
        taken: list[Message] = []
        for each in visible[:most]:
            each.receives += 1
            if each.receives > MOST_RECEIVES:
                self.messages[queue].remove(each)
                self.dead.append(each)
                continue
            is_short = self.fates.strikes("visibility dropped", DROPPED)
            each.visible_at = now + (self.fates.up_to(20 * SECOND) if is_short else VISIBILITY)
            taken.append(each)
        return taken

    def delete(self, queue: Queue, messages: Collection[Message]) -> None:
        """Those that are still there."""
        gone = {id(each) for each in messages}
        self.messages[queue] = [each for each in self.messages[queue] if id(each) not in gone]


@dataclass(frozen=True, slots=True)
class Sender:
    """`ports.Queues` of one process."""

    sqs: SimulatedSqs
    life: Life
    fates: Fates

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """One after the other; answers those that were refused, or of which nothing was heard."""
        refused: list[Parcel] = []
        for parcel in parcels:
            self.life.check()
            if self.fates.strikes("dies sending", DIES):
                self.life.end()
            if self.fates.strikes("message refused", REFUSED):
                refused.append(parcel)
                continue
            self.sqs.put(parcel)
            if self.fates.strikes("message unanswered", LOST_ANSWER):
                refused.append(parcel)
        return refused


@dataclass(slots=True)
class SimulatedInbox:
    """`ports.Inbox` of one process."""

    sqs: SimulatedSqs
    queue: Queue
    life: Life
    fates: Fates
    taken: list[Message] = field(default_factory=list[Message])

    def take(self, most: int) -> Sequence[Envelope]:
        """Up to so many more."""
        self.life.check()
        if self.fates.strikes("receive failed", REFUSED):
            raise RetryableError("SQS does not answer")
        found = self.sqs.receive(self.queue, most)
        self.taken += found
        if self.fates.strikes("receive unanswered", LOST_ANSWER):
            raise RetryableError("SQS does not answer")
        return [each.envelope for each in found]

    def finish(self, job_ids: Collection[str]) -> None:
        """Delete what was taken of these jobs."""
        self.life.check()
        if self.fates.strikes("delete failed", REFUSED):
            raise RetryableError("SQS does not answer")
        self.sqs.delete(self.queue, [m for m in self.taken if m.envelope.job_id in job_ids])
