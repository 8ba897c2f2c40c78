"""Cursors: where a walk through a list goes on, in a form that callers need not understand."""

import base64
import hashlib
import json
import re
from datetime import datetime
from typing import Any, cast

from chalicelib.model.instant import to_iso

#: Where something stands in a list: an instant and an id. Sorts by the instant, and is unique.
_PLACE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}", re.ASCII
)
#: More than the longest that we make, and too short for JSON to be nested deeply.
_LONGEST = 500


def place(at: datetime, the_id: str) -> str:
    """The place of something that has an id, at an instant."""
    return f"{to_iso(at)}#{the_id}"


def id_at(where: str) -> str:
    """The id in a place."""
    return where.partition("#")[2]


def seal(binding: str, *parts: str | None) -> str:
    """A text of URL-safe characters that only `unseal` with the same binding reads.

    The binding says whose list it is, and which. It keeps cursors from being mixed up; it is no
    secret: whoever makes a cursor up walks through a list that is theirs anyway.
    """
    raw = json.dumps([_mark(binding), *parts], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def unseal(binding: str, text: str) -> list[str | None]:
    """The parts of a sealed text; ValueError where it was not sealed with this binding."""
    if len(text) > _LONGEST:
        raise ValueError("it is too long to be a cursor")
    padded = text + "=" * (-len(text) % 4)
    try:
        found: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError as error:
        raise ValueError("it is no cursor") from error
    if not isinstance(found, list) or found[:1] != [_mark(binding)]:
        raise ValueError("it is of another list, or of another query")
    parts = cast("list[Any]", found)[1:]
    if not all(part is None or isinstance(part, str) for part in parts):
        raise ValueError("it is no cursor")
    return parts


def seal_place(binding: str, last: str) -> str:
    """The cursor of a list that goes on behind a place."""
    return seal(binding, last)


def unseal_place(binding: str, text: str) -> str:
    """The place behind which the list goes on; ValueError where the text is no such cursor."""
    match unseal(binding, text):
        case [str() as last] if is_place(last):
            return last
        case _:
            raise ValueError("it is no cursor")


def is_place(text: str) -> bool:
    """Whether a text is the place of anything."""
    return _PLACE.fullmatch(text) is not None


def _mark(binding: str) -> str:
    return hashlib.sha256(binding.encode()).hexdigest()[:16]
