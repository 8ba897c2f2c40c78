"""What was completed, on DynamoDB: one item of the tallies table a queue and batch of the stream.

`completed#<queue>` / the newest place of the batch: all its places, compressed. A broadcast's batch
of 40 is one write unit; its jobs' entries in an index were 40.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import RETENTION, Item
from chalicelib.model.channel import Queue
from chalicelib.model.completions import Completions
from chalicelib.model.instant import ISO_LENGTH, from_iso

#: Batches that are read together: each holds a job, or some hundreds.
_PAGE = 25


@dataclass(frozen=True, slots=True)
class DynamoCompletionLog:
    """`ports.CompletionLog` over the tallies table; it is kept as long as the jobs are."""

    table: str

    def keep(self, completions: Sequence[Completions]) -> None:
        """A put for each queue: the same batch again is the same item."""
        with in_our_words("noting what was completed"):
            for each in completions:
                client("dynamodb").put_item(TableName=self.table, Item=_item(each))

    def newest(self, queue: Queue) -> Iterator[Completions]:
        """A query backwards, page by page, as far as somebody reads."""
        pages = (
            client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self.table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": _pk(queue)}},
                ScanIndexForward=False,
                PaginationConfig={"PageSize": _PAGE},
            )
        )
        found = iter(pages)
        while (page := _next(found)) is not None:
            yield from (_completions(queue, item) for item in page["Items"])

    def forget(self, batch: Completions) -> None:
        """A batch of one deletion: the board's role may delete nothing of the tallies otherwise."""
        request = {"DeleteRequest": {"Key": _key(batch)}}
        with in_our_words("forgetting what was completed"):
            client("dynamodb").batch_write_item(RequestItems={self.table: [request]})


def _next(pages: Iterator[Any]) -> Any | None:  # noqa: ANN401 - as botocore answers it
    with in_our_words("listing what was completed"):
        return next(pages, None)


def _pk(queue: Queue) -> str:
    return f"completed#{queue.value}"


def _key(batch: Completions) -> Item:
    return {"pk": {"S": _pk(batch.queue)}, "sk": {"S": batch.newest}}


def _item(batch: Completions) -> Item:
    ended_at = from_iso(batch.newest[:ISO_LENGTH])
    return _key(batch) | {
        "packed": {"B": zlib.compress("\n".join(batch.places).encode())},
        "expires_at": {"N": str(int((ended_at + RETENTION).timestamp()))},
    }


def _completions(queue: Queue, item: Item) -> Completions:
    return Completions(queue, tuple(zlib.decompress(item["packed"]["B"]).decode().split("\n")))
