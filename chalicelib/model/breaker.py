"""The circuit breaker of a backend: a burst of failures opens it, an answered probe closes it.

::

    closed ──a burst of failures──> open ──its time has come──> half-open (one probe is under way)
       ▲                             ▲  └──────────────────────────┘ │
       │                             └───────────the probe failed────┤
       └─────────────────────────────────────the probe was answered──┘
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.model.outcome import Outcome

#: What is counted together; failures that are further apart are no burst.
WINDOW = timedelta(seconds=10)
#: So many failures of one window open it, where they are this share of all answers.
BURST = 20
SHARE = 0.8
#: How long after it was opened the first probe goes, and how long the waits grow to.
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(seconds=30)
#: After so long a probe that nobody heard of again is given up: longer than a callback may take.
PROBE_FOR = timedelta(seconds=20)


class State(StrEnum):
    """What it does with jobs: lets them go, holds them, or waits for one of them."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one backend's answers."""

    #: The window that is being counted, and what was counted in it.
    window_at: datetime | None = None
    failed: int = 0
    answered: int = 0
    #: Since when it has been open; None: it is closed.
    opened_at: datetime | None = None
    #: While it is open: when the next probe may go, and until when one is under way.
    probe_at: datetime | None = None
    probing_until: datetime | None = None
    failed_probes: int = 0

    def state(self, now: datetime) -> State:
        """Whether it holds jobs back."""
        if self.opened_at is None:
            return State.CLOSED
        return State.HALF_OPEN if self._is_probing(now) else State.OPEN

    def may_probe(self, now: datetime) -> bool:
        """Whether one job may go, to find out how the backend is."""
        return self.probe_at is not None and self.probe_at <= now and not self._is_probing(now)

    def next_probe_at(self, now: datetime) -> datetime:
        """When it is worth to look whether a job may go: not in the past."""
        return max([now, *filter(None, [self.probe_at, self.probing_until])])

    def counted(self, *, failed: int, answered: int, at: datetime) -> "Breaker":
        """With so many failures and answers more; open where that makes a burst."""
        if self.opened_at is not None:
            return self
        is_same = self.window_at is not None and at < self.window_at + WINDOW
        failed += self.failed if is_same else 0
        answered += self.answered if is_same else 0
        if failed >= BURST and failed >= SHARE * (failed + answered):
            return Breaker(opened_at=at, probe_at=at + FIRST_WAIT)
        return Breaker(self.window_at if is_same else at, failed, answered)

    def probing(self, at: datetime) -> "Breaker":
        """One probe is under way."""
        return replace(self, probing_until=at + PROBE_FOR)

    def probed(self, *, is_well: bool, at: datetime) -> "Breaker":
        """The probe has ended: closed, or open for longer."""
        if is_well or self.opened_at is None:
            return Breaker()
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self.failed_probes + 1, 8))
        return replace(
            self, probe_at=at + wait, probing_until=None, failed_probes=self.failed_probes + 1
        )

    def _is_probing(self, now: datetime) -> bool:
        return self.probing_until is not None and self.probing_until > now


def is_failure(outcome: Outcome) -> bool:
    """Whether the backend as a whole may be unwell: it did not answer, or with a 5xx."""
    return outcome.status_code is None or outcome.status_code >= 500  # noqa: PLR2004 - of HTTP
