"""What restrains a workspace on one channel: its own limit, and what its backend asks for.

A backend that answers 429 is listened to twice: nothing starts before the instant that its
`Retry-After` names, and the workspace's pace falls by half and grows back evenly (additive
increase, multiplicative decrease: Chiu and Jain, 1989).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.model.channel import RATES, Channel, Rate

#: What one refusal leaves of a pace.
FALL = 0.5
#: How low it falls at most: some callback has to find out that the backend is well again.
LOWEST_SHARE = 0.02
#: From nothing back to the whole pace; 90 % of it are there after nine tenths of this.
RECOVERY = timedelta(seconds=20)
#: Refusals that come so close together are one: their callbacks were under way at the same time.
ONE_REFUSAL = timedelta(milliseconds=200)
#: A workspace's starts are so much further apart than 1/rate: two fit the channel's slots in
#: between, and jitter keeps every sliding second within the limit.
STRETCH = 1.045


@dataclass(frozen=True, slots=True)
class Throttle:
    """What the backend of a workspace asked for last, at `since`."""

    share: float
    since: datetime
    paused_until: datetime

    def share_at(self, now: datetime) -> float:
        """What there is of the pace, in (0, 1]."""
        return min(1.0, self.share + max(0.0, (now - self.since) / RECOVERY))

    def is_over(self, now: datetime) -> bool:
        """Whether it restrains nothing any more."""
        return self.share_at(now) >= 1 and self.paused_until <= now


def refused(before: Throttle | None, *, now: datetime, wait_s: float | None) -> Throttle:
    """The throttle after a 429 that asks for a wait; a pause that is longer stays."""
    paused_until = now + timedelta(seconds=wait_s or 0)
    if before is None:
        return Throttle(FALL, now, paused_until)
    fell_just_now = timedelta() <= now - before.since < ONE_REFUSAL
    if fell_just_now and paused_until < before.paused_until + ONE_REFUSAL:
        return before
    share = before.share if fell_just_now else max(LOWEST_SHARE, before.share_at(now) * FALL)
    since = before.since if fell_just_now else now
    return Throttle(share, since, max(paused_until, before.paused_until))


@dataclass(frozen=True, slots=True)
class Restraint:
    """A workspace's own limit and throttle on a channel, where it has them."""

    limit: Rate | None = None
    throttle: Throttle | None = None

    def restrains(self, now: datetime) -> bool:
        """Whether there is anything to mind now."""
        return self.limit is not None or not (self.throttle is None or self.throttle.is_over(now))

    def paused_until(self, now: datetime) -> datetime | None:
        """When the next callback may start, where that is later than now."""
        if self.throttle is None or self.throttle.paused_until <= now:
            return None
        return self.throttle.paused_until

    def spacing(self, channel: Channel, now: datetime) -> timedelta | None:
        """The gap between two starts; None where only the channel's rate counts."""
        share = 1.0 if self.throttle is None else self.throttle.share_at(now)
        if self.limit is None and share >= 1:
            return None
        per_s = (self.limit or RATES[channel]).per_s * share
        return timedelta(seconds=STRETCH / per_s)


UNRESTRAINED = Restraint()
