"""The fields of a request that say when: how they are read, and what is said where they are not."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from chalicelib.model.due import FURTHEST
from chalicelib.web.zones import is_zone

_OFFSET = r"(?:[Zz]|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?"
_ISO = re.compile(
    rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.(\d+))?({_OFFSET})", re.ASCII
)
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


def _instant(value: object) -> datetime:
    """The time that it says, in whole milliseconds, rounded up: nothing is early by them."""
    if isinstance(value, (int, float)):
        raise ValueError(f"must be an ISO time, not a number: {_FORM}")  # noqa: TRY004 - pydantic's
    text = value if isinstance(value, str) else ""
    if text.endswith("]"):
        raise ValueError(
            "must name no zone in brackets: give the time without offset, and timezone"
        )
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError(f"must be {_FORM}")
    whole, fraction, offset = found.groups(default="")
    ms = int(fraction[:3].ljust(3, "0")) + bool(fraction[3:].strip("0"))
    try:
        return datetime.fromisoformat(whole + offset.upper()) + timedelta(milliseconds=ms)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"must be {_FORM}: {error}") from error


def whole(unit: str, *, of: object) -> BeforeValidator:
    """Takes 60000.0 for 60000: languages with one kind of number write it so. `of` is the type."""

    def read(value: object) -> object:
        if isinstance(value, float):
            if not value.is_integer():
                raise ValueError(f"must be whole {unit}, not {value}")
            return int(value)
        return value

    return BeforeValidator(read, json_schema_input_type=of)


def _not_null(value: object) -> object:
    if value is None:
        raise ValueError("must not be null: leave it out, or say when")
    return value


def _described_without_null(schema: dict[str, Any]) -> None:
    del schema["default"]
    schema.update(schema.pop("anyOf")[0])


def _wall_clock(text: str) -> str:
    try:
        time.fromisoformat(text)
    except ValueError as error:
        message = "must be a time of day such as '09:30:00'"
        raise ValueError(message) from error
    return text


T = TypeVar("T")
#: A field that may be left out, and not be null: a client that lost the time would send null.
LeftOut = Annotated[
    T | None, BeforeValidator(_not_null), Field(json_schema_extra=_described_without_null)
]

#: A name of the pinned IANA database.
Zone = Annotated[str, AfterValidator(_zone)]

_Ms = Annotated[int, Field(ge=0, le=_LONGEST_DELAY_MS)]
_Days = Annotated[int, Field(ge=0, le=FURTHEST.days)]

Delay = Annotated[
    _Ms,
    whole("milliseconds", of=_Ms),
    Field(
        description="Milliseconds from now; at most one of delay, sendAt and dayNumber is given.",
    ),
]
SendAt = Annotated[
    datetime,
    BeforeValidator(_instant, json_schema_input_type=str),
    Field(
        description="An instant with an offset, or a time without one on the clocks of timezone. "
        "A time that exists twice there is the first; one that does not exist is the first instant "
        "after the gap; one that has passed within 5 minutes is now. At most 10 years ahead.",
        examples=["2031-12-01T09:00:00+11:00", "2031-12-01T09:00:00"],
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
    _Days,
    whole("days", of=_Days),
    Field(
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
