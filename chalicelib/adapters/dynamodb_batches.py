"""Many items of one DynamoDB table at a time, until none is left unprocessed."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.errors import RetryableError

#: Limits of BatchWriteItem and BatchGetItem (AWS DynamoDB API reference).
WRITE_BATCH = 25
READ_BATCH = 100
#: Enough to know which items exist.
KEYS = "pk, sk"
_UNPROCESSED_TRIES = 8
_FIRST_PAUSE_S = 0.05


def batches(entries: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """The entries in their order, so many at a time."""
    return (entries[i : i + size] for i in range(0, len(entries), size))


def put_batch(table: str, items: Sequence[Item]) -> None:
    """Put up to `WRITE_BATCH` items that are new."""
    left: list[Any] = [{"PutRequest": {"Item": item}} for item in items]
    for pause_s in _pauses():
        with in_our_words("storing jobs"):
            answer = client("dynamodb").batch_write_item(RequestItems={table: left})
        left = answer.get("UnprocessedItems", {}).get(table, [])
        if not left:
            return
        time.sleep(pause_s)
    message = "storing jobs: DynamoDB left items unprocessed"
    raise RetryableError(message)


def get_batch(
    table: str, keys: Sequence[Item], *, attributes: str | None = None, is_recent: bool = False
) -> Iterator[Item]:
    """Those of up to `READ_BATCH` items that exist, as they are now, in any order.

    All of their attributes, or only those that are named. `is_recent`: as they were a moment ago,
    at half the price.
    """
    left: Any = {"Keys": list(keys), "ConsistentRead": not is_recent}
    if attributes is not None:
        left["ProjectionExpression"] = attributes
    for pause_s in _pauses():
        with in_our_words("reading jobs"):
            answer = client("dynamodb").batch_get_item(RequestItems={table: left})
        yield from answer["Responses"].get(table, [])
        left = answer.get("UnprocessedKeys", {}).get(table)
        if not left:
            return
        time.sleep(pause_s)
    message = "reading jobs: DynamoDB left keys unprocessed"
    raise RetryableError(message)


def _pauses() -> Iterator[float]:
    return (_FIRST_PAUSE_S * 2**i for i in range(_UNPROCESSED_TRIES))
