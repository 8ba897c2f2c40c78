"""Canaries on DynamoDB: one item of the control table, an attribute a queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.canary import Flock
from chalicelib.model.channel import Queue
from chalicelib.model.instant import from_iso, to_iso

_KEY: Item = {"pk": {"S": "canaries"}}
#: When the last ones became visible; beside it stands what each queue's workers met.
_VISIBLE = "visible_at"


@dataclass(frozen=True, slots=True)
class DynamoCanaries:
    """`ports.Canaries` over the control table: one write a minute, and one for each that is met."""

    table: str

    def flock(self) -> Flock:
        """A consistent read of the one item."""
        with in_our_words("reading which canaries were met"):
            answer: Mapping[str, Any] = client("dynamodb").get_item(
                TableName=self.table, Key=_KEY, ConsistentRead=True
            )
        item: Item = answer.get("Item", {})
        met = {queue: from_iso(item[queue.value]["S"]) for queue in Queue if queue.value in item}
        return Flock(from_iso(item[_VISIBLE]["S"]) if _VISIBLE in item else None, met)

    def release(self, *, visible_at: datetime) -> None:
        """An update."""
        self._keep(_VISIBLE, visible_at)

    def meet(self, queue: Queue, *, visible_at: datetime) -> None:
        """The same, of the queue's attribute."""
        self._keep(queue.value, visible_at)

    def _keep(self, name: str, at: datetime) -> None:
        """The newest instant stays: SQS may bring an older canary after a newer one."""
        with in_our_words("noting a canary"):
            try:
                client("dynamodb").update_item(
                    TableName=self.table,
                    Key=_KEY,
                    UpdateExpression="SET #name = :at",
                    ConditionExpression="attribute_not_exists(#name) OR #name < :at",
                    ExpressionAttributeNames={"#name": name},
                    ExpressionAttributeValues={":at": {"S": to_iso(at)}},
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
