"""What one invocation of a worker has in hand, and how long it may keep it."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.flow.batch_notes import BatchNotes
from chalicelib.flow.breakers import BackendWatch
from chalicelib.flow.leads import Leads
from chalicelib.flow.line import Line
from chalicelib.flow.pause import PauseWatch
from chalicelib.flow.reins import Reins
from chalicelib.model.channel import Channel
from chalicelib.model.figure import Figure
from chalicelib.ports.delivery import Inbox

#: A pace that is taken for longer than this sends the jobs back to their queue.
LONGEST_WAIT = timedelta(seconds=6)
#: What a job needs from its slot to its recorded outcome, at the worst.
SERVICE_TIME = timedelta(seconds=14)


@dataclass(frozen=True, slots=True)
class Served:
    """What came of an invocation: job ids that SQS should deliver again, and its figures."""

    unserved: set[str]
    figures: Sequence[Figure]


@dataclass(slots=True)
class Work:
    """The jobs of one invocation: those who wait, and those under way."""

    channel: Channel
    until: datetime
    pauses: PauseWatch
    reins: Reins
    backend: BackendWatch
    inbox: Inbox | None = None
    leads: Leads = field(default_factory=Leads)
    line: Line = field(default_factory=Line)
    running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    unserved: set[str] = field(default_factory=set[str])
    taken: set[str] = field(default_factory=set[str])
    notes: BatchNotes = field(default_factory=BatchNotes)

    def run(self, step: Coroutine[Any, Any, None]) -> None:
        """Let a step go on beside the others, until it ends."""
        task = asyncio.create_task(step)
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    def last_slot_at(self, first_at: datetime) -> datetime:
        """The last slot worth waiting for, and with time to serve it, from a first one on."""
        return min(first_at + LONGEST_WAIT, self.until - SERVICE_TIME)
