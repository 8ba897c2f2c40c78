"""Time zones by their IANA names, from the pinned tzdata package and never from the machine.

`ZoneInfo(name)` asks the machine's own files first: a Lambda, a laptop and a test would each have
the rules of another year, and names such as `localtime` that mean something else on each.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_PACKAGE = "tzdata"
#: What a machine is in before anybody has set its zone (tzdata, the file `factory`).
_NOWHERE = frozenset({"Factory"})


@cache
def zone_names() -> frozenset[str]:
    """Every zone that a caller may name."""
    return frozenset(files(_PACKAGE).joinpath("zones").read_text("ascii").split()) - _NOWHERE


def is_zone(name: str) -> bool:
    """Whether there is such a zone; never a path outside the database."""
    return name in zone_names()


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of a name that `is_zone`."""
    with files(_PACKAGE).joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)
