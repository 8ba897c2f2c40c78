"""How many jobs of a queue ended in each minute of the last hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.model.channel import Queue
from chalicelib.model.instant import minute_of
from chalicelib.model.tally import COMPLETED, EVERYONE, FAILED, Figures, of_queue
from chalicelib.ports.counting import Meters, TallyTotals
from chalicelib.ports.world import Clock

MINUTE = timedelta(minutes=1)
#: Minutes before the running one.
PAST = 59


@dataclass(frozen=True, slots=True)
class Minutes:
    """Ends of one kind: ever, in the running minute, and in those before it, newest first."""

    total: int
    running: int
    past: Sequence[int]


@dataclass(frozen=True, slots=True)
class ReadThroughput:
    """The verb of the board's chart."""

    clock: Clock
    totals: TallyTotals
    meters: Meters

    def __call__(self, queue: Queue) -> Mapping[str, Minutes]:
        """By `completed` and `failed`."""
        running_at = minute_of(self.clock.now())
        found = dict(
            self.meters.minutes(
                EVERYONE,
                queue.channel,
                since=running_at - PAST * MINUTE,
                until=running_at + MINUTE,
            )
        )
        totals = self.totals.of(EVERYONE).get(queue, {})
        return {
            figure: _minutes(
                found, running_at, figure=of_queue(figure, queue), total=totals.get(figure, 0)
            )
            for figure in (COMPLETED, FAILED)
        }


def _minutes(
    found: Mapping[datetime, Figures], running_at: datetime, *, figure: str, total: int
) -> Minutes:
    def at(ago: int) -> int:
        return found.get(running_at - ago * MINUTE, {}).get(figure, 0)

    return Minutes(total, running=at(0), past=[at(ago) for ago in range(1, PAST + 1)])
