"""Its DynamoDB queries: they cost what a page returns, not what its partition holds.

It lists a partition's items, sorts them, and evaluates the key condition for each: 25 rows of
100,000 took two seconds of CPU. Here a partition that was asked for is kept in order, and its own
code runs over a table that has no rows but those of the page. What is unusual runs as it did.
"""

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from operator import attrgetter
from types import FunctionType
from typing import Any

from ministack.services import dynamodb

from infra.local.mended.key_ranges import Condition, conditions, stretch
from infra.local.mended.ordered_rows import Item, OrderedRows, OutOfOrder, Row, value_of
from infra.local.mended.partitions import (
    Partition,
    Place,
    Table,
    follow,
    forget,
    item_of,
    rows_in_order,
)

_Request = dict[str, Any]

_its_query = dynamodb._query
_its_index_item = dynamodb._index_item
#: The reaper of expired items has a thread of its own.
_lock = threading.Lock()
_order = attrgetter("order")


def mend() -> None:
    """Replace the query, and what is told of each item that comes and goes."""
    dynamodb._query = _query
    dynamodb._index_item = _index_item


def _index_item(table: Table, *key_and_item: Any, add: bool) -> None:  # noqa: ANN401
    """Tell the ordered rows what its indexes are told."""
    *key, item = key_and_item
    with _lock:
        _its_index_item(table, *key_and_item, add=add)
        follow(table, (*key,), item=item, is_new=add)


def _query(request: _Request) -> tuple[int, dict[str, str], bytes]:
    """Its own answer, made from the rows of the page."""
    table = table_of_page(request)
    if table is None:
        return _its_query(request)
    name = dynamodb._normalize_table_name(request["TableName"])
    over_page = vars(dynamodb) | {"_tables": {name: table}}
    return FunctionType(_its_query.__code__, over_page)(request)


def table_of_page(request: _Request) -> Table | None:
    """The table as if it had the rows of the page alone; None for what is unusual, or a fault."""
    try:
        with _lock:
            table = dynamodb._tables[dynamodb._normalize_table_name(request["TableName"])]
            return _table_of_page(table, request)
    except (ArithmeticError, AttributeError, LookupError, OutOfOrder, TypeError, ValueError):
        return None


def _table_of_page(table: Table, request: _Request) -> Table:
    partition, condition = _asked(table, request)
    ordered = rows_in_order(table, partition)
    positions = _met(table, partition, condition=condition, rows=ordered.rows)
    positions = _ahead(positions, request, ordered=ordered)
    if request.get("Limit") is None:
        items = (item_of(table, ordered.rows[position].key) for position in positions)
        page, _ = dynamodb._paginate_evaluated_items(items, None, table, partition.index_name)
        positions = positions[: len(page) + 1]  # one more tells that it goes on
    else:
        positions = positions[: int(request["Limit"])]
    # One row at least: an expression's faults are found when it is evaluated.
    rows = [ordered.rows[position] for position in positions] or ordered.rows[:1]
    if any(ordered.order_of(item_of(table, row.key)) != row.order for row in rows):
        forget(table, partition)
        raise OutOfOrder
    return _with_rows(table, partition.place, rows=rows)


def _asked(table: Table, request: _Request) -> tuple[Partition, Condition | None]:
    """The partition, and what is asked of the sort key. ValueError, KeyError: something unusual."""
    index_name = request.get("IndexName") or None
    if index_name is None:
        hash_names, sort_names = [table["pk_name"]], [table["sk_name"]]
    else:
        hash_names, sort_names = dynamodb._index_key_lists(dynamodb._index_def(table, index_name))
    [hash_name] = hash_names
    [sort_name] = sort_names or [None]
    asked = conditions(request)
    operator, [hash_value] = asked.pop(hash_name)
    condition = asked.pop(sort_name, None)
    if asked or operator != "EQ" or [*hash_value] != [dynamodb._get_attr_type(table, hash_name)]:
        raise ValueError("another condition")
    return Partition(index_name, hash_name, hash_value, sort_name), condition


def _met(
    table: Table, partition: Partition, *, condition: Condition | None, rows: Sequence[Row]
) -> range:
    """Where the rows are that meet the condition."""
    if condition is None:
        return range(len(rows))
    kind = dynamodb._get_attr_type(table, partition.sort_name)
    operands = [value_of(operand, kind) for operand in condition.operands]
    return stretch(rows, condition.operator, operands=operands)


def _ahead(positions: range, request: _Request, *, ordered: OrderedRows) -> range:
    """The same in the query's direction, without those that it has had."""
    forward = request.get("ScanIndexForward", True)
    start, stop = positions.start, positions.stop
    if start_key := request.get("ExclusiveStartKey"):
        last = ordered.order_of(start_key)
        if forward:
            start = max(start, bisect_right(ordered.rows, last, key=_order))
        else:
            stop = min(stop, bisect_left(ordered.rows, last, key=_order))
    return range(start, stop) if forward else range(stop - 1, start - 1, -1)


def _with_rows(table: Table, place: Place, *, rows: Sequence[Row]) -> Table:
    """The table, as it would be with these rows alone."""
    index_name, partition = place
    items: dict[str, dict[str, Item | None]] = {}
    for row in rows:
        items.setdefault(row.key[0], {})[row.key[1]] = item_of(table, row.key)
    members = {index_name: {partition: [row.key for row in rows]}}
    return table | {"items": items, dynamodb._INDEX_MEMBERS: members}
