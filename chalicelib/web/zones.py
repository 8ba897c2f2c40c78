"""Time zones by their IANA names, from the pinned tzdata package."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether there is such a zone; never a path outside the database."""
    return name in _names()


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of a name that `is_zone`."""
    return ZoneInfo(name)
