"""The workers' notes on DynamoDB: batches are counted, what was exceeded is kept for a while."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.adapters.dynamodb_batches import WRITE_BATCH, batches, put_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.adapters.dynamodb_tally_items import addition, batches_key
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.instant import ISO_LENGTH, from_iso, to_iso
from chalicelib.model.metrics import BATCHES
from chalicelib.model.tally import EVERYONE, EXCEEDED_AT, RATE_LIMITED, Delta, TotalKey

#: How long what was exceeded is kept.
RETENTION = timedelta(days=30)
#: Two workers may note the same millisecond.
_UNIQUE_BYTES = 4


@dataclass(frozen=True, slots=True)
class DynamoBatchLog:
    """`ports.BatchLog` over the tallies table, beside what the stream's transactions write."""

    table: str

    def keep(self, channel: Channel, exceedances: Sequence[Exceedance]) -> None:
        """One update, and a put for each workspace that exceeded something."""
        with in_our_words("counting a batch"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key=batches_key(channel),
                UpdateExpression=f"ADD {BATCHES} :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        for some in batches([_item(each) for each in exceedances], WRITE_BATCH):
            put_batch(self.table, some)

    def exceed(self, exceedances: Mapping[Queue, Sequence[Exceedance]]) -> None:
        """A put for each, and an addition to the totals of its workspace and of everyone."""
        for queue, some in exceedances.items():
            for batch in batches([_item(each) for each in some], WRITE_BATCH):
                put_batch(self.table, batch)
            for each in some:
                for scope in (each.workspace_id, EVERYONE):
                    self._count(TotalKey(scope, queue), each.at)

    def _count(self, key: TotalKey, at: datetime) -> None:
        delta = Delta()
        delta.count(RATE_LIMITED)
        delta.happened(EXCEEDED_AT, at)
        with in_our_words("counting what was exceeded"):
            client("dynamodb").update_item(**addition(key, delta, table=self.table)["Update"])

    def newest(
        self, workspace_id: str, channel: Channel, *, since: datetime | None, most: int
    ) -> Sequence[Exceedance]:
        """One query, backwards."""
        request: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": _pk(channel, workspace_id)}},
            "ScanIndexForward": False,
            "Limit": most,
        }
        if since is not None:
            request["KeyConditionExpression"] += " AND sk > :since"
            request["ExpressionAttributeValues"][":since"] = {"S": f"{to_iso(since)}~"}
        with in_our_words("reading exceedances"):
            page = client("dynamodb").query(**request)
        return [_exceedance(item, workspace_id, channel=channel) for item in page["Items"]]


def _pk(channel: Channel, workspace_id: str) -> str:
    return f"exceeded#{channel.value}#{workspace_id}"


def _item(each: Exceedance) -> Item:
    return {
        "pk": {"S": _pk(each.channel, each.workspace_id)},
        "sk": {"S": f"{to_iso(each.at)}#{secrets.token_hex(_UNIQUE_BYTES)}"},
        "batch_size": {"N": str(each.batch_size)},
        "error": {"S": each.error},
        "expires_at": {"N": str(int((each.at + RETENTION).timestamp()))},
    }


def _exceedance(item: Item, workspace_id: str, *, channel: Channel) -> Exceedance:
    return Exceedance(
        workspace_id=workspace_id,
        channel=channel,
        at=from_iso(item["sk"]["S"][:ISO_LENGTH]),
        batch_size=int(item["batch_size"]["N"]),
        error=item["error"]["S"],
    )
