"""Spreads jobs that were scheduled one by one, and turn out to be due together."""

from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.flow.turns import FIRST, Turn
from chalicelib.model.channel import RATES, Channel
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority


@dataclass(frozen=True, slots=True)
class Spread:
    """Gives each job the turn that it has, or one behind the others of its workspace."""

    now: datetime
    free_at: dict[tuple[str, Channel, Priority], datetime] = field(
        default_factory=dict[tuple[str, Channel, Priority], datetime]
    )

    def turn(self, job: Job) -> Turn:
        """Its turn; who has to wait for others is held back."""
        turn_at = job.attention_at or job.due_at
        key = (job.workspace_id, job.channel, job.priority)
        served_at = max(turn_at, self.now, self.free_at.get(key, self.now))
        self.free_at[key] = served_at + RATES[job.channel].spacing
        if served_at - max(job.due_at, self.now) <= FIRST:
            return Turn(job, served_at)
        return Turn(job, turn_at if turn_at > job.due_at else served_at, is_held=True)
