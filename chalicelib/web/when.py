"""The fields of a request that say when: how they are read, and what is said where they are not."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.model.due import FURTHEST
from chalicelib.web.zones import is_zone

_OFFSET = r"(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?"
_ISO = re.compile(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{{1,6}})?)?{_OFFSET}", re.ASCII)
_FORM = (
    "an ISO 8601 time such as '2026-12-01T09:00:00Z', '2026-12-01T09:00:00+11:00' or, on the "
    "clocks of timezone, '2026-12-01T09:00:00'"
)
_LONGEST_DELAY_MS = FURTHEST // timedelta(milliseconds=1)


def _zone(name: str) -> str:
    if not is_zone(name):
        message = "is not a time zone that we know; use an IANA name such as 'Europe/Berlin'"
        raise ValueError(message)
    return name


def _instant(text: str) -> str:
    if text.endswith("]"):
        message = "must name no zone in brackets: give the time without offset, and timezone"
        raise ValueError(message)
    if not _ISO.fullmatch(text):
        message = f"must be {_FORM}"
        raise ValueError(message)
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        message = f"must be {_FORM}: {error}"
        raise ValueError(message) from error
    return text


def _wall_clock(text: str) -> str:
    try:
        time.fromisoformat(text)
    except ValueError as error:
        message = "must be a time of day such as '09:30:00'"
        raise ValueError(message) from error
    return text


#: A name of the pinned IANA database.
Zone = Annotated[str, AfterValidator(_zone)]

Delay = Annotated[
    int,
    Field(
        ge=0,
        le=_LONGEST_DELAY_MS,
        description="Milliseconds from now; at most one of delay, sendAt and dayNumber is given.",
    ),
]
SendAt = Annotated[
    str,
    AfterValidator(_instant),
    Field(
        description="An instant with an offset, or a time without one on the clocks of timezone. "
        "A time that exists twice there is the first; one that does not exist is the first instant "
        "after the gap; one that has passed is now. At most 10 years ahead.",
        examples=["2026-12-01T09:00:00+11:00", "2026-12-01T09:00:00"],
    ),
]
#: Where the clocks are that a request speaks of.
ClocksOf = Annotated[
    Zone,
    Field(
        description="An IANA name, in its own spelling, for dayNumber and for a sendAt without "
        "offset; the workspace's own where it is left out. A sendAt with an offset, or a delay, "
        "means the same instant in any zone.",
        examples=["Europe/Berlin"],
    ),
]
DayNumber = Annotated[
    int,
    Field(
        ge=0,
        le=FURTHEST.days,
        description="So many days from today in timezone, at sendTime on the clocks there; a day "
        "later where that has passed.",
    ),
]
SendTime = Annotated[
    str,
    StringConstraints(pattern=r"^\d\d:\d\d(:\d\d)?$"),
    AfterValidator(_wall_clock),
    Field(description="The time of day that goes with dayNumber.", examples=["09:30:00"]),
]
