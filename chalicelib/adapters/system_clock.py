"""The machine's clock."""

import asyncio
from datetime import UTC, datetime


class SystemClock:
    """`ports.Clock`."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    async def sleep_until(self, at: datetime) -> None:
        """Sleep on the event loop; a timer that rings early is waited for again."""
        rest_s = (at - self.now()).total_seconds()
        if rest_s > 0:
            await asyncio.sleep(rest_s)
            await self.sleep_until(at)
