"""What a worker does with jobs that it does not serve: back to their queue, or parked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.flow.dispatch import Dispatch
from chalicelib.flow.line import Ticket
from chalicelib.flow.turns import Turn
from chalicelib.model.agenda import PARKED_AT
from chalicelib.model.job import Job
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.world import Clock, Offload

#: Fewer that are late are no flood: a worker that starts is late with its first jobs.
CROWD = 5
#: A turn's precision. Whoever was fed at a place is not fed from there again for a while, so who
#: comes back to wait has to stand at another one.
A_STEP = timedelta(milliseconds=1)


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

    async def anew(self, tickets: Sequence[Ticket]) -> None:
        """Let the jobs go behind the others of their workspaces: there is no place for them now."""
        jobs = [self._unclaimed(ticket) for ticket in tickets]
        turns = await self.offload(self.dispatch.plan, jobs)
        for ticket, turn in zip(tickets, turns, strict=True):
            (planned,) = self.dispatch.prepared([turn])
            if await self._keep(ticket, planned):
                await self.offload(self.dispatch.hand_over, [turn])

    async def hold(self, tickets: Sequence[Ticket]) -> None:
        """Let the jobs wait in the agenda, beside where their turns were: their backend is down."""
        places = [Turn.given(each.stored.job).served_at + A_STEP for each in tickets]
        turns = [
            Turn(self._unclaimed(each), at, is_held=True)
            for each, at in zip(tickets, places, strict=True)
        ]
        for ticket, turn in zip(tickets, turns, strict=True):
            (planned,) = self.dispatch.prepared([turn])
            await self._keep(ticket, planned)
        await self.offload(self.dispatch.hand_over, turns)

    def flood(self, entries: Sequence[Stored], late: Collection[str]) -> list[Stored]:
        """Those of the jobs that may stay; of a crowd that is late, some go back in line."""
        crowd = [entry.job for entry in entries if entry.job.id in late]
        if len(crowd) < CROWD:
            return list(entries)
        turns = self.dispatch.plan(crowd)
        held = [turn for turn in turns if turn.is_held]
        kept = self.store.touch_many(self.dispatch.prepared(held))
        self.dispatch.hand_over([turn for turn, ours in zip(held, kept, strict=True) if ours])
        gone = {turn.job.id for turn in held}
        return [entry for entry in entries if entry.job.id not in gone]

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
