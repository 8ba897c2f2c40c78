"""The totals of queues, read from DynamoDB."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.adapters.dynamodb_tally_items import figures_of, tally_key, total_pk
from chalicelib.errors import RetryableError
from chalicelib.model.channel import Queue
from chalicelib.model.tally import Figures, TotalKey

_TRIES = 5
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class DynamoTotals:
    """`ports.TallyTotals` over the tallies table."""

    table: str

    def of(self, scope: str) -> Mapping[Queue, Figures]:
        """One batch read of five small items."""
        left: Any = {
            "Keys": [tally_key(TotalKey(scope, queue)) for queue in Queue],
            "ConsistentRead": True,
        }
        found: list[Item] = []
        for _ in range(_TRIES):
            with in_our_words("reading tallies"):
                answer = client("dynamodb").batch_get_item(RequestItems={self.table: left})
            found += answer["Responses"].get(self.table, [])
            left = answer.get("UnprocessedKeys", {}).get(self.table)
            if not left:
                return {_queue_of(item): figures_of(item) for item in found}
            time.sleep(_PAUSE_S)
        message = "reading tallies: DynamoDB left keys unprocessed"
        raise RetryableError(message)

    def everything(self) -> Iterator[tuple[TotalKey, Figures]]:
        """A consistent query a queue, page by page."""
        with in_our_words("reading tallies"):
            for queue in Queue:
                pages = (
                    client("dynamodb")
                    .get_paginator("query")
                    .paginate(
                        TableName=self.table,
                        KeyConditionExpression="pk = :pk",
                        ExpressionAttributeValues={":pk": {"S": total_pk(queue)}},
                        ConsistentRead=True,
                    )
                )
                for page in pages:
                    for item in page["Items"]:
                        yield TotalKey(item["sk"]["S"], queue), figures_of(item)


def _queue_of(item: Item) -> Queue:
    return Queue(item["pk"]["S"].partition("#")[2])
