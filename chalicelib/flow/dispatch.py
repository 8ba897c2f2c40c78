"""Hands jobs over: to SQS where they are due soon, to the timer of their minute beyond that.

The job item is the outbox: a job is stored before it is handed over, and a hand-over that
fails loses nothing, because the job's attention instant makes the rescue find it.
"""

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.errors import ServiceError
from chalicelib.flow.turns import AHEAD, Turn, Turns
from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import Channel, queue_for
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import minute_of, to_iso
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.ports.delivery import Parcel, Queues, Timers
from chalicelib.ports.steering import Backlogs
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)

#: How far ahead of its turn an envelope becomes visible, so that workers never run dry.
PREFETCH = timedelta(seconds=3)
#: How far ahead of its due instant it becomes visible: the mapping gathers a batch for a second,
#: and a worker's first slot is a quarter of one away. The rest is waited for in the worker.
EARLY = timedelta(seconds=1.25)
#: The platform's limit of a message's delay.
LONGEST_SQS_DELAY = timedelta(minutes=15)
#: The minute of a bucket, and time for a request to be stored.
MARGIN = timedelta(seconds=75)


@dataclass(frozen=True, slots=True)
class Horizons:
    """Up to where SQS carries a delay, and how long before its minute a timer wakes the release.

    `sqs` is at least `timer_lead`, the minute of a bucket and a margin: a job accepted within it
    never needs a bucket, so that none is entered after its bucket was released.
    """

    sqs: timedelta = timedelta(minutes=15)
    timer_lead: timedelta = timedelta(minutes=5)

    @property
    def fault(self) -> str | None:
        """What is wrong with the two, as a sentence."""
        if self.sqs > LONGEST_SQS_DELAY:
            return "SQS delays a message by 900 seconds at most"
        if self.sqs < self.timer_lead + MARGIN:
            return f"the first must be at least the second and {MARGIN.seconds} seconds"
        return None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Hands jobs over by their turns."""

    clock: Clock
    turns: Turns
    queues: Queues
    timers: Timers
    backlogs: Backlogs
    horizons: Horizons = Horizons()

    def plan(self, jobs: Sequence[Job]) -> list[Turn]:
        """Each job's turn, in the order that they came; never in the past."""
        return self.turns(jobs)

    def prepared(self, turns: Sequence[Turn]) -> list[Job]:
        """The jobs with the attention of their turns: what has to be stored before `hand_over`."""
        horizon = self.clock.now() + self.horizons.sqs
        return [turn.planned(horizon) for turn in turns]

    def hand_over(
        self, turns: Sequence[Turn], *, awake: dict[Channel, datetime] | None = None
    ) -> int:
        """Send the jobs on their way; answers how many were taken.

        Whoever hands over page by page keeps in `awake` when somebody will look at each channel:
        nobody has to be woken again for later.
        """
        now = self.clock.now()
        horizon = now + self.horizons.sqs
        soon = [turn for turn in turns if turn.served_at <= horizon]
        later = [turn for turn in turns if turn.served_at > horizon]
        held = [turn for turn in soon if turn.is_held]
        self._hold(held)
        parcels = [parcel(turn, now=now) for turn in soon if not turn.is_held]
        refused = self.queues.send(parcels)
        self._wake_for(held, on_their_way=parcels, awake={} if awake is None else awake)
        return len(turns) - len(refused) - self._set_timers(later)

    def _wake_for(
        self,
        held: Sequence[Turn],
        *,
        on_their_way: Sequence[Parcel],
        awake: dict[Channel, datetime],
    ) -> None:
        """Wake somebody for those who are held back, where nobody goes ahead of them."""
        served = {each.queue.channel for each in on_their_way}
        for channel in {turn.job.channel for turn in held} - served:
            due_at = min(turn.job.due_at for turn in held if turn.job.channel is channel)
            look_at = due_at - AHEAD
            if channel not in awake or look_at < awake[channel]:
                self.wake(channel, at=look_at)
                awake[channel] = look_at

    def wake(self, channel: Channel, *, at: datetime) -> None:
        """Let a worker of a channel look who is held back, by an envelope that is no job's.

        Within the horizon of SQS.
        """
        now = self.clock.now()
        delay_s = max(0, math.ceil((at - now).total_seconds()))
        call = Envelope(
            job_id=f"wake@{to_iso(max(at, now))}", version=0, due_at=now, workspace_id="wake"
        )
        self.queues.send([Parcel(call, queue_for(channel, scheduled=False), delay_s)])

    def _hold(self, turns: Sequence[Turn]) -> None:
        """Say where jobs are held back; where that fails, the rescue says it."""
        now = self.clock.now()
        lanes: dict[tuple[Channel, Priority], list[Turn]] = defaultdict(list)
        for turn in turns:
            lanes[turn.job.channel, turn.job.priority].append(turn)
        for (channel, priority), lane in lanes.items():
            turn_at = min(turn.served_at for turn in lane)
            look_at = min(min(turn.job.due_at, turn.served_at) for turn in lane) - AHEAD
            held = Backlog(priority, turn_at=turn_at, look_at=look_at, held_at=now)
            try:
                self.backlogs.hold(channel, held)
            except ServiceError as error:
                _log.error("nobody is told of a backlog of %s: %s", channel, error)

    def _set_timers(self, turns: Sequence[Turn]) -> int:
        """Make each minute's timer exist; answers how many jobs were left without one."""
        missed = 0
        for bucket_at in sorted({minute_of(turn.served_at) for turn in turns}):
            try:
                self.timers.ensure(bucket_at, wake_at=bucket_at - self.horizons.timer_lead)
            except ServiceError as error:
                _log.error("the timer of %s is not set: %s", to_iso(bucket_at), error)
                missed += sum(minute_of(turn.served_at) == bucket_at for turn in turns)
        return missed


def parcel(turn: Turn, *, now: datetime) -> Parcel:
    """The envelope of a turn, visible so much before it that the job can start on time."""
    visible_at = max(turn.job.due_at - EARLY, turn.served_at - PREFETCH)
    return Parcel(
        envelope=envelope_of(turn.job, served_at=turn.served_at),
        queue=turn.job.queue,
        delay_s=max(0, int((visible_at - now).total_seconds())),
    )


def envelope_of(job: Job, *, served_at: datetime) -> Envelope:
    """The envelope of a job as it is now."""
    return Envelope(
        job_id=job.id,
        version=job.version,
        due_at=job.due_at,
        workspace_id=job.workspace_id,
        served_at=served_at,
    )
