"""Jobs that are under way, from the agenda: the only index that tells them from those that wait."""

from collections.abc import Iterable, Iterator

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item, agenda_pk
from chalicelib.model.agenda import OPEN_SHARDS
from chalicelib.model.channel import Queue
from chalicelib.model.status import Status

#: Open jobs of one shard that a list looks at. Who is under way is at the head of the agenda: its
#: turn has come, and all who had theirs before have ended.
LOOK = 1_000


def under_way(table: str, queues: Iterable[Queue]) -> Iterator[str]:
    """Ids of jobs that are under way: of each shard, those among the first `LOOK` open jobs."""
    for queue in queues:
        for shard in OPEN_SHARDS:
            request = _request(table, queue, shard=shard) | {"Limit": LOOK}
            with in_our_words("listing jobs under way"):
                page = client("dynamodb").query(**request)
            yield from (item["pk"]["S"] for item in page["Items"])


def all_under_way(table: str) -> set[str]:
    """Ids of all of them, by a walk along the whole agenda."""
    with in_our_words("counting jobs under way"):
        return {
            item["pk"]["S"]
            for queue in Queue
            for shard in OPEN_SHARDS
            for page in client("dynamodb")
            .get_paginator("query")
            .paginate(**_request(table, queue, shard=shard))
            for item in page["Items"]
        }


def _request(table: str, queue: Queue, *, shard: int) -> Item:
    return {
        "TableName": table,
        "IndexName": "agenda",
        "KeyConditionExpression": "agenda_pk = :pk",
        "FilterExpression": "#status = :under_way",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":pk": {"S": agenda_pk(queue, "open", shard=shard)},
            ":under_way": {"S": Status.PROCESSING.value},
        },
    }
