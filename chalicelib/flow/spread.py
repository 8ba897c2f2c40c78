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
    #: Where the next one that goes to SQS would be served, by the rate of its channel.
    slot_at: dict[Channel, datetime] = field(default_factory=dict[Channel, datetime])

    def turn(self, job: Job) -> Turn:
        """Its turn; who has to wait for others, of its workspace or of any, is held back.

        Jobs of a thousand workspaces that are due together are a crowd as well: what the workers
        could not serve at once would lie in SQS, where nobody overtakes.
        """
        turn_at = job.attention_at or job.due_at
        key = (job.workspace_id, job.channel, job.priority)
        spacing = RATES[job.channel].spacing
        served_at = max(turn_at, self.now, self.free_at.get(key, self.now))
        self.free_at[key] = served_at + spacing
        slot_at = max(served_at, self.slot_at.get(job.channel, self.now))
        if slot_at - max(job.due_at, self.now) <= FIRST:
            self.slot_at[job.channel] = slot_at + spacing
            return Turn(job, slot_at)
        return Turn(job, turn_at if turn_at > job.due_at else served_at, is_held=True)
