"""The starts of one run: each slot goes, in its instant, to whoever of the run is ready for it.

A job whose claim takes long keeps nobody else from starting, and no slot is wasted on it: the next
one that is ready takes it, and leaves its own. What is lost is only a slot for which nobody was
ready, or at which the whole process was late.
"""

import asyncio
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.ports.world import Clock

#: Slots reserved at a time, as time: short, so that workers take turns.
RUN_LENGTH = timedelta(milliseconds=255)
#: A slot that could not be used within this is given up: starts must not bunch. Of the 20 ms of
#: jitter that the spacing forgives, the rest is for the way to the backend.
MISSED_BY = timedelta(milliseconds=6)

_Given = asyncio.Future["datetime | None"]


@dataclass(slots=True)
class Starts:
    """Who is ready, by the slot that is theirs."""

    clock: Clock
    slots: Sequence[datetime]
    #: Slots that were given out, or whose instant has passed.
    _passed: int = 0
    #: The newest slot, where nobody was ready for it in its instant.
    _vacant: datetime | None = None
    _ready: list[tuple[datetime, _Given]] = field(default_factory=list[tuple[datetime, _Given]])
    _bound: dict[datetime, _Given] = field(default_factory=dict[datetime, _Given])

    async def give(self) -> None:
        """Give out one slot after the other, each in its instant."""
        for slot_at in self.slots:
            await self.clock.sleep_until(slot_at)
            self._passed += 1
            self._vacant = None
            if self.clock.now() <= slot_at + MISSED_BY and not self._gave(slot_at):
                self._vacant = slot_at
        for _, given in self._ready:
            given.set_result(None)
        for given in self._bound.values():
            given.set_result(None)

    async def turn(self, slot_at: datetime, *, is_bound: bool) -> datetime | None:
        """The slot in which to start now, once it has come; None where none is left.

        `slot_at` is the caller's own. Who is bound to it may take no other one: the workspace's
        own pace was asked for that instant.
        """
        if (vacant := self._vacant_for(slot_at, is_bound=is_bound)) is not None:
            self._vacant = None
            return vacant
        if self._passed == len(self.slots) or (is_bound and slot_at < self.slots[self._passed]):
            return None
        given: _Given = asyncio.get_running_loop().create_future()
        if is_bound:
            self._bound[slot_at] = given
        else:
            heapq.heappush(self._ready, (slot_at, given))
        return await given

    def _vacant_for(self, slot_at: datetime, *, is_bound: bool) -> datetime | None:
        """The newest slot, where nobody has it and it can still be used."""
        vacant = self._vacant
        if vacant is None or self.clock.now() > vacant + MISSED_BY:
            return None
        return None if is_bound and slot_at != vacant else vacant

    def _gave(self, slot_at: datetime) -> bool:
        """Whether somebody has taken the slot: its owner who is bound to it, or the first."""
        given = self._bound.pop(slot_at, None)
        if given is None and self._ready:
            _, given = heapq.heappop(self._ready)
        if given is None:
            return False
        given.set_result(slot_at)
        return True
