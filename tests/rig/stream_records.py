"""Records of the jobs' stream as Lambda gets them."""

from datetime import datetime
from itertools import count
from typing import Any

from chalicelib.adapters.dynamodb_items import job_item
from chalicelib.model.change import Change
from chalicelib.model.job import Job
from tests.rig.builders import NOON

_numbers = count(1)


def a_record(
    before: Job | None, after: Job | None, *, event_id: str | None = None, at: datetime = NOON
) -> dict[str, Any]:
    """One record; the event source writes the instant in whole seconds."""
    job = after or before
    body: dict[str, Any] = {
        "ApproximateCreationDateTime": int(at.timestamp()),
        "Keys": {"pk": {"S": job.id if job else "unknown"}, "sk": {"S": "job"}},
        "SequenceNumber": f"{next(_numbers):021}",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if before is not None:
        body["OldImage"] = job_item(before)
    if after is not None:
        body["NewImage"] = job_item(after)
    name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    return {
        "eventID": event_id or f"event-{next(_numbers)}",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "dynamodb": body,
    }


def record_of(change: Change) -> dict[str, Any]:
    """The record that tells of a change."""
    return a_record(change.before, change.after, event_id=change.event_id, at=change.at)
