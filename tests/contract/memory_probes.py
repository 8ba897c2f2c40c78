"""What the memory adapters hold: the queues' contents and the timers."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.ports.delivery import Inbox
from tests.rig.memory.jobs import MemoryClock, MemoryTimers
from tests.rig.memory.queues import MemoryInbox, MemoryQueues

EVERYTHING = 10_000


@dataclass(frozen=True)
class MemoryPost:
    """`Post` in memory."""

    queues: MemoryQueues = field(default_factory=lambda: MemoryQueues(MemoryClock()))

    def visible(self, queue: Queue) -> list[Envelope]:
        """Take out what is visible."""
        return self.queues.receive(queue, EVERYTHING)

    def inbox(self, queue: Queue) -> Inbox:
        """What a worker takes more from."""
        return MemoryInbox(self.queues, queue)

    def delayed_count(self, queue: Queue) -> int:
        """What is left when the visible ones are left out."""
        now = self.queues.clock.now()
        return sum(visible_at > now for visible_at, _ in self.queues.waiting[queue])


@dataclass(frozen=True)
class MemoryAlarm:
    """`Alarm` in memory."""

    timers: MemoryTimers = field(default_factory=MemoryTimers)

    def set_for(self) -> dict[datetime, datetime]:
        """As they were set."""
        return dict(self.timers.wake_ups)
