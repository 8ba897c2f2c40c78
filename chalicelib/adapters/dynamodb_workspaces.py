"""Workspace settings in the control table: one item a workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.channel import Channel, Rate
from chalicelib.model.workspace import LIMITED, Event, WorkspaceSettings


@dataclass(frozen=True, slots=True)
class DynamoWorkspaces:
    """`ports.Workspaces` over the control table."""

    table: str

    def get(self, workspace_id: str) -> WorkspaceSettings:
        """A consistent read."""
        with in_our_words("reading a workspace's settings"):
            answer: Mapping[str, Any] = client("dynamodb").get_item(
                TableName=self.table, Key=workspace_key(workspace_id), ConsistentRead=True
            )
        item: Item | None = answer.get("Item")
        return WorkspaceSettings() if item is None else _settings(item)

    def put(self, workspace_id: str, chosen: WorkspaceSettings) -> None:
        """Replace them."""
        with in_our_words("keeping a workspace's settings"):
            client("dynamodb").put_item(
                TableName=self.table, Item=workspace_key(workspace_id) | _item(chosen)
            )


def workspace_key(workspace_id: str) -> Item:
    """The key of a workspace's settings."""
    return {"pk": {"S": f"workspace#{workspace_id}"}}


def _item(chosen: WorkspaceSettings) -> Item:
    item: Item = {
        "timezone": {"S": chosen.timezone},
        "webhook_events": {"L": [{"S": event.value} for event in chosen.webhook_events]},
    }
    if chosen.webhook_url is not None:
        item["webhook_url"] = {"S": chosen.webhook_url}
    limits = {f"limit_{channel}": rate for channel, rate in chosen.limits.items()}
    return item | {name: {"N": str(rate.per_s)} for name, rate in limits.items()}


def limit_of(item: Item, channel: Channel) -> Rate | None:
    """The limit on a channel in an item of settings."""
    limit = item.get(f"limit_{channel}")
    return Rate(int(limit["N"])) if limit else None


def _settings(item: Item) -> WorkspaceSettings:
    limits = {channel: limit_of(item, channel) for channel in LIMITED}
    return WorkspaceSettings(
        timezone=item["timezone"]["S"],
        webhook_url=item["webhook_url"]["S"] if "webhook_url" in item else None,
        webhook_events=tuple(Event(event["S"]) for event in item["webhook_events"]["L"]),
        limits={channel: limit for channel, limit in limits.items() if limit},
    )
