"""What DynamoDB charges for one access, in request units, by the rules of its documentation.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html for
the sizes of items, …/read-write-operations.html for units, and …/GSI.html for what a write costs
an index: nothing where the index's part of the item stays as it is, one write where it comes, goes
or changes in place, and two (a deletion and a put) where its key changes.
"""

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

Item: TypeAlias = Mapping[str, Mapping[str, Any]]

_WRITE_UNIT_BYTES = 1024
_READ_UNIT_BYTES = 4096
#: Of a list or map, and of each of its elements.
_NESTING_BYTES = 3
_ELEMENT_BYTES = 1


def item_bytes(item: Item | None) -> int:
    """The size of an item: its attributes' names, in UTF-8, and their values."""
    if not item:
        return 0
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def write_units(size_bytes: int) -> int:
    """A unit a kilobyte that was begun, and one for what is not there."""
    return max(1, -(-size_bytes // _WRITE_UNIT_BYTES))


def read_units(size_bytes: int, *, is_consistent: bool) -> float:
    """A unit for four kilobytes that were begun; half of it where the read may be behind."""
    units = max(1, -(-size_bytes // _READ_UNIT_BYTES))
    return units if is_consistent else units / 2


def index_units(
    index: Mapping[str, Any], keys: Iterable[str], *, old: Item | None, new: Item | None
) -> int:
    """What a write costs one index; `keys` are those of its table."""
    before, after = (entry_of(each, index, keys=keys) for each in (old, new))
    if before == after:
        return 0
    if before is None or after is None:
        return write_units(item_bytes(before or after))
    if _place(index, before) == _place(index, after):
        return write_units(max(item_bytes(before), item_bytes(after)))
    return write_units(item_bytes(before)) + write_units(item_bytes(after))


def entry_of(item: Item | None, index: Mapping[str, Any], *, keys: Iterable[str]) -> Item | None:
    """An index's part of an item; None where it lacks one of the index's keys."""
    own_keys = [each["AttributeName"] for each in index["KeySchema"]]
    if not item or not all(key in item for key in own_keys):
        return None
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    names = {*own_keys, *keys, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in names}


def _place(index: Mapping[str, Any], entry: Item) -> list[Mapping[str, Any]]:
    return [entry[each["AttributeName"]] for each in index["KeySchema"]]


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind in ("BOOL", "NULL"):
        return 1
    return _SIZES[kind](content)


def _binary_bytes(content: bytes | str) -> int:
    return len(content if isinstance(content, bytes) else base64.b64decode(content))


def _list_bytes(content: Iterable[Mapping[str, Any]]) -> int:
    return _NESTING_BYTES + sum(_ELEMENT_BYTES + _value_bytes(each) for each in content)


def _map_bytes(content: Item) -> int:
    return _NESTING_BYTES + len(content) * _ELEMENT_BYTES + item_bytes(content)


def _number_bytes(text: str) -> int:
    """About a byte for two significant digits, and one."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda content: len(content.encode()),
    "N": _number_bytes,
    "B": _binary_bytes,
    "L": _list_bytes,
    "M": _map_bytes,
    "SS": lambda content: sum(len(each.encode()) for each in content),
    "NS": lambda content: sum(map(_number_bytes, content)),
    "BS": lambda content: sum(map(_binary_bytes, content)),
}
