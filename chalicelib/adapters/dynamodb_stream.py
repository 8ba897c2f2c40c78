"""Records of the jobs table's stream, as a Lambda gets them: changes, and those that are none."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from chalicelib.adapters.dynamodb_items import Item, job_of
from chalicelib.model.change import Change
from chalicelib.model.job import Job
from chalicelib.ports.counting import Poison

Record: TypeAlias = Mapping[str, Any]

#: An item holds 400 KB, and a character takes 4 bytes at most (AWS DynamoDB, quotas).
_KEPT_CHARACTERS = 90_000
#: What a record that nobody of ours wrote can raise: fields of another kind, numbers out of range
#: (OSError: of the platform's clock), JSON that is nested too deep.
_UNREADABLE = (
    AttributeError,
    KeyError,
    OSError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


def read_stream(records: Sequence[Record], *, now: datetime) -> tuple[list[Change], list[Poison]]:
    """What the records say, in their order, and those that cannot be read."""
    changes: list[Change] = []
    poison: list[Poison] = []
    for record in records:
        try:
            changes.append(_change(record))
        except _UNREADABLE as error:
            poison.append(_poison(record, f"{type(error).__name__}: {error}", now=now))
    return changes, poison


def _change(record: Record) -> Change:
    body = record["dynamodb"]
    before, after = _job(body.get("OldImage")), _job(body.get("NewImage"))
    if before is None and after is None:
        raise ValueError("it has no image")
    at = datetime.fromtimestamp(body["ApproximateCreationDateTime"], UTC)
    return Change(record["eventID"], at, before, after)


def _job(image: Item | None) -> Job | None:
    return None if image is None else job_of(image)


def _poison(record: Record, reason: str, *, now: datetime) -> Poison:
    return Poison(
        event_id=str(record.get("eventID") or "unknown"),
        job_id=_job_id(record),
        at=now,
        reason=_characters(reason),
        record=_characters(json.dumps(record, ensure_ascii=False, default=str)[:_KEPT_CHARACTERS]),
    )


def _characters(text: str) -> str:
    """Whole characters only: DynamoDB takes no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def _job_id(record: Record) -> str:
    try:
        return str(record["dynamodb"]["Keys"]["pk"]["S"])
    except (KeyError, TypeError):
        return "unknown"
