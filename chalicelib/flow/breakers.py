"""The circuit breaker's verbs, and what one worker knows of its backend.

While a backend is down, its jobs wait without using their attempts. One of them at a time goes as a
probe, by ever longer waits; the first that is answered lets all go on.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from chalicelib.errors import RetryableError, ServiceError
from chalicelib.model.breaker import Breaker, State, is_failure
from chalicelib.model.channel import Channel
from chalicelib.model.outcome import Outcome
from chalicelib.ports.delivery import Backends
from chalicelib.ports.steering import Breakers
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

#: How old a worker's knowledge of its backend may be, and how long it gathers answers.
FRESH_FOR = timedelta(seconds=0.5)
#: Who meets others at a breaker looks again.
ROUNDS = 20


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """The verbs, by channel: channels whose backends are on one host share its breaker."""

    clock: Clock
    breakers: Breakers
    backends: Backends

    def of(self, channel: Channel) -> Breaker:
        """As it is now."""
        return self.breakers.get(self._host(channel))

    def is_open(self, channel: Channel) -> bool:
        """Whether the channel's jobs wait for their backend."""
        return self.of(channel).state(self.clock.now()) is not State.CLOSED

    def count(self, channel: Channel, *, failed: int, answered: int) -> Breaker:
        """Add what callbacks came to; answers what that makes of it."""
        now = self.clock.now()

        def counted(known: Breaker) -> Breaker:
            return known.counted(failed=failed, answered=answered, at=now)

        return self._changed(channel, counted)

    def take_probe(self, channel: Channel) -> bool:
        """Be the one whose job goes as a probe; False where it is not time, or another one is."""
        now = self.clock.now()
        known = self.of(channel)
        return known.may_probe(now) and self.breakers.put(
            self._host(channel), before=known, after=known.probing(now)
        )

    def end_probe(self, channel: Channel, *, is_well: bool) -> Breaker:
        """Say what the probe came to."""
        now = self.clock.now()
        return self._changed(channel, lambda known: known.probed(is_well=is_well, at=now))

    def _changed(self, channel: Channel, change: Callable[[Breaker], Breaker]) -> Breaker:
        host = self._host(channel)
        for _ in range(ROUNDS):
            known = self.breakers.get(host)
            after = change(known)
            if after == known or self.breakers.put(host, before=known, after=after):
                return after
        message = f"the circuit breaker of {channel} keeps changing"
        raise RetryableError(message)

    def _host(self, channel: Channel) -> str:
        return urlsplit(self.backends.base_url(channel)).netloc


@dataclass(slots=True)
class BackendWatch:
    """What one invocation knows of its backend, and has to say of it."""

    channel: Channel
    clock: Clock
    breaker: CircuitBreaker
    offload: Offload
    known: Breaker = field(default_factory=Breaker)
    failed: int = 0
    answered: int = 0

    @asynccontextmanager
    async def while_working(self) -> AsyncGenerator[None]:
        """Know it now, and read and tell again and again until the work is done."""
        await self._exchange()
        again = asyncio.create_task(self._again())
        try:
            yield
        finally:
            again.cancel()
            if self.failed:
                await self._exchange()

    @property
    def is_down(self) -> bool:
        """Whether jobs have to wait."""
        return self.known.state(self.clock.now()) is not State.CLOSED

    @property
    def probe_at(self) -> datetime:
        """When it is worth to look again."""
        return self.known.next_probe_at(self.clock.now())

    def note(self, outcome: Outcome) -> None:
        """One callback's outcome."""
        self.failed += is_failure(outcome)
        self.answered += not is_failure(outcome)

    async def take_probe(self) -> bool:
        """Be the one whose job goes as a probe."""
        return self.known.may_probe(self.clock.now()) and await self.offload(
            self.breaker.take_probe, self.channel
        )

    async def end_probe(self, outcome: Outcome) -> None:
        """Say what the probe came to, and know what that makes of it."""
        is_well = not is_failure(outcome)
        self.known = await self.offload(
            lambda: self.breaker.end_probe(self.channel, is_well=is_well)
        )

    async def _again(self) -> None:
        while True:
            await self.clock.sleep_until(self.clock.now() + FRESH_FOR)
            await self._exchange()

    async def _exchange(self) -> None:
        """Tell of failures where there were any, else only read."""
        failed, answered, self.failed, self.answered = self.failed, self.answered, 0, 0
        try:
            if failed:
                self.known = await self.offload(
                    lambda: self.breaker.count(self.channel, failed=failed, answered=answered)
                )
            else:
                self.known = await self.offload(self.breaker.of, self.channel)
        except ServiceError as error:
            _log.warning("how the backend is doing is not known anew: %s", error)
