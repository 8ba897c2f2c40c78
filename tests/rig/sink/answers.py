"""How the sink answers: after which latency, with which status, by which attempt or workspace."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

_RULE = re.compile(r"(?P<attempt>\d+)=(?P<status>\d{3})(?:,retry-after=(?P<retry_after>\d+))?")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a callback."""

    status: int = 200
    #: Sent as Retry-After where it is set: seconds, a date, or what no backend should say.
    retry_after: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        return {} if self.retry_after is None else {"Retry-After": self.retry_after}


@dataclass(frozen=True, slots=True)
class First:
    """What the first callbacks of a workspace are answered."""

    answer: Answer
    count: int = 1


@dataclass(frozen=True, slots=True)
class Answers:
    """The sink's manners, changed as a whole."""

    latency_ms: float = 0
    status: int = 200
    retry_after: str | None = None
    #: What a job's first, second, … attempt is answered where it is not `status`.
    by_attempt: dict[int, Answer] = field(default_factory=dict[int, Answer])
    #: What goes before that, for the first callbacks of some workspaces.
    by_workspace: dict[str, First] = field(default_factory=dict[str, First])
    #: One in so many callbacks of a workspace is answered 503, if it is a first attempt; 0: none.
    fails_every: int = 0
    #: The connection is broken in place of an answer.
    resets: bool = False

    def to_attempt(self, attempt: int) -> Answer:
        """Choose the answer to a job's n-th attempt, counted from 1."""
        return self.by_attempt.get(attempt) or Answer(self.status, self.retry_after)

    def to_callback(self, workspace_id: str, *, nth: int, attempt: int) -> Answer:
        """Choose the answer to a workspace's n-th callback, counted from 1."""
        first = self.by_workspace.get(workspace_id)
        if first is not None and nth <= first.count:
            return first.answer
        if self.fails_every and attempt == 1 and nth % self.fails_every == 0:
            return Answer(503)
        return self.to_attempt(attempt)

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
        firsts = {
            workspace_id: First(Answer(**first["answer"]), first["count"])
            for workspace_id, first in fields.pop("by_workspace", {}).items()
        }
        return cls(**fields, by_attempt=rules, by_workspace=firsts)


def parse_rule(text: str) -> tuple[int, Answer]:
    """Read a command line's rule: `1=503`, or `1=429,retry-after=2`.

    Raises:
        ValueError: it is neither; argparse says so to the person.
    """
    found = _RULE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found["attempt"]), Answer(int(found["status"]), found["retry_after"])
