"""A meter of reads: what one request to the service costs in DynamoDB, whatever the backlog."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalicelib.adapters.aws_clients import client


@dataclass(slots=True)
class Reads:
    """What DynamoDB was asked for."""

    requests: int = 0
    #: Rows that queries and scans looked at, and items read by their keys.
    rows: int = 0

    def note(self, answer: dict[str, Any]) -> None:
        """Add one answer of DynamoDB."""
        self.requests += 1
        self.rows += answer.get("ScannedCount", 0) + (1 if "Item" in answer else 0)
        self.rows += sum(len(items) for items in answer.get("Responses", {}).values())


@contextmanager
def metered() -> Generator[Reads]:
    """Count what this process asks of DynamoDB meanwhile."""
    reads = Reads()

    def note(parsed: dict[str, Any], **_: object) -> None:
        reads.note(parsed)

    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb", note)
    try:
        yield reads
    finally:
        events.unregister("after-call.dynamodb", note)
