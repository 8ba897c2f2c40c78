"""Fate: what goes wrong and when, drawn from one seed, so that a run can be repeated."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

MILLISECOND = timedelta(milliseconds=1)
#: How far a process's clock may be off, either way.
MOST_SKEW = 50 * MILLISECOND


class Died(BaseException):
    """The process is gone: nothing that it still tries has any effect."""


@dataclass(slots=True)
class Life:
    """One process's: it may end at any call."""

    is_over: bool = False
    root: asyncio.Task[Any] | None = None

    def check(self) -> None:
        """Died, where it is over."""
        if self.is_over:
            raise Died

    def end(self) -> None:
        """Now; whoever calls it gets no further."""
        self.is_over = True
        if self.root is not None:
            self.root.cancel()
        raise Died


@dataclass(slots=True)
class Fates:
    """The dice. While it is quiet nothing goes wrong; clocks stay as they are."""

    random: Random
    #: How likely each fault is, as a multiple of the usual.
    harshness: float = 1.0
    has_skew: bool = True
    is_quiet: bool = False
    #: How often each fault came, by its name.
    struck: dict[str, int] = field(default_factory=dict[str, int])

    def strikes(self, name: str, probability: float) -> bool:
        """Whether it happens now."""
        if self.is_quiet or self.random.random() >= probability * self.harshness:
            return False
        self.struck[name] = self.struck.get(name, 0) + 1
        return True

    def latency(self) -> timedelta:
        """Of one call of AWS: mostly some milliseconds."""
        if self.is_quiet or self.random.random() < 0.9:
            return self.random.randint(1, 12) * MILLISECOND
        return self.random.randint(12, 400) * MILLISECOND

    def skew(self) -> timedelta:
        """Of one process's clock."""
        if not self.has_skew:
            return timedelta()
        return self.random.uniform(-1, 1) * MOST_SKEW

    def up_to(self, longest: timedelta) -> timedelta:
        """Any time as likely as another, in whole milliseconds."""
        return self.random.randint(0, longest // MILLISECOND) * MILLISECOND
