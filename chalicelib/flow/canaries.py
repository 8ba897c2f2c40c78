"""Finds queues that are stuck: once a minute, judges the last canaries and sends the next ones."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.model.canary import AFTER, canary_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.figure import Figure, Name, counted
from chalicelib.model.instant import ceil_ms
from chalicelib.ports.delivery import Parcel, Queues
from chalicelib.ports.steering import Canaries
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchQueues:
    """The verb.

    A queue that operators paused, or whose backend is down, is none of these: its workers still
    take envelopes, and put the jobs aside.
    """

    clock: Clock
    canaries: Canaries
    queues: Queues

    def __call__(self) -> Sequence[Queue]:
        """The queues that are stuck; those of a call that comes too early are judged by the next.

        What is sent is noted before: a queue that takes no canary is stuck as well.
        """
        now = self.clock.now()
        flock = self.canaries.flock()
        if flock.is_flying(now):
            return []
        late = flock.late()
        for queue in late:
            _log.error("a queue is stuck: no worker met its canary", extra={"queue": queue.value})
        visible_at = ceil_ms(now + AFTER)
        self.canaries.release(visible_at=visible_at)
        delay_s = int(AFTER.total_seconds())
        parcels = [Parcel(canary_of(each, visible_at=visible_at), each, delay_s) for each in Queue]
        for refused in self.queues.send(parcels):
            _log.error("a canary was not taken", extra={"queue": refused.queue.value})
        return late


def canary_figures(late: Sequence[Queue]) -> list[Figure]:
    """How many queues of each channel are stuck; a 0 says that somebody looked."""
    channels = [queue.channel for queue in late]
    return [counted(Name.CANARIES_LATE, channels.count(each), channel=each) for each in Channel]
