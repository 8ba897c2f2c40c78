"""The ledger on DynamoDB: deltas and marks written in one transaction; and the poison shelf."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import cancellation_reasons, client, in_our_words
from chalicelib.adapters.dynamodb_tally_items import (
    addition,
    mark_key,
    mark_of,
    marking,
    poison_item,
)
from chalicelib.errors import RetryableError
from chalicelib.model.ledger import Mark, Portion
from chalicelib.ports.counting import Poison

#: Transactions of several shards meet at everyone's tallies: one is refused, and tries again.
_TRIES = 12
_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.3


@dataclass(frozen=True, slots=True)
class DynamoLedger:
    """`ports.TallyLedger` and `ports.Shelf` over the tallies table."""

    table: str

    def marks(self, bucket_at: datetime, *, since: int) -> Sequence[Mark]:
        """A consistent query from the number on."""
        first = mark_key(bucket_at, since)
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk >= :sk",
            "ExpressionAttributeValues": {":pk": first["pk"], ":sk": first["sk"]},
            "ConsistentRead": True,
        }
        with in_our_words("reading the ledger of the tallies"):
            pages = client("dynamodb").get_paginator("query").paginate(**request)
            return [mark_of(bucket_at, item) for page in pages for item in page["Items"]]

    def commit(self, portion: Portion) -> bool:
        """One transaction; botocore repeats it with one token, so that none is applied twice."""
        items = [marking(mark, table=self.table) for mark in portion.marks]
        items += [addition(key, delta, table=self.table) for key, delta in portion.deltas.items()]
        with in_our_words("writing tallies"):
            for tried in range(_TRIES):
                try:
                    client("dynamodb").transact_write_items(TransactItems=items)
                except ClientError as error:
                    reasons = cancellation_reasons(error)
                    if "ConditionalCheckFailed" in reasons:
                        return False
                    if "TransactionConflict" not in reasons:
                        raise
                    time.sleep(_pause_s(tried))
                else:
                    return True
        message = "writing tallies: others keep writing the same ones"
        raise RetryableError(message)

    def set_aside(self, poison: Poison) -> None:
        """A put: the same record again is the same item."""
        with in_our_words("setting a record aside"):
            client("dynamodb").put_item(TableName=self.table, Item=poison_item(poison))


def _pause_s(tried: int) -> float:
    ceiling_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**tried)
    return random.uniform(0, ceiling_s)  # noqa: S311 - jitter
