"""The keys of requests in the control table: one item a workspace, route and key."""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import answer_of, client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import get_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.idempotency import KeyedRequest, Record
from chalicelib.model.instant import from_iso, to_iso

_REQUEST_TEXTS = ("workspace_id", "route", "key", "fingerprint")
_TEXTS = ("seed", "holder")
_NUMBERS = ("version", "added", "prepared")


@dataclass(frozen=True, slots=True)
class DynamoIdempotencyRecords:
    """`ports.IdempotencyRecords`; TTL removes what has expired some time later."""

    table: str

    def begin(self, record: Record) -> Record:
        """A put that never overwrites what has not expired."""
        standing = self._put(
            record,
            condition="attribute_not_exists(pk) OR expires_at <= :now",
            values={":now": {"N": str(int(record.accepted_at.timestamp()))}},
        )
        return record if standing is None else _record(standing)

    def find(self, workspace_id: str, *, route: str, key: str, at: datetime) -> Record | None:
        """One read."""
        for item in get_batch(self.table, [_key(workspace_id, route=route, key=key)]):
            record = _record(item)
            return record if record.expires_at > at else None
        return None

    def replace(self, before: Record, after: Record) -> bool:
        """A conditional put; one that the SDK repeats finds its own item."""
        standing = self._put(
            after,
            condition="holder = :holder AND version = :version",
            values={":holder": {"S": before.holder}, ":version": {"N": str(before.version)}},
        )
        return standing is None or standing == _item(after)

    def _put(self, record: Record, *, condition: str, values: Item) -> Item | None:
        """None where it was put; else the item that stands, empty where there is none."""
        with in_our_words("keeping an idempotency key"):
            try:
                client("dynamodb").put_item(
                    TableName=self.table,
                    Item=_item(record),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return answer_of(error).get("Item", {})
        return None


def _key(workspace_id: str, *, route: str, key: str) -> Item:
    # A workspace's id and a route have no #; the key, which may have, comes last.
    return {"pk": {"S": f"idempotency#{workspace_id}#{route}#{key}"}}


def _item(record: Record) -> Item:
    request = record.request
    item: Item = _key(request.workspace_id, route=request.route, key=request.key) | {
        "count": {"N": str(request.count)},
        "accepted_at": {"S": to_iso(record.accepted_at)},
        "is_done": {"BOOL": record.is_done},
        # As TTL wants it, rounded up: nothing is forgotten early.
        "expires_at": {"N": str(math.ceil(record.expires_at.timestamp()))},
    }
    item |= {name: {"S": getattr(request, name)} for name in _REQUEST_TEXTS}
    item |= {name: {"S": getattr(record, name)} for name in _TEXTS}
    item |= {name: {"N": str(getattr(record, name))} for name in _NUMBERS}
    if record.lease_until is not None:
        item["lease_until"] = {"S": to_iso(record.lease_until)}
    return item


def _record(item: Item) -> Record:
    texts: dict[str, Any] = {name: item[name]["S"] for name in _TEXTS}
    numbers: dict[str, Any] = {name: int(item[name]["N"]) for name in _NUMBERS}
    said: dict[str, Any] = {name: item[name]["S"] for name in _REQUEST_TEXTS}
    return Record(
        request=KeyedRequest(**said, count=int(item["count"]["N"])),
        accepted_at=from_iso(item["accepted_at"]["S"]),
        lease_until=from_iso(item["lease_until"]["S"]) if "lease_until" in item else None,
        is_done=item["is_done"]["BOOL"],
        **texts,
        **numbers,
    )
