"""The tallies as metrics read them, and their resets, on DynamoDB.

A reset copies a tally's figures into baselines beside them, in the same item: one update that
nothing can come between, and that leaves the figures themselves to the stream and the recount.
"""

import random
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import READ_BATCH, batches, get_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.adapters.dynamodb_tally_items import (
    batches_key,
    figures_of,
    minute_pk,
    tally_key,
    total_of,
    total_pk,
)
from chalicelib.errors import RetryableError
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import from_iso, to_iso
from chalicelib.model.metrics import RESETTABLE, Total, together
from chalicelib.model.tally import Figures, TotalKey

#: Resets that run side by side.
_THREADS = 16
#: A reset and the stream's transactions may meet at one tally: one is refused, and tries again.
_TRIES = 12
_LONGEST_PAUSE_S = 0.2

_RESET = ", ".join(f"base_{name} = if_not_exists({name}, :zero)" for name in RESETTABLE)


@dataclass(frozen=True, slots=True)
class DynamoMeters:
    """`ports.Meters` over the tallies table."""

    table: str

    def totals(self, channel: Channel, scopes: Collection[str] | None) -> Mapping[str, Total]:
        """Batch reads of the scopes' items, or a query a queue for all of them."""
        queues = [queue for queue in Queue if queue.channel is channel]
        if scopes is None:
            items = [item for queue in queues for item in self._query(total_pk(queue))]
            items += get_batch(self.table, [batches_key(channel)])
        else:
            keys = [tally_key(TotalKey(scope, queue)) for scope in set(scopes) for queue in queues]
            items = [i for some in batches(keys, READ_BATCH) for i in get_batch(self.table, some)]
        by_scope: dict[str, list[Total]] = {}
        for item in items:
            by_scope.setdefault(item["sk"]["S"], []).append(total_of(item))
        return {scope: together(totals) for scope, totals in by_scope.items()}

    def newest_minutes(
        self, scope: str, channel: Channel, *, until: datetime, most: int
    ) -> Sequence[tuple[datetime, Figures]]:
        """One query, backwards."""
        with in_our_words("reading the minutes of the tallies"):
            page = client("dynamodb").query(
                TableName=self.table,
                KeyConditionExpression="pk = :pk AND sk < :until",
                ExpressionAttributeValues={
                    ":pk": {"S": minute_pk(channel, scope)},
                    ":until": {"S": to_iso(until)},
                },
                ScanIndexForward=False,
                Limit=most,
            )
        return [_minute(item) for item in page["Items"]]

    def minutes(
        self, scope: str, channel: Channel, *, since: datetime, until: datetime
    ) -> Iterator[tuple[datetime, Figures]]:
        """A query, page by page; both ends of BETWEEN count, so the last one ends before."""
        bounds = {":since": {"S": to_iso(since)}, ":until": {"S": to_iso(until)}}
        for item in self._query(minute_pk(channel, scope), bounds):
            minute_at, figures = _minute(item)
            if minute_at < until:
                yield minute_at, figures

    def reset(self, channel: Channel, scopes: Collection[str] | None, *, at: datetime) -> None:
        """One update an item, side by side."""
        queues = [queue for queue in Queue if queue.channel is channel]
        if scopes is None:
            keys: list[Item] = [
                {"pk": item["pk"], "sk": item["sk"]}
                for queue in queues
                for item in self._query(total_pk(queue))
            ]
            keys.append(batches_key(channel))
        else:
            keys = [tally_key(TotalKey(scope, queue)) for scope in set(scopes) for queue in queues]
        with ThreadPoolExecutor(_THREADS) as pool:
            for _ in pool.map(self._reset, keys, repeat(at)):
                pass

    def _reset(self, key: Item, at: datetime) -> None:
        with in_our_words("resetting metrics"):
            for _ in range(_TRIES):
                try:
                    client("dynamodb").update_item(
                        TableName=self.table,
                        Key=key,
                        UpdateExpression=f"SET {_RESET}, reset_at = :at",
                        ConditionExpression="attribute_exists(pk)",
                        ExpressionAttributeValues={
                            ":zero": {"N": "0"},
                            ":at": {"S": to_iso(at)},
                        },
                    )
                except ClientError as error:
                    if error_code(error) == "ConditionalCheckFailedException":
                        return  # nothing was ever counted there
                    if error_code(error) != "TransactionConflictException":
                        raise
                    time.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311 - jitter
                else:
                    return
        message = "resetting metrics: others keep writing the same tally"
        raise RetryableError(message)

    def _query(self, pk: str, bounds: Item | None = None) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        }
        if bounds:
            request["KeyConditionExpression"] += " AND sk BETWEEN :since AND :until"
            request["ExpressionAttributeValues"] |= bounds
        with in_our_words("reading tallies"):
            for page in client("dynamodb").get_paginator("query").paginate(**request):
                yield from page["Items"]


def _minute(item: Item) -> tuple[datetime, Figures]:
    return from_iso(item["sk"]["S"]), figures_of(item)
