"""The reins of one worker: what it knows of the restraints of the workspaces that it serves.

A workspace that has a limit of its own, or a throttle, starts its callbacks by a pace of its own
besides the channel's. Each of its jobs gets a place in the first one, so that workers do not meet;
and once it has a slot, the slot must fit the second one, which is what is strict.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from chalicelib.errors import ServiceError
from chalicelib.flow.line import Ticket
from chalicelib.model.channel import Channel
from chalicelib.model.restraint import UNRESTRAINED, Restraint
from chalicelib.model.slots import Fitting, Run, fitting
from chalicelib.ports.delivery import Pace
from chalicelib.ports.steering import Restraints
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

_Read: TypeAlias = Callable[[Channel, Collection[str]], Mapping[str, Restraint]]

#: How old a worker's knowledge of a restraint may be.
FRESH_FOR = timedelta(seconds=0.5)
#: Places are given at most this far ahead; who gets none goes back.
HORIZON = timedelta(seconds=3)
#: Places are closer together than starts: those that are given and not used cost nothing then.
CLOSER = 0.8


@dataclass(slots=True)
class Reins:
    """What one invocation knows."""

    channel: Channel
    clock: Clock
    pace: Pace
    restraints: Restraints
    offload: Offload
    known: dict[str, Restraint] = field(default_factory=dict[str, Restraint])

    @asynccontextmanager
    async def while_working(self) -> AsyncGenerator[None]:
        """Read what is known again and again until the work is done."""
        reading = asyncio.create_task(self._read_again())
        try:
            yield
        finally:
            reading.cancel()

    async def know(self, workspace_ids: Collection[str]) -> None:
        """Know these workspaces; those that are known already cost nothing."""
        unknown = set(workspace_ids) - self.known.keys()
        if unknown:
            await self._read(unknown, self.restraints.of)

    async def look_again(self, workspace_ids: Collection[str]) -> None:
        """Know them as they are now; where that fails, as they were."""
        await self._look(workspace_ids, self.restraints.of)

    async def _look(self, workspace_ids: Collection[str], read: _Read) -> None:
        try:
            await self._read(workspace_ids, read)
        except ServiceError as error:
            _log.warning("what restrains workspaces is not known anew: %s", error)

    async def _read_again(self) -> None:
        while True:
            await self.clock.sleep_until(self.clock.now() + FRESH_FOR)
            await self._look(set(self.known), self.restraints.recent)

    async def _read(self, workspace_ids: Collection[str], read: _Read) -> None:
        if workspace_ids:
            self.known |= await self.offload(read, self.channel, workspace_ids)

    def is_restrained(self, ticket: Ticket) -> bool:
        """Whether its workspace has a pace of its own."""
        return self._of(ticket).restrains(self.clock.now())

    def is_paused(self, ticket: Ticket) -> bool:
        """Whether its workspace's backend has asked for a pause since its slot was given."""
        return self._of(ticket).paused_until(self.clock.now()) is not None

    async def places(
        self, tickets: Sequence[Ticket], *, first_at: datetime, last_at: datetime
    ) -> tuple[list[Ticket], list[Ticket]]:
        """Give the tickets of one workspace their places; answers who got one, and who did not."""
        restraint = self._of(tickets[0])
        spacing = restraint.spacing(self.channel, self.clock.now())
        first_at = max(first_at, restraint.paused_until(self.clock.now()) or first_at)
        last_at = min(last_at, first_at + HORIZON)
        if first_at > last_at:
            return [], list(tickets)
        if spacing is None:
            return [replace(each, not_before=first_at) for each in tickets], []
        count = min(len(tickets), (last_at - first_at) // spacing + 1)

        def reserve() -> object:
            return self.pace.reserve(
                f"own#{self.channel}#{tickets[0].stored.job.workspace_id}",
                count,
                spacing=spacing * CLOSER,
                not_before=first_at,
                not_after=last_at,
            )

        run = await self.offload(reserve)
        if not isinstance(run, Run):
            return [], list(tickets)
        placed = [replace(each, not_before=at) for each, at in zip(tickets, run, strict=False)]
        return placed, list(tickets[count:])

    async def held_off(self, tickets: Sequence[Ticket], run: Run) -> list[Ticket]:
        """Those of the tickets who would find no start of their workspace's in the next run.

        They wait for as long as their workspace is behind the channel: a slot is never taken for
        somebody who may not use it, but for a race with another worker. `run` is as long as a run
        may be; it will be as long as there are tickets for it, so that who is held off shortens it.
        """
        mine = self._by_workspace(tickets)
        if not mine:
            return []
        names = {self.slots_name, *(self._start_name(each) for each in mine)}
        free_at = await self.offload(self.pace.free_at, names)
        behind = max(timedelta(), free_at.get(self.slots_name, run.start_at) - run.start_at)
        ahead = [slot_at + behind for slot_at in run]
        others = len(tickets) - sum(map(len, mine.values()))
        length, found = len(ahead) + 1, self._starts(mine, free_at, slots=ahead)
        while length > (fitted := others + sum(len(each.chosen) for each in found.values())):
            length = fitted
            found = self._starts(mine, free_at, slots=ahead[: max(1, length)])
        waiting: list[Ticket] = []
        for workspace_id, group in mine.items():
            wait_until = (found[workspace_id].free_at or ahead[0]) - behind
            for each in group[len(found[workspace_id].chosen) :]:
                waiting.append(replace(each, not_before=wait_until))
                wait_until += self._spacing(workspace_id)
        return waiting

    def _starts(
        self,
        groups: Mapping[str, Sequence[Ticket]],
        free_at: Mapping[str, datetime],
        *,
        slots: Sequence[datetime],
    ) -> dict[str, Fitting]:
        """What each workspace could use of these slots."""
        return {
            workspace_id: fitting(
                free_at.get(self._start_name(workspace_id)),
                slots,
                spacing=self._spacing(workspace_id),
                most=len(group),
            )
            for workspace_id, group in groups.items()
        }

    async def assigned(
        self, tickets: Sequence[Ticket], slots: Sequence[datetime]
    ) -> tuple[list[tuple[Ticket, datetime]], list[Ticket]]:
        """Each ticket with a slot that it may start in; and those who may start in none."""
        pairs: list[tuple[Ticket, datetime]] = []
        refused: list[Ticket] = []
        mine = self._by_workspace(tickets)
        left = list(slots)
        for workspace_id, group in mine.items():
            found = await self._fit(workspace_id, left, most=len(group))
            pairs += zip(group, found.chosen, strict=False)
            left = [slot_at for slot_at in left if slot_at not in found.chosen]
            late = group[len(found.chosen) :]
            refused += [replace(each, not_before=found.free_at) for each in late]
        free = [each for each in tickets if each.stored.job.workspace_id not in mine]
        return [*pairs, *zip(free, left, strict=False)], refused

    @property
    def slots_name(self) -> str:
        """The name of the channel's pace."""
        return f"slots#{self.channel}"

    def _start_name(self, workspace_id: str) -> str:
        return f"start#{self.channel}#{workspace_id}"

    def _spacing(self, workspace_id: str) -> timedelta:
        restraint = self.known.get(workspace_id, UNRESTRAINED)
        return restraint.spacing(self.channel, self.clock.now()) or timedelta()

    def _by_workspace(self, tickets: Sequence[Ticket]) -> Mapping[str, list[Ticket]]:
        """The tickets of restrained workspaces."""
        groups: dict[str, list[Ticket]] = defaultdict(list)
        for ticket in tickets:
            if self.is_restrained(ticket):
                groups[ticket.stored.job.workspace_id].append(ticket)
        return groups

    async def _fit(self, workspace_id: str, slots: Sequence[datetime], *, most: int) -> Fitting:
        name, spacing = self._start_name(workspace_id), self._spacing(workspace_id)
        return await self.offload(lambda: self.pace.fit(name, slots, spacing=spacing, most=most))

    def _of(self, ticket: Ticket) -> Restraint:
        return self.known.get(ticket.stored.job.workspace_id, UNRESTRAINED)
