"""The partitions of DynamoDB tables, and of their indexes, that are kept in order."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from ministack.services import dynamodb

from infra.local.mended.ordered_rows import Item, Key, OrderedRows, OutOfOrder

Table = dict[str, Any]
Place = tuple[str | None, str]

#: Where a table has them: beside the members of its indexes, which are dropped when its items are
#: replaced, and neither saved nor copied. No index has such a name.
_ORDERED = " ordered"
#: A partition of fewer rows is no work for MiniStack's own code.
_WORTH_ORDERING = 40


class Partition(NamedTuple):
    """The items of a table, or of one of its indexes, that have the same value of one attribute."""

    index_name: str | None
    hash_name: str
    hash_value: dict[str, str]
    sort_name: str | None

    @property
    def place(self) -> Place:
        """Which one it is in its table."""
        [text] = self.hash_value.values()
        return self.index_name, text


def rows_in_order(table: Table, partition: Partition) -> OrderedRows:
    """Its rows, put in order where they are not. ValueError: they are few; OutOfOrder: no way."""
    every = _every(table)
    if partition.place not in every:
        keys = _keys(table, partition.place)
        if len(keys) < _WORTH_ORDERING:
            raise ValueError("few rows")
        by = dynamodb._index_order_keys(table, partition.sort_name)
        rows = OrderedRows((partition.hash_name, partition.hash_value), by=by)
        rows.fill((key, item_of(table, key)) for key in keys)
        every[partition.place] = rows
    return every[partition.place]


def forget(table: Table, partition: Partition) -> None:
    """Put them in order anew when they are asked for again."""
    _every(table).pop(partition.place, None)


def item_of(table: Table, key: Key) -> Item | None:
    """The item with that key, while there is one."""
    return table["items"].get(key[0], {}).get(key[1])


def follow(table: Table, key: Key, *, item: Item, is_new: bool) -> None:
    """Let the rows follow an item that comes, or goes as it was."""
    every = (table.get(dynamodb._INDEX_MEMBERS) or {}).get(_ORDERED)
    if not every:
        return
    for place in _places(table, key, item=item):
        if place in every:
            try:
                (every[place].add if is_new else every[place].drop)(key, item)
            except OutOfOrder:
                del every[place]


def _every(table: Table) -> dict[Place, OrderedRows]:
    return dynamodb._index_members(table).setdefault(_ORDERED, {})


def _places(table: Table, key: Key, *, item: Item) -> Iterator[Place]:
    yield None, key[0]
    for index_name, hash_names, sort_names in dynamodb._index_key_schemas(table):
        yield index_name, dynamodb._index_partition(item, hash_names, sort_names)


def _keys(table: Table, place: Place) -> Collection[Key]:
    index_name, value = place
    if index_name is None:
        return [(value, sort_value) for sort_value in table["items"].get(value, ())]
    return dynamodb._index_members(table)[index_name].get(value, ())
