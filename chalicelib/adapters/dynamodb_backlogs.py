"""Backlogs on DynamoDB: one item of the control table a channel and priority, and one lead."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import answer_of, client, error_code, in_our_words
from chalicelib.adapters.dynamodb_batches import get_batch
from chalicelib.adapters.dynamodb_items import Item
from chalicelib.errors import RetryableError
from chalicelib.model.backlog import Backlog, with_held
from chalicelib.model.channel import Channel
from chalicelib.model.instant import from_us, to_us
from chalicelib.model.priority import Priority

#: Who meets others at an item looks again; of those who meet, one gets through each round.
_ROUNDS = 20
_SAME = "turn_us = :turn AND look_us = :look AND held_us = :held"
_NEW = "attribute_not_exists(turn_us)"


@dataclass(frozen=True, slots=True)
class DynamoBacklogs:
    """`ports.Backlogs` over the control table."""

    table: str

    def of(self, channel: Channel) -> Mapping[Priority, Backlog]:
        """One consistent read of all priorities."""
        keys = [_key(channel, priority) for priority in Priority]
        items = {item["pk"]["S"]: item for item in get_batch(self.table, keys)}
        found = {priority: items.get(_pk(channel, priority)) for priority in Priority}
        return {priority: _backlog(item) for priority, item in found.items() if item}

    def hold(self, channel: Channel, held: Backlog) -> None:
        """A conditional put; one that would change nothing is left out."""
        known: Backlog | None = None
        for _ in range(_ROUNDS):
            wanted = with_held(known, held)
            if wanted == known:
                return
            done, known = self._put(channel, before=known, after=wanted)
            if done:
                return
        message = "holding jobs back: the backlog keeps changing"
        raise RetryableError(message)

    def settle(self, channel: Channel, *, before: Backlog, after: Backlog | None) -> bool:
        """A conditional put or delete."""
        if after is not None:
            return self._put(channel, before=before, after=after)[0]
        request = {
            "Key": _key(channel, before.priority),
            "ExpressionAttributeValues": _values(before),
        }
        return self._conditionally("delete_item", _SAME, request=request)[0]

    def lead(self, channel: Channel, *, at: datetime, until: datetime) -> bool:
        """A conditional update of the channel's lead."""
        request: dict[str, Any] = {
            "Key": _lead_key(channel),
            "UpdateExpression": "SET until_us = :until",
            "ExpressionAttributeValues": {":until": _number(until), ":at": _number(at)},
        }
        free = "attribute_not_exists(until_us) OR until_us <= :at"
        return self._conditionally("update_item", free, request=request)[0]

    def rest(self, channel: Channel, *, until: datetime) -> None:
        """An update of the channel's lead."""
        with in_our_words("giving the lead of a backlog up"):
            client("dynamodb").update_item(
                TableName=self.table,
                Key=_lead_key(channel),
                UpdateExpression="SET until_us = :until",
                ExpressionAttributeValues={":until": _number(until)},
            )

    def fed(self, channel: Channel, *, since: datetime) -> Mapping[str, datetime]:
        """One consistent read of one item."""
        for item in get_batch(self.table, [_fed_key(channel)]):
            noted: dict[str, str] = json.loads(item["fed"]["S"]) if "fed" in item else {}
            groups = ((from_us(int(at_us)), marks) for at_us, marks in noted.items())
            return {mark: at for at, marks in groups if at >= since for mark in marks.split()}
        return {}

    def remember(self, channel: Channel, fed: Mapping[str, datetime]) -> None:
        """One put, charged by its size: some 1,000 marks at the most, of 8 letters each."""
        noted: dict[int, list[str]] = defaultdict(list)
        for mark, at in fed.items():
            noted[to_us(at)].append(mark)
        texts = {at_us: " ".join(marks) for at_us, marks in noted.items()}
        item = _fed_key(channel) | {"fed": {"S": json.dumps(texts, separators=(",", ":"))}}
        with in_our_words("noting who was fed"):
            client("dynamodb").put_item(TableName=self.table, Item=item)

    def _put(
        self, channel: Channel, *, before: Backlog | None, after: Backlog
    ) -> tuple[bool, Backlog | None]:
        """Whether it was put, and what was there instead."""
        item = _key(channel, after.priority) | {
            "priority": {"S": after.priority.value},
            "turn_us": _number(after.turn_at),
            "look_us": _number(after.look_at),
            "held_us": _number(after.held_at),
        }
        request: dict[str, Any] = {"Item": item}
        if before is not None:
            request["ExpressionAttributeValues"] = _values(before)
        condition = _NEW if before is None else _SAME
        return self._conditionally("put_item", condition, request=request)

    def _conditionally(
        self, operation: str, condition: str, *, request: Mapping[str, Any]
    ) -> tuple[bool, Backlog | None]:
        with in_our_words("moving a backlog"):
            try:
                getattr(client("dynamodb"), operation)(
                    TableName=self.table,
                    ConditionExpression=condition,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **request,
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                item = answer_of(error).get("Item")
                return False, _backlog(item) if item and "turn_us" in item else None
        return True, None


def _pk(channel: Channel, priority: Priority) -> str:
    return f"backlog#{channel}#{priority}"


def _key(channel: Channel, priority: Priority) -> Item:
    return {"pk": {"S": _pk(channel, priority)}}


def _lead_key(channel: Channel) -> Item:
    return {"pk": {"S": f"backlog-lead#{channel}"}}


def _fed_key(channel: Channel) -> Item:
    return {"pk": {"S": f"backlog-fed#{channel}"}}


def _number(at: datetime) -> Item:
    return {"N": str(to_us(at))}


def _values(known: Backlog) -> Item:
    return {
        ":turn": _number(known.turn_at),
        ":look": _number(known.look_at),
        ":held": _number(known.held_at),
    }


def _backlog(item: Item) -> Backlog:
    instants = (from_us(int(item[name]["N"])) for name in ("turn_us", "look_us", "held_us"))
    return Backlog(Priority(item["priority"]["S"]), *instants)
