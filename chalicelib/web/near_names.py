"""Names that are nearly ours: a message whose `sendAt` is misspelt would leave at once.

All other unknown names are the caller's own (contract, section 8).
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from string import ascii_lowercase, ascii_uppercase

from pydantic import BaseModel

from chalicelib.errors import Fault
from chalicelib.web.faults import MOST_LISTED

#: The fields that say when; a name that is one letter off is none of the caller's own.
TIMES = ("delay", "sendAt", "dayNumber", "sendTime", "timezone", "expiresAt")
#: What another service calls them, as `_plain`: meant so where the message says no other time.
_ELSEWHERE = frozenset(
    {"scheduledat", "scheduleat", "scheduledfor", "scheduledtime", "runat", "notbefore", "delayms"}
)
_WAYS = frozenset({"delay", "sendAt", "dayNumber"})
#: No misspelling is longer, and what callers choose is not kept in memory beyond it.
_LONGEST = 64
_PLAIN = str.maketrans(ascii_uppercase, ascii_lowercase, "_-")


def misnamed(body: Mapping[str, object], model: type[BaseModel], *, under: str = "") -> list[Fault]:
    """A fault for each name of the body's top level that is nearly a field; at most 100.

    `under` stands before each path.
    """
    own = names_of(model)
    if own.issuperset(body):
        return []
    says_when = not _WAYS.isdisjoint(body)
    faults = [
        Fault(f"{under}.{name}" if under else name, said)
        for name in body
        if name not in own and (said := fault_of_name(name, own, says_when=says_when))
    ]
    return faults[:MOST_LISTED]


def misplaced(bulk: Mapping[str, object]) -> list[Fault]:
    """A fault for each time that stands at a bulk's top level, where it would mean nothing."""
    said = "belongs in defaults, or in a message"
    return [Fault(name, said) for name in TIMES if name in bulk]


@cache
def names_of(model: type[BaseModel]) -> frozenset[str]:
    """How the fields of a body are written."""
    return frozenset(each.alias or name for name, each in model.model_fields.items())


@lru_cache(maxsize=4096)
def _meant(name: str, own: frozenset[str]) -> str | None:
    """The field that a strange name nearly is."""
    plain = _plain(name)
    if plain == "tz":
        return "timezone"
    written_otherwise = (each for each in (*sorted(own), *TIMES) if _plain(each) == plain)
    misspelt = (each for each in TIMES if _is_one_letter_off(plain, _plain(each)))
    return next(written_otherwise, None) or next(misspelt, None)


def fault_of_name(name: str, own: frozenset[str], *, says_when: bool) -> str | None:
    """What is wrong with a name that is not among `own`; None for one of the caller's own.

    `says_when`: one of delay, sendAt and dayNumber stands beside it.
    """
    if len(name) > _LONGEST or name in TIMES:
        return None
    if (right := _meant(name, own)) is not None:
        return f"is no field: write {right}"
    if says_when or (plain := _plain(name)) not in _ELSEWHERE:
        return None
    if plain == "delayms":
        return "is no field: write delay, which is in milliseconds"
    return "is no field: write sendAt for an instant, delay for milliseconds from now"


def _plain(name: str) -> str:
    return name.translate(_PLAIN)


def _is_one_letter_off(name: str, right: str) -> bool:
    """Whether one was put in, left out, changed, or swapped with its neighbour."""
    same = next((i for i, (a, b) in enumerate(zip(name, right, strict=False)) if a != b), None)
    if same is None:
        return abs(len(name) - len(right)) == 1
    left, left_right = name[same:], right[same:]
    return (
        left[1:] in {left_right, left_right[1:]}
        or left == left_right[1:]
        or (left[:2] == left_right[1::-1] and left[2:] == left_right[2:])
    )
