"""Restraints on DynamoDB: settings and throttles of workspaces, items of the control table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import READ_BATCH, batches, get_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.adapters.dynamodb_workspaces import limit_of, workspace_key
from chalicelib.errors import RetryableError
from chalicelib.model.channel import Channel
from chalicelib.model.instant import from_us, to_us
from chalicelib.model.restraint import RECOVERY, Restraint, Throttle, refused

_ROUNDS = 10
#: A share of a pace, as a whole number.
_PARTS = 1_000_000
#: How long a throttle that restrains nothing any more may stay.
_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DynamoRestraints:
    """`ports.Restraints` over the control table."""

    table: str

    def of(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """Consistent batch reads of both items of each workspace."""
        return self._read(channel, workspace_ids, is_recent=False)

    def recent(self, channel: Channel, workspace_ids: Collection[str]) -> Mapping[str, Restraint]:
        """Batch reads of the same, at half the price."""
        return self._read(channel, workspace_ids, is_recent=True)

    def _read(
        self, channel: Channel, workspace_ids: Collection[str], *, is_recent: bool
    ) -> Mapping[str, Restraint]:
        keys = [
            key
            for each in workspace_ids
            for key in (workspace_key(each), _throttle_key(channel, each))
        ]
        items = {
            item["pk"]["S"]: item
            for batch in batches(keys, READ_BATCH)
            for item in get_batch(self.table, batch, is_recent=is_recent)
        }
        return {each: _restraint(items, each, channel=channel) for each in workspace_ids}

    def refuse(
        self, channel: Channel, workspace_id: str, *, at: datetime, wait_s: float | None
    ) -> Restraint:
        """An optimistic put: of two refusals, each counts."""
        for _ in range(_ROUNDS):
            known = self.of(channel, [workspace_id])[workspace_id]
            throttle = refused(known.throttle, now=at, wait_s=wait_s)
            key = _throttle_key(channel, workspace_id)
            if self._put(key | _throttle_item(throttle), before=known.throttle):
                return Restraint(known.limit, throttle)
        message = "noting a refusal: the throttle keeps changing"
        raise RetryableError(message)

    def _put(self, item: Item, *, before: Throttle | None) -> bool:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if before is not None:
            condition = {
                "ConditionExpression": "since_us = :since AND paused_us = :paused",
                "ExpressionAttributeValues": {
                    ":since": {"N": str(to_us(before.since))},
                    ":paused": {"N": str(to_us(before.paused_until))},
                },
            }
        with in_our_words("noting a refusal"):
            try:
                client("dynamodb").put_item(TableName=self.table, Item=item, **condition)
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True


def _throttle_key(channel: Channel, workspace_id: str) -> Item:
    return {"pk": {"S": f"throttle#{channel}#{workspace_id}"}}


def _throttle_item(throttle: Throttle) -> Item:
    over_at = max(throttle.paused_until, throttle.since + RECOVERY) + _KEPT
    return {
        "share": {"N": str(round(throttle.share * _PARTS))},
        "since_us": {"N": str(to_us(throttle.since))},
        "paused_us": {"N": str(to_us(throttle.paused_until))},
        "expires_at": {"N": str(int(over_at.timestamp()))},
    }


def _restraint(items: Mapping[str, Item], workspace_id: str, *, channel: Channel) -> Restraint:
    chosen = items.get(workspace_key(workspace_id)["pk"]["S"])
    throttle = items.get(_throttle_key(channel, workspace_id)["pk"]["S"])
    return Restraint(
        limit=limit_of(chosen, channel) if chosen else None,
        throttle=None if throttle is None else _throttle(throttle),
    )


def _throttle(item: Item) -> Throttle:
    return Throttle(
        share=int(item["share"]["N"]) / _PARTS,
        since=from_us(int(item["since_us"]["N"])),
        paused_until=from_us(int(item["paused_us"]["N"])),
    )
