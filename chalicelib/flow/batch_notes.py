"""What a worker notes about its batch, and writes down once the batch is served."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.errors import ServiceError
from chalicelib.model.channel import Channel
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.job import Job
from chalicelib.model.outcome import Kind, Outcome
from chalicelib.ports.counting import BatchLog
from chalicelib.ports.world import Offload

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class BatchNotes:
    """The callbacks of one invocation, by workspace, and the newest refusal of each."""

    sizes: Counter[str] = field(default_factory=Counter[str])
    refusals: dict[str, tuple[datetime, str]] = field(
        default_factory=dict[str, tuple[datetime, str]]
    )

    def add(self, job: Job, outcome: Outcome, *, at: datetime) -> None:
        """One callback, and what came of it."""
        self.sizes[job.workspace_id] += 1
        if outcome.kind is Kind.RATE_LIMITED:
            self.refusals[job.workspace_id] = (at, outcome.error or "Rate limit exceeded")

    def exceedances(self, channel: Channel) -> list[Exceedance]:
        """One for each workspace that was told to slow down."""
        return [
            Exceedance(workspace_id, channel, at, self.sizes[workspace_id], error)
            for workspace_id, (at, error) in self.refusals.items()
        ]


async def write_down(
    notes: BatchNotes, channel: Channel, *, batch_log: BatchLog, offload: Offload
) -> None:
    """Keep the notes; where that fails, only they are lost, and the batch stays served."""
    if not notes.sizes:
        return
    try:
        await offload(batch_log.keep, channel, notes.exceedances(channel))
    except ServiceError as error:
        _log.warning("the notes of a batch are lost: %s", error)
