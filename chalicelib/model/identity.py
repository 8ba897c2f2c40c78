"""Ids as they come in from outside: of workspaces, communications, contacts and jobs."""

import re

#: No `#`, which separates the parts of keys, and short enough for any of them.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$"


def is_id(text: str) -> bool:
    """Whether anything can have this id; what cannot is never looked for."""
    return re.fullmatch(ID_PATTERN, text) is not None


def id_of(value: object) -> str:
    """A value that is the id of something; ValueError where nothing can have it."""
    if not isinstance(value, str) or not is_id(value):
        raise ValueError("not an id of this service")
    return value
