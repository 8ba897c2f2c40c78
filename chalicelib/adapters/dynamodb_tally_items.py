"""How tallies, marks and poison look as DynamoDB items."""

from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb_items import Item
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import from_iso, to_iso
from chalicelib.model.ledger import DIGEST_BYTES, Mark
from chalicelib.model.metrics import RESETTABLE, Total, since_reset
from chalicelib.model.tally import (
    EVERYONE,
    INSTANTS,
    Delta,
    Figures,
    MinuteKey,
    TallyKey,
    TotalKey,
)
from chalicelib.ports.counting import Poison

#: How long the minutes of the charts are kept.
MINUTE_RETENTION = timedelta(days=90)
#: A stream keeps its records for a day: what is older never comes again.
MARK_RETENTION = timedelta(days=2)
#: How long a person has to look at poison.
POISON_RETENTION = timedelta(days=90)


def total_pk(queue: Queue) -> str:
    """The partition of a queue's totals; its sort keys are the scopes."""
    return f"total#{queue.value}"


def tally_key(key: TallyKey) -> Item:
    """Where a tally is."""
    if isinstance(key, TotalKey):
        return _key(total_pk(key.queue), key.scope)
    return _key(minute_pk(key.channel, key.scope), to_iso(key.minute_at))


def minute_pk(channel: Channel, scope: str) -> str:
    """The partition of a scope's minutes; its sort keys are the minutes."""
    return f"minute#{channel.value}#{scope}"


def batches_key(channel: Channel) -> Item:
    """Where the batches of a channel are counted."""
    return _key(f"batches#{channel.value}", EVERYONE)


def addition(key: TallyKey, delta: Delta, *, table: str) -> Item:
    """The update that adds a delta: numbers by ADD, so that none is lost, instants by SET."""
    texts = {figure: {"S": to_iso(at)} for figure, at in delta.latest.items()}
    if isinstance(key, MinuteKey):
        texts["expires_at"] = {"N": _epoch_s(key.minute_at + MINUTE_RETENTION)}
    numbers = {figure: {"N": str(number)} for figure, number in delta.adds.items()}
    added = ", ".join(f"#{figure} :{figure}" for figure in numbers)
    assigned = ", ".join(f"#{figure} = :{figure}" for figure in texts)
    expression = (f"ADD {added} " if added else "") + (f"SET {assigned}" if assigned else "")
    values = numbers | texts
    update = {
        "TableName": table,
        "Key": tally_key(key),
        "UpdateExpression": expression.strip(),
        "ExpressionAttributeNames": {f"#{figure}": figure for figure in values},
        "ExpressionAttributeValues": {f":{figure}": value for figure, value in values.items()},
    }
    return {"Update": update}


def figures_of(item: Item) -> Figures:
    """The numbers of a tally."""
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def total_of(item: Item) -> Total:
    """A tally as metrics see it: less its baseline, which the last reset left beside it."""
    figures = figures_of(item)
    baseline = {name: figures.get(f"base_{name}", 0) for name in RESETTABLE}
    latest = {name: from_iso(item[name]["S"]) for name in INSTANTS if name in item}
    reset_at = from_iso(item["reset_at"]["S"]) if "reset_at" in item else None
    return since_reset(Total(figures, latest, reset_at), baseline)


def mark_key(bucket_at: datetime, number: int) -> Item:
    """Where a mark is: padded, so that they sort by number."""
    return _key(f"mark#{to_iso(bucket_at)}", f"{number:08}")


def marking(mark: Mark, *, table: str) -> Item:
    """The put of a mark whose number must be free."""
    item = mark_key(mark.bucket_at, mark.number) | {
        "digests": {"B": b"".join(mark.digests)},
        "expires_at": {"N": _epoch_s(mark.bucket_at + MARK_RETENTION)},
    }
    condition = "attribute_not_exists(pk)"
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": condition}}


def mark_of(bucket_at: datetime, item: Item) -> Mark:
    """The mark of such an item."""
    raw: bytes = item["digests"]["B"]
    digests = tuple(raw[i : i + DIGEST_BYTES] for i in range(0, len(raw), DIGEST_BYTES))
    return Mark(bucket_at, int(item["sk"]["S"]), digests)


def poison_item(poison: Poison) -> Item:
    """What is kept of a record that cannot be read."""
    return _key(f"poison#{poison.at:%Y-%m-%d}", poison.event_id) | {
        "job_id": {"S": poison.job_id},
        "reason": {"S": poison.reason},
        "record": {"S": poison.record},
        "expires_at": {"N": _epoch_s(poison.at + POISON_RETENTION)},
    }


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _epoch_s(at: datetime) -> str:
    return str(int(at.timestamp()))
