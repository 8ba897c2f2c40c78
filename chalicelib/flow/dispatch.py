"""Hands jobs over: to SQS where they are due soon, to the timer of their minute beyond that.

The job item is the outbox: a job is stored before it is handed over, and a hand-over that
fails loses nothing, because the job's attention instant makes the rescue find it.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.errors import ServiceError
from chalicelib.model.agenda import attention_after_hand_over
from chalicelib.model.channel import RATES
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import minute_of, to_iso
from chalicelib.model.job import Job
from chalicelib.model.slots import Run
from chalicelib.ports.delivery import Pace, Parcel, Queues, Timers
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)

#: How far ahead of its turn an envelope becomes visible, so that workers never run dry.
PREFETCH = timedelta(seconds=3)
#: How far ahead of its due instant it becomes visible: the mapping gathers a batch for a second,
#: and a worker's first slot is a quarter of one away. The rest is waited for in the worker.
EARLY = timedelta(seconds=1.25)
#: A job due within this is due now, as far as its workspace's pace goes.
ABOUT_NOW = timedelta(seconds=1)
#: The pace of a workspace is booked at most this far ahead.
FURTHEST_TURN = timedelta(days=3650)
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
class Turn:
    """A job and the instant at which it should be served, by its workspace's pace."""

    job: Job
    served_at: datetime

    def planned(self, horizon: datetime) -> Job:
        """The job with the attention that this plan calls for."""
        if self.served_at > horizon:
            return self.job.with_attention(self.served_at)
        attention_at = attention_after_hand_over(self.served_at)
        return self.job.with_attention(attention_at, handed_over=True)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Plans turns and hands jobs over."""

    clock: Clock
    pace: Pace
    queues: Queues
    timers: Timers
    horizons: Horizons = Horizons()

    def plan(self, jobs: Sequence[Job]) -> list[Turn]:
        """Each job's turn, in the order that they came; never in the past.

        Jobs of one workspace and channel that are due together are spread over the time that
        the channel needs for them anyway: a broadcast waits invisibly, not in front of others.
        """
        now = self.clock.now()
        turns = {job.id: Turn(job, max(job.due_at, now)) for job in jobs}
        for crowd in self._crowds(jobs):
            for job, slot_at in zip(crowd, self._reserve(crowd), strict=True):
                turns[job.id] = Turn(job, max(job.due_at, slot_at))
        return [turns[job.id] for job in jobs]

    def _crowds(self, jobs: Sequence[Job]) -> Iterable[list[Job]]:
        """Groups of jobs that are due about together and need more than a second of the rate."""
        now = self.clock.now()
        groups: dict[tuple[str, str, datetime], list[Job]] = defaultdict(list)
        for job in jobs:
            due_at = max(job.due_at, now + ABOUT_NOW).replace(microsecond=0)
            groups[job.workspace_id, job.channel, due_at].append(job)
        return [crowd for crowd in groups.values() if len(crowd) > RATES[crowd[0].channel].per_s]

    def _reserve(self, crowd: Sequence[Job]) -> Run:
        """A run of turns: from now, or from the common due instant in a pace of that minute."""
        now = self.clock.now()
        first = crowd[0]
        due_at = min(job.due_at for job in crowd)
        name = f"turn#{first.channel}#{first.workspace_id}"
        if due_at > now + ABOUT_NOW:
            name = f"{name}#{to_iso(minute_of(due_at))}"
        spacing = RATES[first.channel].spacing
        not_before = max(now, due_at)
        run = self.pace.reserve(
            name,
            len(crowd),
            spacing=spacing,
            not_before=not_before,
            not_after=not_before + FURTHEST_TURN,
        )
        return run if isinstance(run, Run) else Run(run.free_at, spacing, len(crowd))

    def prepared(self, turns: Sequence[Turn]) -> list[Job]:
        """The jobs with the attention of their turns: what has to be stored before `hand_over`."""
        horizon = self.clock.now() + self.horizons.sqs
        return [turn.planned(horizon) for turn in turns]

    def hand_over(self, turns: Sequence[Turn]) -> int:
        """Send the jobs on their way; answers how many were taken."""
        now = self.clock.now()
        horizon = now + self.horizons.sqs
        soon = [turn for turn in turns if turn.served_at <= horizon]
        later = [turn for turn in turns if turn.served_at > horizon]
        refused = self.queues.send([parcel(turn, now=now) for turn in soon])
        return len(turns) - len(refused) - self._set_timers(later)

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
        envelope=envelope_of(turn.job),
        queue=turn.job.queue,
        delay_s=max(0, int((visible_at - now).total_seconds())),
    )


def envelope_of(job: Job) -> Envelope:
    """The envelope of a job as it is now."""
    return Envelope(
        job_id=job.id, version=job.version, due_at=job.due_at, workspace_id=job.workspace_id
    )
