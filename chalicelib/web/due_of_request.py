"""When a scheduling request is due, by whichever of its fields say so."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from chalicelib.errors import Fault
from chalicelib.model.due import FURTHEST, After, At, OnDay
from chalicelib.model.instant import to_iso
from chalicelib.model.workspace import DEFAULT_ZONE
from chalicelib.web.requests import Wanted
from chalicelib.web.zones import zone

#: The code of a fault that an earlier instant does not find.
IN_THE_PAST = "in_the_past"

_Due: TypeAlias = After | At | OnDay


def due_of(
    wanted: Wanted, *, now: datetime, home_zone: Callable[[str], str]
) -> tuple[datetime | None, Fault | None]:
    """The due instant, None for now; or what is wrong with the way it was asked for."""
    if (fault := _fault_of_ways(wanted)) is not None:
        return None, fault
    if (due := _due_form(wanted)) is None:
        return None, None
    try:
        clocks = _zone(wanted, due, home_zone=home_zone)
        due_at = due.due_at(now=now, zone=clocks)
        if due_at <= now and isinstance(due, At) and due.is_long_past(now=now, zone=clocks):
            said = f"has passed by more than 5 minutes (it is {to_iso(now)}): give a later instant"
            return None, Fault("sendAt", said, IN_THE_PAST)
    except (OverflowError, ValueError):
        due_at = datetime.max.replace(tzinfo=UTC)
    if due_at > now + FURTHEST:
        return None, Fault(_asked(wanted)[0], "must be at most 10 years ahead")
    return (due_at if due_at > now else None), None


def _asked(wanted: Wanted) -> list[str]:
    ways = {"delay": wanted.delay, "sendAt": wanted.send_at, "dayNumber": wanted.day_number}
    return [name for name, value in ways.items() if value is not None]


def _fault_of_ways(wanted: Wanted) -> Fault | None:
    asked = _asked(wanted)
    if len(asked) > 1:
        return Fault(asked[-1], "give at most one of delay, sendAt and dayNumber")
    if (wanted.day_number is None) != (wanted.send_time is None):
        missing = "dayNumber" if wanted.day_number is None else "sendTime"
        return Fault(missing, "dayNumber and sendTime go together")
    return None


def _zone(wanted: Wanted, due: _Due, *, home_zone: Callable[[str], str]) -> ZoneInfo:
    if wanted.timezone is None and due.asks_for_zone:
        return zone(home_zone(wanted.workspace_id))
    return zone(wanted.timezone or DEFAULT_ZONE)


def _due_form(wanted: Wanted) -> _Due | None:
    if wanted.delay is not None:
        return After(timedelta(milliseconds=wanted.delay))
    if wanted.send_at is not None:
        return At(wanted.send_at)
    if wanted.day_number is not None and wanted.send_time is not None:
        return OnDay(wanted.day_number, time.fromisoformat(wanted.send_time))
    return None
