"""A meter of DynamoDB's units over moto: what every call reads and writes, and of what."""

import json
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

import boto3

from chalicelib.adapters.aws_clients import client
from infra.local.units import index_units, item_bytes, read_units, write_units
from tests.contract.stack import resources
from tests.rig import moto_partiql

Json = dict[str, Any]
_TABLES = dict(resources("tables.yaml", kind="AWS::DynamoDB::Table"))


@dataclass
class Units:
    """Units by table and kind of item, and by index."""

    written: Counter[str] = field(default_factory=Counter[str])
    read: Counter[str] = field(default_factory=Counter[str])
    #: What the call under way asked for, and the items that it may change, as they were before it.
    _asked: Json = field(default_factory=dict[str, Any], repr=False)
    _before: list[tuple[str, Json, Json | None]] = field(default_factory=list, repr=False)

    def begin(self, params: Json, **_: object) -> None:
        """Before a call: remember what it may change."""
        asked = json.loads(params["body"])
        self._before = [(table, key, _item(table, key)) for table, key in _written_by(asked)]
        self._asked = asked

    def end(self, http_response: Any, parsed: Json, **_: object) -> None:  # noqa: ANN401
        """After it: count what it changed, or was refused, or read."""
        factor = 2 if "TransactItems" in self._asked else 1
        for table, key, old in self._before:
            new = _item(table, key)
            name = f"{table} {key['sk']['S']}" if table == "JobsTable" else table
            size = max(item_bytes(old), item_bytes(new))
            self.written[name] += factor * write_units(size)
            if http_response.status_code < HTTPStatus.BAD_REQUEST:
                self._count_indexes(table, old=old, new=new)
        if not self._before:
            self._count_reads(parsed)

    def _count_indexes(self, table: str, *, old: Json | None, new: Json | None) -> None:
        keys = [each["AttributeName"] for each in _TABLES[table]["KeySchema"]]
        for index in _TABLES[table].get("GlobalSecondaryIndexes", ()):
            units = index_units(index, keys, old=old, new=new)
            self.written[index["IndexName"]] += units

    def _count_reads(self, parsed: Json) -> None:
        asked = self._asked
        for table, part in asked.get("RequestItems", {}).items():
            for key in part["Keys"]:
                size = item_bytes(_item(table, key))
                self.read[table] += read_units(size, is_consistent=part["ConsistentRead"])
        if "TableName" in asked:
            rows = [parsed["Item"]] if "Item" in parsed else parsed.get("Items", [])
            size = sum(map(item_bytes, rows))
            consistent = bool(asked.get("ConsistentRead"))
            self.read[asked.get("IndexName", asked["TableName"])] += read_units(
                size, is_consistent=consistent
            )


def _written_by(asked: Json) -> Iterator[tuple[str, Json]]:
    """The tables and keys of what a call writes."""
    if "TransactItems" in asked:
        for each in asked["TransactItems"]:
            ((_, part),) = each.items()
            yield part["TableName"], part.get("Key") or _key(part["TableName"], part["Item"])
    elif "Item" in asked:
        yield asked["TableName"], _key(asked["TableName"], asked["Item"])
    elif "UpdateExpression" in asked or ("Key" in asked and "ConditionExpression" in asked):
        yield asked["TableName"], asked["Key"]
    yield from map(_of_statement, asked.get("Statements", ()))
    for table, requests in asked.get("RequestItems", {}).items():
        for each in requests if isinstance(requests, list) else ():
            yield table, _key(table, each["PutRequest"]["Item"])


def _of_statement(asked: Json) -> tuple[str, Json]:
    update = moto_partiql.parse(asked["Statement"], asked["Parameters"])
    return update.table, _key(update.table, update.where)


def _key(table: str, item: Json) -> Json:
    names = [each["AttributeName"] for each in _TABLES[table]["KeySchema"]]
    return {name: item[name] for name in names}


def _item(table: str, key: Json) -> Json | None:
    return _onlooker().get_item(TableName=table, Key=key).get("Item")


@cache
def _onlooker() -> Any:  # noqa: ANN401 - made at run time
    """A client of its own: nobody counts what it reads."""
    return boto3.client("dynamodb", region_name="us-east-1")


@contextmanager
def metered() -> Generator[Units]:
    """Count what the adapters ask of DynamoDB meanwhile."""
    units = Units()
    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb", units.begin)
    events.register("after-call.dynamodb", units.end)
    try:
        yield units
    finally:
        events.unregister("before-call.dynamodb", units.begin)
        events.unregister("after-call.dynamodb", units.end)
