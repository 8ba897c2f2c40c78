"""How the receivers of workspaces are doing, in the control table: one item a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.health import Health
from chalicelib.model.instant import from_iso, to_iso


@dataclass(frozen=True, slots=True)
class DynamoHealths:
    """`ports.Healths` over the control table."""

    table: str

    def get(self, workspace_id: str) -> Health | None:
        """A consistent read."""
        with in_our_words("reading how a webhook is doing"):
            answer: Mapping[str, Any] = client("dynamodb").get_item(
                TableName=self.table, Key=_key(workspace_id), ConsistentRead=True
            )
        item: Item | None = answer.get("Item")
        return None if item is None else _health(item)

    def replace(self, workspace_id: str, before: Health | None, *, after: Health) -> bool:
        """A conditional put: no two writes of one item share their instant and their URL."""
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            condition = {
                "ConditionExpression": "failed_at = :failed_at AND #url = :url",
                "ExpressionAttributeNames": {"#url": "url"},
                "ExpressionAttributeValues": {
                    ":failed_at": {"S": to_iso(before.failed_at)},
                    ":url": {"S": before.url},
                },
            }
        item = _key(workspace_id) | _item(after)
        with in_our_words("keeping how a webhook is doing"):
            try:
                client("dynamodb").put_item(TableName=self.table, Item=item, **condition)
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def remove(self, workspace_id: str) -> None:
        """Delete the item."""
        with in_our_words("keeping that a webhook is well"):
            client("dynamodb").delete_item(TableName=self.table, Key=_key(workspace_id))


def _key(workspace_id: str) -> Item:
    return {"pk": {"S": f"webhook#{workspace_id}"}}


def _item(health: Health) -> Item:
    item: Item = {
        "url": {"S": health.url},
        "failing_since": {"S": to_iso(health.failing_since)},
        "failed_at": {"S": to_iso(health.failed_at)},
        "error": {"S": health.error},
    }
    if health.disabled_at is not None:
        item["disabled_at"] = {"S": to_iso(health.disabled_at)}
    return item


def _health(item: Item) -> Health:
    return Health(
        url=item["url"]["S"],
        failing_since=from_iso(item["failing_since"]["S"]),
        failed_at=from_iso(item["failed_at"]["S"]),
        error=item["error"]["S"],
        disabled_at=from_iso(item["disabled_at"]["S"]) if "disabled_at" in item else None,
    )
