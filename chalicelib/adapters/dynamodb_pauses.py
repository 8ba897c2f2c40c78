"""The paused queues on DynamoDB: one item of the control table, an attribute a queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_iso

_KEY: Item = {"pk": {"S": "pauses"}}


@dataclass(frozen=True, slots=True)
class DynamoPauses:
    """`ports.Pauses` over the control table."""

    table: str

    def paused(self) -> frozenset[Queue]:
        """A consistent read of the one item."""
        with in_our_words("reading which queues are paused"):
            answer: Mapping[str, Any] = client("dynamodb").get_item(
                TableName=self.table, Key=_KEY, ConsistentRead=True
            )
        item: Item = answer.get("Item", {})
        return frozenset(queue for queue in Queue if queue.value in item)

    def pause(self, queue: Queue, *, at: datetime) -> None:
        """Since when; the first one to pause says so."""
        since = {":since": {"S": to_iso(at)}}
        self._update(queue, "SET #queue = if_not_exists(#queue, :since)", values=since)

    def resume(self, queue: Queue) -> None:
        """Away with the attribute."""
        self._update(queue, "REMOVE #queue", values={})

    def _update(self, queue: Queue, expression: str, *, values: Item) -> None:
        request: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        with in_our_words("pausing or resuming a queue"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key=_KEY,
                UpdateExpression=expression,
                ExpressionAttributeNames={"#queue": queue.value},
                **request,
            )
