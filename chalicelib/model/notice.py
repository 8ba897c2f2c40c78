"""A notice: what a webhook tells about one move of a job, on its way through its queue."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.model.channel import Queue
from chalicelib.model.identity import id_of
from chalicelib.model.instant import from_iso, to_iso
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.model.workspace import Event

#: How long a receiver is tried before an event is given up.
LONGEST_LIFE = timedelta(days=3)
#: Seconds between the tries; from then on the last one.
WAITS_S = (5, 30, 300, 1800, 7200, 18_000, 36_000, 43_200)
_WAITS = re.compile("[1-9][0-9]{0,4}(,[1-9][0-9]{0,4}){0,19}")
#: A wait is longer by up to this part of it: what failed together is not tried together.
JITTER = 0.2
#: Seconds that a notice stays away whose receiver is slow, doubled each time up to the cap.
AWAY_S, LONGEST_AWAY_S = 10, 900

_ENDS = {
    Status.COMPLETED: Event.COMPLETED,
    Status.FAILED: Event.FAILED,
    Status.CANCELLED: Event.CANCELLED,
}
_STARTED_OVER = frozenset({Status.FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of one job, and how often its receiver was tried."""

    job_id: str
    version: int
    event: Event
    workspace_id: str
    queue: Queue
    attempts: int
    communication_id: str
    error: str | None
    happened_at: datetime
    not_before: datetime
    tries: int = 0
    #: How often it went back to the queue since the last try, because its receiver is slow.
    turned_away: int = 0

    @property
    def id(self) -> str:
        """The `webhook-id`: the same however often the stream, SQS or a retry repeats it."""
        return f"{self.job_id}-{self.version}-{self.event.value}"

    def body(self, metadata: Mapping[str, Any]) -> bytes:
        """What the receiver reads (contract, section 2)."""
        said = {
            "jobId": self.job_id,
            "status": self.event.value,
            "error": self.error,
            "workspaceId": self.workspace_id,
            "queue": self.queue.value,
            "attempts": self.attempts,
            "communicationId": self.communication_id,
            "metadata": metadata,
            "timestamp": to_iso(self.happened_at),
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()

    def tried(
        self, *, at: datetime, asked_s: float, chance: float, waits_s: Sequence[int] = WAITS_S
    ) -> "Notice | None":
        """To be tried again, not before the receiver asked for; None where it is too old."""
        wait_s = waits_s[min(self.tries, len(waits_s) - 1)] * (1 + JITTER * chance)
        again_at = at + timedelta(seconds=max(wait_s, asked_s))
        if again_at > self.happened_at + LONGEST_LIFE:
            return None
        return replace(self, tries=self.tries + 1, turned_away=0, not_before=again_at)

    def turn_away(self, *, at: datetime, chance: float) -> "Notice":
        """Back to the queue without a try, each time for longer."""
        away_s = min(AWAY_S * 2 ** min(self.turned_away, 16), LONGEST_AWAY_S)
        again_at = at + timedelta(seconds=away_s * (1 - chance / 2))
        return replace(self, turned_away=self.turned_away + 1, not_before=again_at)

    def to_json(self) -> str:
        """The SQS message body."""
        said = {
            "jobId": self.job_id,
            "version": self.version,
            "event": self.event.value,
            "workspaceId": self.workspace_id,
            "queue": self.queue.value,
            "attempts": self.attempts,
            "communicationId": self.communication_id,
            "error": self.error,
            "happenedAt": to_iso(self.happened_at),
            "notBefore": to_iso(self.not_before),
            "tries": self.tries,
            "turnedAway": self.turned_away,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Notice":
        """Read a message body; ValueError where it is not one of ours."""
        try:
            raw = json.loads(text)
            return cls(
                job_id=id_of(raw["jobId"]),
                version=int(raw["version"]),
                event=Event(raw["event"]),
                workspace_id=id_of(raw["workspaceId"]),
                queue=Queue(raw["queue"]),
                attempts=int(raw["attempts"]),
                communication_id=id_of(raw["communicationId"]),
                error=None if raw["error"] is None else str(raw["error"]),
                happened_at=from_iso(raw["happenedAt"]),
                not_before=from_iso(raw["notBefore"]),
                tries=int(raw["tries"]),
                turned_away=int(raw["turnedAway"]),
            )
        except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            message = f"not a notice of this service: {error}"
            raise ValueError(message) from error


def waits_of(text: str) -> tuple[int, ...]:
    """Waits as a setting says them: 1 to 20 whole seconds, comma-separated; else ValueError."""
    if not _WAITS.fullmatch(text):
        raise ValueError("must be 1 to 20 whole numbers of seconds (1-99999), comma-separated")
    return tuple(map(int, text.split(",")))


def notice_of(before: Job | None, after: Job | None) -> Notice | None:
    """What a change of a job tells; None where it is none of the events."""
    event = None if before is None or after is None else _event(before.status, after.status)
    if event is None or after is None:
        return None
    return Notice(
        job_id=after.id,
        version=after.version,
        event=event,
        workspace_id=after.workspace_id,
        queue=after.queue,
        attempts=after.attempts,
        communication_id=after.communication_id,
        error=after.last_error,
        happened_at=after.updated_at,
        not_before=after.updated_at,
    )


def _event(before: Status, after: Status) -> Event | None:
    if before is after:
        return None
    if after is Status.PENDING:
        return Event.RETRIED if before in _STARTED_OVER else None
    return _ENDS.get(after)
