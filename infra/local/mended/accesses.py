"""Its DynamoDB, overheard: what each call reads and writes, in the units that AWS charges.

The items before and after a write are seen where it tells the stream of them, which it does for
every table, with a stream or not. An unwanted condition and a deletion of nothing never get there;
of a batch of statements, the answer says which conditions were unwanted.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from ministack.services import dynamodb

from infra.local import units

#: What a row of an index weighs that was looked at, filtered out, and so not seen here.
_UNSEEN_ROW_BYTES = 300
#: A transaction reads and writes everything twice.
_TRANSACTION = 2

#: Calls that write, or are refused to; of a batch, what it writes is always noted.
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")

_Json = dict[str, Any]
_Answer = tuple[int, _Json, bytes]
#: A table, and an item of it before and after.
_Write = tuple[str, _Json | None, _Json | None]
#: What the call under way in this thread wrote.
_writes = threading.local()


def note(tell: Callable[[_Json], None]) -> None:
    """Wrap what serves its calls, and what tells the stream of writes."""
    serve, emit = dynamodb.handle_request, dynamodb._emit_stream_event

    def emit_and_note(table: str, event: str, *items: _Json | None, **options: object) -> None:
        if (noted := getattr(_writes, "noted", None)) is not None:
            old, new = items
            noted.append((table, old, new))
        emit(table, event, *items, **options)

    async def serve_and_write(*request: Any) -> _Answer:  # noqa: ANN401 - as it is called
        with _noting() as noted:
            answer = await serve(*request)
        _method, _path, headers, body, _query = request
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        for access in _accesses(action, json.loads(body), answer=answer, noted=noted):
            tell({"action": action, **access})
        return answer

    dynamodb._emit_stream_event = emit_and_note
    dynamodb.handle_request = serve_and_write


@contextmanager
def _noting() -> Iterator[list[_Write]]:
    """What is written meanwhile by this thread: what expires is deleted by another, and free."""
    _writes.noted = []
    try:
        yield _writes.noted
    finally:
        _writes.noted = None


def _accesses(
    action: str, asked: _Json, *, answer: _Answer, noted: Sequence[_Write]
) -> Iterator[_Json]:
    if action == "BatchExecuteStatement" and answer[0] == HTTPStatus.OK:
        yield from _refused_statements(asked["Statements"], json.loads(answer[2])["Responses"])
    if noted or action in _WRITES:
        factor = _TRANSACTION if action == "TransactWriteItems" else 1
        yield from _writes_of(asked, noted, factor=factor)
    elif action == "GetItem":
        yield _read(asked["TableName"], [asked["Key"]], is_consistent=_consistent(asked))
    elif action == "BatchGetItem":
        for table, part in asked["RequestItems"].items():
            yield _read(table, part["Keys"], is_consistent=_consistent(part))
    elif action in ("Query", "Scan") and answer[0] == HTTPStatus.OK:
        yield _walked(asked, json.loads(answer[2]))


def _writes_of(asked: _Json, noted: Sequence[_Write], *, factor: int) -> Iterator[_Json]:
    """What was written; where that is nothing, what was refused."""
    for table, old, new in noted:
        yield _written(table, old=old, new=new, factor=factor)
    if not noted:
        for each in asked.get("TransactItems") or [{"": asked}]:
            ((_, part),) = each.items()
            yield _refused(part, part.get("Key") or part["Item"], factor=factor)


def _refused_statements(asked: Sequence[_Json], answered: Sequence[_Json]) -> Iterator[_Json]:
    for each, response in zip(asked, answered, strict=True):
        if response.get("Error", {}).get("Code") == "ConditionalCheckFailed":
            parsed = dynamodb._parse_partiql(each["Statement"], each.get("Parameters", []))
            named = {name: value for name, _operator, value in parsed["conditions"]}
            key = {name: named[name] for name in _keys(dynamodb._tables[parsed["table"]])}
            yield _refused({"TableName": parsed["table"]}, key, factor=1)


def _keys(described: _Json) -> list[str]:
    return [name for name in (described["pk_name"], described["sk_name"]) if name]


def _consistent(asked: _Json) -> bool:
    return bool(asked.get("ConsistentRead"))


def _written(table: str, *, old: _Json | None, new: _Json | None, factor: int) -> _Json:
    described = dynamodb._tables[table]
    keys = _keys(described)
    indexes = {
        index["IndexName"]: factor * units.index_units(index, keys, old=old, new=new)
        for index in described.get("GlobalSecondaryIndexes") or ()
    }
    sizes = [units.item_bytes(each) for each in (old, new)]
    entries = {
        index["IndexName"]: units.item_bytes(units.entry_of(new, index, keys=keys))
        for index in described.get("GlobalSecondaryIndexes") or ()
    }
    return {
        "table": table,
        "kind": ((new or old or {}).get("sk") or {}).get("S", "") if len(keys) > 1 else "",
        "move": " → ".join(_status(each) for each in (old, new)),
        "is_refused": False,
        "write": factor * units.write_units(max(sizes)),
        "indexes": {name: each for name, each in indexes.items() if each},
        "bytes": sizes[1],
        "entries": {name: size for name, size in entries.items() if size},
    }


def _status(item: _Json | None) -> str:
    return ((item or {}).get("status") or {}).get("S", "") or ("there" if item else "nothing")


def _refused(asked: _Json, key: _Json, *, factor: int) -> _Json:
    """A condition that failed, or a deletion of nothing, costs what is there."""
    size = units.item_bytes(_item(asked["TableName"], key))
    return {
        "table": asked["TableName"],
        "kind": key.get("sk", {}).get("S", ""),
        "move": "refused",
        "is_refused": True,
        "write": factor * units.write_units(size),
        "indexes": {},
        "bytes": size,
        "entries": {},
    }


def _read(table: str, keys: Sequence[_Json], *, is_consistent: bool) -> _Json:
    sizes = [units.item_bytes(_item(table, key)) for key in keys]
    read = sum(units.read_units(size, is_consistent=is_consistent) for size in sizes)
    return {"table": table, "read": read, "items": len(keys)}


def _walked(asked: _Json, page: _Json) -> _Json:
    """A query is charged for the bytes of all rows that it looked at, together."""
    rows = page.get("Items", [])
    unseen = (page.get("ScannedCount", len(rows)) - len(rows)) * _UNSEEN_ROW_BYTES
    size = sum(map(units.item_bytes, rows)) + unseen
    return {
        "table": asked["TableName"],
        "index": asked.get("IndexName", ""),
        "read": units.read_units(size, is_consistent=_consistent(asked)),
        "items": len(rows),
    }


def _item(table: str, key: _Json) -> _Json | None:
    return dynamodb._get_item_by_key(dynamodb._tables[table], key)
