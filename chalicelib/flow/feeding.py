"""Feeds a channel again and again beside a worker's work."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.errors import ServiceError
from chalicelib.flow.feed import EVERY, LEAD_FOR, Feed
from chalicelib.model.channel import Channel
from chalicelib.ports.world import Offload

_log = logging.getLogger(__name__)

#: What an invocation keeps of its time to delete what was served and to answer SQS.
TO_ANSWER = timedelta(seconds=4)
#: How often whoever finds somebody else feeding looks: each look costs a refused write. Should that
#: one have died, the next look after its lead is still before the workers run dry.
SELDOM = EVERY * 1.5


@dataclass(slots=True)
class Feeding:
    """What one worker does for its channel."""

    feed: Feed
    channel: Channel
    offload: Offload
    #: When the invocation is ended from outside.
    until: datetime
    _is_busy: bool = field(default=False, init=False)
    _is_over: bool = field(default=False, init=False)

    @asynccontextmanager
    async def while_working(self) -> AsyncGenerator[None]:
        """From now on until the work is done; what is being handed over then is finished.

        Unless that takes too long: what was served would come again. Whoever feeds next does not
        need to know how far this came.
        """
        again = asyncio.create_task(self._again())
        await asyncio.sleep(0)  # a worker that finds nothing to do was woken to feed
        try:
            yield
        finally:
            self._is_over = True
            if not self._is_busy:
                again.cancel()
            left = self.until - TO_ANSWER - self.feed.clock.now()
            await asyncio.wait([again], timeout=max(0.0, left.total_seconds()))
            if again.cancel():
                _log.warning("the workers are not fed to the end: there is no time left")

    async def _again(self) -> None:
        clock = self.feed.clock
        self._is_busy = True
        for _ in range(LEAD_FOR // EVERY * 2):
            if not await self._is_refused():
                break
            await clock.sleep_until(clock.now() + EVERY / 2)
        wait = EVERY
        while not self._is_over:
            self._is_busy = False
            await clock.sleep_until(clock.now() + wait)
            self._is_busy = True
            wait = SELDOM if await self._is_refused() else EVERY

    async def _is_refused(self) -> bool:
        """Feed; whether somebody else does, who may not have seen why we were woken."""
        try:
            return await self.offload(self.feed, self.channel) is None
        except ServiceError as error:
            _log.warning("the workers are not fed: %s", error)
            return False
