"""The world around every verb: time, chance, and blocking calls."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Time, and waiting for it."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...

    async def sleep_until(self, at: datetime) -> None:
        """Return at `at` or as soon as possible after it; never before."""
        ...


class Offload(Protocol):
    """Runs a blocking call without holding up the event loop."""

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """What `call(*args)` returns or raises."""
        ...


class Chance(Protocol):
    """Randomness."""

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        ...

    def new_id(self, *, at: datetime) -> str:
        """A new job id: unique, and sorting by time."""
        ...

    def seed(self) -> str:
        """128 bits that nobody guesses, as hexadecimal digits."""
        ...
