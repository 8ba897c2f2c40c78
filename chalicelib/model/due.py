"""When a job is due: delays, instants, wall-clock times in a zone, and the campaign form."""

from dataclasses import dataclass
from datetime import MINYEAR, UTC, date, datetime, time, timedelta, tzinfo

#: How far ahead a message may be scheduled.
FURTHEST = timedelta(days=3653)
#: How late a request may come; an instant before that is a wrong date (contract, section 8).
TOLERATED_LATENESS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class After:
    """So long from now."""

    delay: timedelta

    @property
    def asks_for_zone(self) -> bool:
        """Never."""
        return False

    def due_at(self, *, now: datetime, zone: tzinfo) -> datetime:
        """The zone does not matter."""
        del zone
        return now + self.delay


@dataclass(frozen=True, slots=True)
class At:
    """An instant where `when` has an offset, else a wall-clock time in the zone."""

    when: datetime

    @property
    def asks_for_zone(self) -> bool:
        """Where it is a wall-clock time."""
        return self.when.tzinfo is None

    def due_at(self, *, now: datetime, zone: tzinfo) -> datetime:
        """The instant; one that has passed is due now."""
        return max(self._instant(zone), now)

    def is_long_past(self, *, now: datetime, zone: tzinfo) -> bool:
        """Whether it was more than `TOLERATED_LATENESS` ago."""
        return self._instant(zone) < now - TOLERATED_LATENESS

    def _instant(self, zone: tzinfo) -> datetime:
        if self.when.year == MINYEAR:  # in UTC it may be a year that there is not
            return datetime.min.replace(tzinfo=UTC)
        at = self.when if self.when.tzinfo else at_wall_clock(self.when, zone)
        return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class OnDay:
    """So many days from today in the zone, at a wall-clock time there."""

    day_number: int
    send_time: time

    @property
    def asks_for_zone(self) -> bool:
        """Always."""
        return True

    def due_at(self, *, now: datetime, zone: tzinfo) -> datetime:
        """Where that has passed, the same time on the next day."""
        today = now.astimezone(zone).date()
        at = self._on(today + timedelta(days=self.day_number), zone)
        return at if at >= now else self._on(today + timedelta(days=self.day_number + 1), zone)

    def _on(self, day: date, zone: tzinfo) -> datetime:
        return at_wall_clock(datetime.combine(day, self.send_time), zone)


def at_wall_clock(local: datetime, zone: tzinfo) -> datetime:
    """The UTC instant at which clocks in the zone show `local` (which has no offset).

    A time that exists twice is the first one; one that does not exist (clocks go forward) is the
    first instant after the gap.
    """
    at = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _offset_change(before, at, zone=zone)


def _offset_change(before: datetime, after: datetime, *, zone: tzinfo) -> datetime:
    """The first instant, to the second, in (before, after] with the offset of `after`."""
    offset = after.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)
