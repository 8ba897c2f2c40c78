"""Whose turn it is, and when: who may go to SQS at once, and who is held back in the agenda.

Turns are start times of a fair queue (start-time fair queueing: Goyal, Vin and Cheng, 1996). Each
workspace has a pace of turns a priority. The clock of the turns is that of the wall while the
channel keeps up; while more is due than its rate allows, it is the turn of whoever comes next. So
the turns of ten broadcasts interleave, and whoever comes later begins where the others are, not
behind all that they have asked for.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.errors import ServiceError
from chalicelib.model.agenda import GRACE, attention_after_hand_over
from chalicelib.model.channel import RATES, Channel, Rate
from chalicelib.model.instant import minute_of, to_iso
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.model.restraint import UNRESTRAINED, Restraint
from chalicelib.model.slots import Run
from chalicelib.ports.delivery import Pace
from chalicelib.ports.steering import Backlogs, Restraints
from chalicelib.ports.world import Clock

_log = logging.getLogger(__name__)

#: What is handed over keeps the workers busy for so long: short, since nobody overtakes in SQS.
AHEAD = timedelta(seconds=3)
#: A job that comes alone may be handed over a little beyond that: it is no crowd.
ALONE = timedelta(seconds=1)
#: Of a crowd, what its first moment needs goes to SQS, and wakes the workers: they feed themselves.
FIRST = timedelta(seconds=0.75)
#: A job due within this is due now, as far as turns go.
ABOUT_NOW = timedelta(seconds=1)
#: What a limit is counted in.
A_SECOND = timedelta(seconds=1)
#: The pace of a workspace is booked at most this far ahead.
FURTHEST_TURN = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Turn:
    """A job and the instant at which it should be served, by its workspace's pace.

    `is_held`: it waits in the agenda until it is fed; nothing of it is in SQS before that.
    """

    job: Job
    served_at: datetime
    is_held: bool = False
    #: The workspace's own limit, where more was asked for at once than it allows.
    exceeded: Rate | None = None

    @classmethod
    def given(cls, job: Job) -> "Turn":
        """The one that a job has: it was handed over for it, or is held back until then."""
        attention_at = job.attention_at or job.due_at
        if job.handed_over:
            return cls(job, attention_at - GRACE)
        return cls(job, attention_at, is_held=True)

    def planned(self, horizon: datetime) -> Job:
        """The job with the attention that this plan calls for."""
        if self.is_held or self.served_at > horizon:
            return self.job.with_attention(self.served_at)
        attention_at = attention_after_hand_over(self.served_at)
        return self.job.with_attention(attention_at, handed_over=True)


class _Crowd(NamedTuple):
    """Whose jobs share a pace, and the second that they are due in."""

    workspace_id: str
    channel: Channel
    priority: Priority
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Turns:
    """Gives turns."""

    clock: Clock
    pace: Pace
    backlogs: Backlogs
    restraints: Restraints

    def __call__(self, jobs: Sequence[Job]) -> list[Turn]:
        """Each job's turn, in the order that they came.

        The turn of a job that is due may lie in the past: so far are those who came before it.
        """
        crowds = self._crowds(jobs)
        clocks = {channel: self._clock_of(channel) for channel in {c.channel for c in crowds}}
        restraints = self._restraints_of(crowds)
        turns: dict[str, Turn] = {}
        for crowd, members in crowds.items():
            restraint = restraints[crowd.channel, crowd.workspace_id]
            found = self._turns(
                crowd, members, front_at=clocks[crowd.channel].get(crowd.priority), by=restraint
            )
            turns |= {turn.job.id: turn for turn in found}
        return [turns[job.id] for job in jobs]

    def _crowds(self, jobs: Sequence[Job]) -> Mapping[_Crowd, list[Job]]:
        """Groups of jobs that are due about together."""
        now = self.clock.now()
        groups: dict[_Crowd, list[Job]] = defaultdict(list)
        for job in jobs:
            due_at = max(job.due_at, now + ABOUT_NOW).replace(microsecond=0)
            groups[_Crowd(job.workspace_id, job.channel, job.priority, due_at)].append(job)
        return groups

    def _clock_of(self, channel: Channel) -> Mapping[Priority, datetime]:
        """By priority, the turn of whoever is held back and comes next; where known."""
        try:
            found = self.backlogs.of(channel)
        except ServiceError as error:
            _log.warning("turns are given without a look at the backlogs: %s", error)
            return {}
        return {priority: each.turn_at for priority, each in found.items()}

    def _restraints_of(
        self, crowds: Mapping[_Crowd, list[Job]]
    ) -> Mapping[tuple[Channel, str], Restraint]:
        by_channel: dict[Channel, set[str]] = defaultdict(set)
        for crowd in crowds:
            by_channel[crowd.channel].add(crowd.workspace_id)
        return {
            (channel, workspace_id): restraint
            for channel, ids in by_channel.items()
            for workspace_id, restraint in self._restraints_on(channel, ids).items()
        }

    def _restraints_on(
        self, channel: Channel, workspace_ids: Collection[str]
    ) -> Mapping[str, Restraint]:
        """What restrains the workspaces, where known: the workers hold them to it in any case."""
        try:
            return self.restraints.of(channel, workspace_ids)
        except ServiceError as error:
            _log.warning("turns are given without a look at limits: %s", error)
            return dict.fromkeys(workspace_ids, UNRESTRAINED)

    def _turns(
        self, crowd: _Crowd, jobs: Sequence[Job], *, front_at: datetime | None, by: Restraint
    ) -> list[Turn]:
        now = self.clock.now()
        due_at = max(min(job.due_at for job in jobs), by.paused_until(now) or now)
        is_now = due_at <= now + ABOUT_NOW
        if len(jobs) == 1 and not by.restrains(now) and not (is_now and front_at):
            return [Turn(jobs[0], max(jobs[0].due_at, now))]
        first_at = min(now, front_at or now) if is_now else due_at
        run = self._reserve(crowd, len(jobs), first_at=first_at, spacing=_spacing(crowd, by))
        exceeded = by.limit if run.end_at - run.spacing > first_at + A_SECOND else None
        direct = [turn_at for turn_at in run if turn_at <= first_at + FIRST]
        if is_now:
            direct = self._hand_over_now(crowd.channel, direct)
        held = list(run)[len(direct) :]
        soon = [
            Turn(job, max(job.due_at, at), exceeded=exceeded)
            for job, at in zip(jobs, direct, strict=False)
        ]
        return soon + [
            Turn(job, at if is_now else max(job.due_at, at), is_held=True, exceeded=exceeded)
            for job, at in zip(jobs[len(direct) :], held, strict=True)
        ]

    def _reserve(self, crowd: _Crowd, count: int, *, first_at: datetime, spacing: timedelta) -> Run:
        """A run of turns: from now, or from the common due instant in a pace of that minute."""
        name = f"turn#{crowd.channel}#{crowd.workspace_id}#{crowd.priority}"
        if first_at > self.clock.now() + ABOUT_NOW:
            name = f"{name}#{to_iso(minute_of(first_at))}"
        run = self.pace.reserve(
            name,
            count,
            spacing=spacing,
            not_before=first_at,
            not_after=first_at + FURTHEST_TURN,
        )
        return run if isinstance(run, Run) else Run(run.free_at, spacing, count)

    def _hand_over_now(self, channel: Channel, turns: Sequence[datetime]) -> list[datetime]:
        """When those are served that the workers have room for; the others are held back."""
        run = self.fed(channel, len(turns), beyond=ALONE if len(turns) == 1 else timedelta())
        served = [] if run is None else list(run)
        return [max(at, turn_at) for at, turn_at in zip(served, turns, strict=False)]

    def fed(self, channel: Channel, count: int, *, beyond: timedelta = timedelta()) -> Run | None:
        """When so many more will be served, if they are handed over now.

        None where the workers have enough for as long as `AHEAD`, and a bit more where asked for.
        """
        now = self.clock.now()
        run = count and self.pace.reserve(
            f"fed#{channel}",
            count,
            spacing=RATES[channel].spacing,
            not_before=now,
            not_after=now + AHEAD + beyond,
        )
        return run if isinstance(run, Run) else None


def _spacing(crowd: _Crowd, by: Restraint) -> timedelta:
    """Between two turns; a throttle passes, and does not space what comes after it."""
    own = Restraint(by.limit).spacing(crowd.channel, crowd.due_at)
    return max(RATES[crowd.channel].spacing, own or timedelta())
