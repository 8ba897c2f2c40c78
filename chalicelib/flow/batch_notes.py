"""What a worker notes about its batch, and writes down once the batch is served."""

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.errors import ServiceError
from chalicelib.flow import labels
from chalicelib.model.channel import Channel
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.figure import Figure, Name, counted
from chalicelib.model.outcome import Kind, Outcome
from chalicelib.ports.counting import BatchLog
from chalicelib.ports.jobs import Stored
from chalicelib.ports.world import Offload

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class BatchNotes:
    """The callbacks of one invocation, by workspace, and the newest refusal of each."""

    #: Slots that the invocation reserved, used or not.
    slot_count: int = 0
    sizes: Counter[str] = field(default_factory=Counter[str])
    refusals: dict[str, tuple[datetime, str]] = field(
        default_factory=dict[str, tuple[datetime, str]]
    )

    def add(self, entry: Stored, outcome: Outcome, *, at: datetime) -> None:
        """One callback of a claimed job, and what came of it."""
        job = entry.job
        _log.info("a callback has ended", extra=_said(entry, outcome, at=at))
        self.sizes[job.workspace_id] += 1
        if outcome.kind is Kind.RATE_LIMITED:
            self.refusals[job.workspace_id] = (at, outcome.error or "Rate limit exceeded")

    def figures(self, channel: Channel) -> list[Figure]:
        """What the invocation tells of itself; of jobs, their stream tells more."""
        if not self.slot_count:
            return []
        started = self.sizes.total()
        used = counted(Name.SLOTS_USED, 100 * started / self.slot_count, channel=channel)
        return [counted(Name.JOBS_STARTED, started, channel=channel), used]

    def exceedances(self, channel: Channel) -> list[Exceedance]:
        """One for each workspace that was told to slow down."""
        return [
            Exceedance(workspace_id, channel, at, self.sizes[workspace_id], error)
            for workspace_id, (at, error) in self.refusals.items()
        ]


def _said(entry: Stored, outcome: Outcome, *, at: datetime) -> dict[str, object]:
    """Of the answer nothing but its status: it may quote the message."""
    job = entry.job
    started_at = job.started_at or job.updated_at
    return {
        **labels.of_job(job, entry.payload),
        "queue": job.queue.value,
        "outcome": outcome.kind.value,
        "status": outcome.status_code,
        "late_ms": (started_at - job.due_at) // timedelta(milliseconds=1),
        "duration_ms": (at - started_at) // timedelta(milliseconds=1),
    }


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
