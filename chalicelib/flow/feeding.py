"""Feeds a channel again and again beside a worker's work."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chalicelib.errors import ServiceError
from chalicelib.flow.feed import EVERY, Feed
from chalicelib.model.channel import Channel
from chalicelib.ports.world import Offload

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Feeding:
    """What one worker does for its channel."""

    feed: Feed
    channel: Channel
    offload: Offload
    _is_busy: bool = field(default=False, init=False)
    _is_over: bool = field(default=False, init=False)

    @asynccontextmanager
    async def while_working(self) -> AsyncGenerator[None]:
        """From now on until the work is done; what is being handed over then is finished."""
        again = asyncio.create_task(self._again())
        await asyncio.sleep(0)  # a worker that finds nothing to do was woken to feed
        try:
            yield
        finally:
            self._is_over = True
            if not self._is_busy:
                again.cancel()
            await asyncio.wait([again])

    async def _again(self) -> None:
        clock = self.feed.clock
        while True:
            self._is_busy = True
            try:
                await self.offload(self.feed, self.channel)
            except ServiceError as error:
                _log.warning("the workers are not fed: %s", error)
            self._is_busy = False
            if self._is_over:
                return
            await clock.sleep_until(clock.now() + EVERY)
