"""Reads query strings: every fault at once, in the contract's words."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from chalice.app import Request

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.model.channel import Channel
from chalicelib.model.cursor import unseal_place
from chalicelib.model.identity import is_id
from chalicelib.model.job import Priority
from chalicelib.model.listing import Cursor, Filter, Query
from chalicelib.model.status import Status

T = TypeVar("T")

#: Longest part of an error that is searched for.
LONGEST_ERROR = 200
#: No job is older than the epoch; years below 1000 would not even sort.
_FIRST_YEAR = 1970
WRONG_ORDER = "must not be after 'to'"


def instant_of(text: str) -> datetime:
    """The instant of an ISO 8601 text, without an offset in UTC; ValueError where it is none."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year < _FIRST_YEAR:
        raise ValueError("must be an ISO 8601 instant such as '2026-12-01T09:00:00Z'")
    return at


class Params:
    """The parameters of one request; `done` raises what was wrong with any of them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._faults: list[Fault] = []

    @classmethod
    def of(cls, request: Request) -> "Params":
        """Those of the query string; the last one counts where a name stands twice."""
        found = cast("Any", request).query_params
        return cls({name: found[name] for name in found} if found else {})

    def text(self, name: str) -> str | None:
        """A text that is there and not empty."""
        return self._values.get(name) or None

    def error(self) -> str | None:
        """A part of the last error."""
        value = self.text("error")
        if value is not None and len(value) > LONGEST_ERROR:
            self.fault("error", f"must be at most {LONGEST_ERROR} characters")
        return value

    def contact_id(self) -> str | None:
        """A contact's id."""
        value = self.text("contact")
        if value is not None and not is_id(value):
            self.fault("contact", "must be a contact's id")
        return value

    def limit(self, *, default: int, most: int) -> int:
        """How many are wanted."""
        value = self.text("limit")
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
            self.fault("limit", f"must be a whole number from 1 to {most}")
            return default
        return int(value)

    def instant(self, name: str) -> datetime | None:
        """An ISO 8601 instant; without an offset it is UTC."""
        value = self.text(name)
        try:
            return None if value is None else instant_of(value)
        except ValueError as error:
            self.fault(name, str(error))
            return None

    def channel(self) -> Channel | None:
        """A channel."""
        value = self.one_of("channel", tuple(Channel))
        return None if value is None else Channel(value)

    def priority(self) -> Priority | None:
        """A priority."""
        value = self.one_of("priority", tuple(Priority))
        return None if value is None else Priority(value)

    def status(self) -> Status | None:
        """A status."""
        value = self.one_of("status", tuple(Status))
        return None if value is None else Status(value)

    def filter(self) -> Filter:
        """What lists and bulk acts can be narrowed to."""
        since, until = self.instant("from"), self.instant("to")
        if since is not None and until is not None and since > until:
            self.fault("from", WRONG_ORDER)
        return Filter(
            channel=self.channel(),
            priority=self.priority(),
            error=self.error(),
            contact_id=self.contact_id(),
            since=since,
            until=until,
        )

    def cursor(self, query: Query) -> Cursor | None:
        """Where a walk through this query goes on."""
        return self.sealed("cursor", lambda text: Cursor.from_text(text, query))

    def place(self, binding: str) -> str | None:
        """Where a list goes on that is not of one query."""
        return self.sealed("cursor", lambda text: unseal_place(binding, text))

    def sealed(self, name: str, unseal: Callable[[str], T]) -> T | None:
        """What a cursor says: `unseal` raises a ValueError where it is none of this request's."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return unseal(value)
        except ValueError as error:
            self.fault(name, f"is not usable: {error}")
            return None

    def done(self) -> None:
        """Raise InvalidRequest where anything was wrong."""
        if self._faults:
            message = "Something is wrong with the parameters; see errors."
            raise InvalidRequest(message, faults=tuple(self._faults))

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of the allowed texts."""
        value = self.text(name)
        if value is not None and value not in allowed:
            self.fault(name, f"must be one of {', '.join(allowed)}")
            return None
        return value

    def fault(self, name: str, message: str) -> None:
        """Something that is wrong with a parameter; `done` raises it."""
        self._faults.append(Fault(name, message))
