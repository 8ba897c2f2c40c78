"""How far ahead of its slots a worker plans: as far as its table has needed lately."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

#: How long before its slot a job is claimed, where nothing is known to take longer.
CLAIM_LEAD = timedelta(milliseconds=200)
#: At most so much is allowed for a claim, and for a reservation: one that hung for seconds must not
#: hold back all that this worker starts next.
MOST = timedelta(milliseconds=800)
#: A run starts so far ahead of its reservation that its first jobs can be read and claimed.
LEAD = timedelta(milliseconds=250)
#: What is remembered: about the last two runs.
_KEPT = 25


def _kept() -> deque[timedelta]:
    return deque(maxlen=_KEPT)


@dataclass(slots=True)
class Leads:
    """What claims and reservations took lately, in one invocation."""

    claims: deque[timedelta] = field(default_factory=_kept)
    reservations: deque[timedelta] = field(default_factory=_kept)

    @property
    def of_claim(self) -> timedelta:
        """How long before its slot a job is claimed now."""
        return _longest(self.claims, CLAIM_LEAD)

    @property
    def of_run(self) -> timedelta:
        """How far ahead of its reservation a run starts now."""
        return self.of_claim + _longest(self.reservations, LEAD - CLAIM_LEAD)


def _longest(times: Iterable[timedelta], least: timedelta) -> timedelta:
    return min(max([least, *times]), MOST)
