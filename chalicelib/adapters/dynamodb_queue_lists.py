"""Jobs by queue from the agenda index of the jobs table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item, agenda_pk
from chalicelib.model.channel import Queue
from chalicelib.model.instant import from_iso
from chalicelib.model.job import Priority
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Glimpse

#: Sort before and after every place: a place begins with a digit.
_FIRST, _LAST = "0", "~"


@dataclass(frozen=True, slots=True)
class DynamoQueueLists:
    """`ports.QueueLists`; the index holds all that a glimpse needs."""

    table: str

    def ahead(self, queue: Queue, shard: int, *, after: str | None, most: int) -> Sequence[Glimpse]:
        """One query, forwards."""
        key = agenda_pk(queue, "open", shard=shard)
        return self._query(key, ("agenda_at > :bound", after or _FIRST), most=most)

    def ended(
        self, queue: Queue, shard: int, *, status: Status, before: str | None, most: int
    ) -> Sequence[Glimpse]:
        """One query, backwards."""
        key = agenda_pk(queue, status.value, shard=shard)
        bound = ("agenda_at < :bound", before or _LAST)
        return self._query(key, bound, most=most, forwards=False)

    def _query(
        self, key: str, bound: tuple[str, str], *, most: int, forwards: bool = True
    ) -> Sequence[Glimpse]:
        """At most a megabyte, which holds thousands of glimpses."""
        condition, place = bound
        with in_our_words("listing the jobs of a queue"):
            page: Any = client("dynamodb").query(
                TableName=self.table,
                IndexName="agenda",
                KeyConditionExpression=f"agenda_pk = :pk AND {condition}",
                ExpressionAttributeValues={":pk": {"S": key}, ":bound": {"S": place}},
                ScanIndexForward=forwards,
                Limit=most,
            )
        return [_glimpse(item) for item in page["Items"]]


def _glimpse(item: Item) -> Glimpse:
    return Glimpse(
        place=item["agenda_at"]["S"],
        job_id=item["pk"]["S"],
        status=Status(item["status"]["S"]),
        due_at=from_iso(item["due_at"]["S"]),
        priority=Priority(item["priority"]["S"]),
    )
