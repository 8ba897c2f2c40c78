"""Circuit breakers on DynamoDB: one item of the control table a host."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import get_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.breaker import Breaker
from chalicelib.model.instant import from_us, to_us

_INSTANTS = ("window_at", "opened_at", "probe_at", "probing_until")
_NUMBERS = ("failed", "answered", "failed_probes")


@dataclass(frozen=True, slots=True)
class DynamoBreakers:
    """`ports.Breakers`: the item is compared as a whole, as the text that it is."""

    table: str

    def get(self, host: str) -> Breaker:
        """One consistent read."""
        for item in get_batch(self.table, [_key(host)]):
            return _breaker(item)
        return Breaker()

    def put(self, host: str, *, before: Breaker, after: Breaker) -> bool:
        """A conditional put; what is closed and has counted nothing is as good as not there."""
        request: dict[str, Any] = {
            "ConditionExpression": "known = :known",
            "ExpressionAttributeValues": {":known": {"S": _known(before)}},
        }
        if before == Breaker():
            request["ConditionExpression"] = "attribute_not_exists(pk) OR known = :known"
        item = _key(host) | _item(after) | {"known": {"S": _known(after)}}
        with in_our_words("moving a circuit breaker"):
            try:
                client("dynamodb").put_item(TableName=self.table, Item=item, **request)
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True


def _key(host: str) -> Item:
    return {"pk": {"S": f"breaker#{host}"}}


def _item(breaker: Breaker) -> Item:
    item: Item = {name: {"N": str(getattr(breaker, name))} for name in _NUMBERS}
    for name in _INSTANTS:
        at: datetime | None = getattr(breaker, name)
        if at is not None:
            item[name] = {"N": str(to_us(at))}
    return item


def _known(breaker: Breaker) -> str:
    """The state as one text: what a condition compares."""
    item = _item(breaker)
    return ";".join(f"{name}={item[name]['N']}" for name in (*_INSTANTS, *_NUMBERS) if name in item)


def _breaker(item: Item) -> Breaker:
    numbers: dict[str, Any] = {name: int(item[name]["N"]) for name in _NUMBERS}
    numbers |= {name: from_us(int(item[name]["N"])) for name in _INSTANTS if name in item}
    return Breaker(**numbers)
