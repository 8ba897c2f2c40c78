"""How the sink answers: after which latency, with which status, by which attempt."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

_RULE = re.compile(r"(?P<attempt>\d+)=(?P<status>\d{3})(?:,retry-after=(?P<retry_after_s>\d+))?")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a callback."""

    status: int = 200
    #: Sent as Retry-After where it is set.
    retry_after_s: int | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        return {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}


@dataclass(frozen=True, slots=True)
class Answers:
    """The sink's manners, changed as a whole."""

    latency_ms: float = 0
    status: int = 200
    #: What a job's first, second, … attempt is answered where it is not `status`.
    by_attempt: dict[int, Answer] = field(default_factory=dict[int, Answer])

    def to_attempt(self, attempt: int) -> Answer:
        """Choose the answer to a job's n-th attempt, counted from 1."""
        return self.by_attempt.get(attempt) or Answer(self.status)

    def to_json(self) -> dict[str, Any]:
        """Write a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Answers:
        """Read what `to_json` wrote; JSON made the attempts strings."""
        rules = {
            int(attempt): Answer(**answer)
            for attempt, answer in fields.pop("by_attempt", {}).items()
        }
        return cls(**fields, by_attempt=rules)


def parse_rule(text: str) -> tuple[int, Answer]:
    """Read a command line's rule: `1=503`, or `1=429,retry-after=2`.

    Raises:
        ValueError: it is neither; argparse says so to the person.
    """
    found = _RULE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    retry_after_s = found["retry_after_s"]
    return int(found["attempt"]), Answer(
        int(found["status"]), int(retry_after_s) if retry_after_s else None
    )
