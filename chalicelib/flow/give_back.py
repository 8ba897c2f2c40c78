"""What a worker does with jobs that it does not serve: back to their queue, or parked."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.flow.dispatch import Dispatch, Turn
from chalicelib.flow.line import Ticket
from chalicelib.model.agenda import PARKED_AT
from chalicelib.model.job import Job
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Clock, Offload


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The verbs; a job that was claimed for a slot and missed it is as if it never had been."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch
    offload: Offload

    async def until(self, ticket: Ticket, free_at: datetime) -> None:
        """Hand the job over again, for when the pace is free."""
        turn = Turn(self._unclaimed(ticket), max(ticket.due_at, free_at))
        (planned,) = self.dispatch.prepared([turn])
        if await self._keep(ticket, planned):
            await self.offload(self.dispatch.hand_over, [turn])

    async def park(self, ticket: Ticket) -> None:
        """Put the job aside until its queue is resumed: one write, however long that is."""
        await self._keep(ticket, self._unclaimed(ticket).with_attention(PARKED_AT))

    def _unclaimed(self, ticket: Ticket) -> Job:
        if ticket.claimed is None:
            return ticket.stored.job
        return ticket.claimed.unclaim(at=self.clock.now())

    async def _keep(self, ticket: Ticket, job: Job) -> bool:
        if ticket.claimed is None:
            return await self.offload(self.store.touch, job)
        return await self.offload(self.store.move, ticket.claimed, job)
