"""Canaries: envelopes of no job, one a queue and minute; who meets them shows that a queue moves.

One becomes visible `AFTER` it was sent and has `GRACE` to be met. A queue that gets stuck at any
instant is told when the next one that it keeps is judged: a minute and `GRACE` later at the most.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope

#: The next run of the rescue, a minute after this one, then judges it 25 s after it came to light.
AFTER = timedelta(seconds=35)
#: A worker that has taken all that it can serve takes nothing more for up to 20 s (flow/work.py).
GRACE = timedelta(seconds=20)
_NAME = "canary@"


@dataclass(frozen=True, slots=True)
class Flock:
    """The canaries that were sent last, by when they became visible, and the newest ones met."""

    visible_at: datetime | None = None
    met: Mapping[Queue, datetime] = field(default_factory=dict[Queue, datetime])

    def is_flying(self, now: datetime) -> bool:
        """It is too early to judge them."""
        return self.visible_at is not None and now < self.visible_at + GRACE

    def late(self) -> list[Queue]:
        """The queues whose workers did not meet theirs; nobody's where none were sent."""
        if self.visible_at is None:
            return []
        return [
            queue
            for queue in Queue
            if (met_at := self.met.get(queue)) is None or met_at < self.visible_at
        ]


def canary_of(queue: Queue, *, visible_at: datetime) -> Envelope:
    """A queue's canary; its version is that of no job."""
    name = f"{_NAME}{queue.value}"
    return Envelope(job_id=name, version=0, due_at=visible_at, workspace_id="canary")


def canaries_in(envelopes: Iterable[Envelope]) -> dict[Queue, datetime]:
    """The newest canary of each queue among the envelopes."""
    found: dict[Queue, datetime] = {}
    for each in envelopes:
        name = each.job_id.removeprefix(_NAME)
        if each.version == 0 and each.job_id.startswith(_NAME) and name in {*Queue}:
            queue = Queue(name)
            found[queue] = max(each.due_at, found.get(queue, each.due_at))
    return found
