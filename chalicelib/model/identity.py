"""Ids as they come in from outside: of workspaces, communications, contacts and jobs."""

import re

#: No `#`, which separates the parts of keys, and short enough for any of them.
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$"


def is_id(text: str) -> bool:
    """Whether anything can have this id; what cannot is never looked for."""
    return re.fullmatch(ID_PATTERN, text, re.ASCII) is not None
