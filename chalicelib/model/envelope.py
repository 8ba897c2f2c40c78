"""The SQS record that carries a job's id to a worker."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.model.identity import id_of
from chalicelib.model.instant import from_iso, to_iso


@dataclass(frozen=True, slots=True)
class Envelope:
    """A job at one version: a job that has moved on since makes its older envelopes void."""

    job_id: str
    version: int
    due_at: datetime
    workspace_id: str
    #: When it was to be served, as it was thought when it was handed over.
    served_at: datetime | None = field(default=None, compare=False)

    def to_json(self) -> str:
        """The SQS message body."""
        fields: dict[str, str | int] = {
            "jobId": self.job_id,
            "version": self.version,
            "dueAt": to_iso(self.due_at),
            "workspaceId": self.workspace_id,
        }
        if self.served_at is not None:
            fields["servedAt"] = to_iso(self.served_at)
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Envelope":
        """Read a message body; ValueError where it is not one of ours."""
        try:
            raw = json.loads(text)
            return cls(
                job_id=id_of(raw["jobId"]),
                version=int(raw["version"]),
                due_at=from_iso(raw["dueAt"]),
                workspace_id=id_of(raw["workspaceId"]),
                served_at=from_iso(raw["servedAt"]) if raw.get("servedAt") else None,
            )
        except (KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
            message = f"not an envelope of this service: {error}"
            raise ValueError(message) from error
