"""The rows of one partition, of a DynamoDB table or of an index, kept in its order."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

Item = Mapping[str, Mapping[str, Any]]
#: The values of a table's two key attributes, as texts.
Key = tuple[str, str]
#: An attribute's name and type.
_Typed = tuple[str, str]

_READ = {"S": str, "N": Decimal}


def value_of(attribute: Mapping[str, Any], kind: str) -> str | Decimal:
    """What an attribute of that type is compared by. KeyError: it is of another type."""
    return _READ[kind](attribute[kind])


class OutOfOrder(Exception):
    """An item has no place among these rows, or is not where it should be."""


class Row(NamedTuple):
    """An item's place, and the key under which its table has it."""

    order: tuple[Any, ...]
    key: Key


class OrderedRows:
    """Rows by their sort key, where there is one, and then by their table's own key.

    Keys are texts and numbers here: anything else, and what is of another type than its table
    says, is OutOfOrder.
    """

    def __init__(self, partition: tuple[str, Mapping[str, str]], *, by: Iterable[_Typed]) -> None:
        """`partition` is an attribute and its value; `by` the other ones, with their types."""
        self._hash_name, self._hash = partition
        self._by = list(by)
        self.rows: list[Row] = []

    def fill(self, items: Iterable[tuple[Key, Item]]) -> None:
        """Take all that there are."""
        self.rows = sorted(Row(self.order_of(item), key) for key, item in items)

    def add(self, key: Key, item: Item) -> None:
        """Take one more; where it is here already, nothing changes."""
        row = Row(self.order_of(item), key)
        if not self._has(row, bisect_left(self.rows, row)):
            insort(self.rows, row)

    def drop(self, key: Key, item: Item) -> None:
        """Let one go, given as it was until now."""
        row = Row(self.order_of(item), key)
        position = bisect_left(self.rows, row)
        if not self._has(row, position):
            raise OutOfOrder
        del self.rows[position]

    def order_of(self, item: Item) -> tuple[Any, ...]:
        """The place of an item, or of a start key, which has the same attributes."""
        try:
            if item[self._hash_name] == self._hash:
                return tuple(value_of(item[name], kind) for name, kind in self._by)
        except (ArithmeticError, KeyError, TypeError) as fault:
            raise OutOfOrder from fault
        raise OutOfOrder

    def _has(self, row: Row, position: int) -> bool:
        return position < len(self.rows) and self.rows[position] == row
