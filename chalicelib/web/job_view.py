"""How a job looks in answers (contract, sections 1 and 3): the shapes, and what fills them."""

import json
from datetime import datetime
from typing import Any, Literal, TypeAlias

from typing_extensions import TypedDict

from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Attempt, Job, Payload, Priority
from chalicelib.model.outcome import Kind
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored

StatusWord: TypeAlias = Literal["SCHEDULED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"]


class AttemptAnswer(TypedDict):
    """One callback: `outcome` and what follows are null until its answer is known."""

    attempt: int
    startedAt: str
    finishedAt: str | None
    outcome: Kind | None
    statusCode: int | None
    error: str | None
    durationMs: int | None
    answer: str | None


class JobAnswer(TypedDict):
    """A job; `payload` is a JSON text of what was scheduled, with `channel` and the recipient."""

    id: str
    communicationId: str
    status: Status
    priority: Priority
    scheduledAt: str
    startedAt: str | None
    completedAt: str | None
    attempts: int
    maxAttempts: int
    lastError: str | None
    payload: str
    createdAt: str
    updatedAt: str
    channel: Channel
    queue: Queue
    workspaceId: str
    contactId: str | None
    metadata: dict[str, Any] | None
    history: list[AttemptAnswer]


class StatusAnswer(TypedDict):
    """How a job is doing."""

    success: Literal[True]
    jobId: str
    status: StatusWord
    scheduledFor: str
    attempts: int
    maxAttempts: int
    error: str | None
    queue: Queue
    job: JobAnswer


_STATUS_WORDS: dict[Status, StatusWord] = {
    Status.PENDING: "SCHEDULED",
    Status.PROCESSING: "PROCESSING",
    Status.COMPLETED: "COMPLETED",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "CANCELLED",
}


def job_view(entry: Stored) -> JobAnswer:
    """The job object; fields with no value are null, never missing."""
    job = entry.job
    return {
        "id": job.id,
        "communicationId": job.communication_id,
        "status": job.status,
        "priority": job.priority,
        "scheduledAt": to_iso(job.due_at),
        "startedAt": _iso(job.started_at),
        "completedAt": _iso(job.completed_at),
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "lastError": job.last_error,
        "payload": _payload_text(job, entry.payload),
        "createdAt": to_iso(job.created_at),
        "updatedAt": to_iso(job.updated_at),
        "channel": job.channel,
        "queue": job.queue,
        "workspaceId": job.workspace_id,
        "contactId": job.contact_id,
        "metadata": entry.payload.body.get("metadata"),
        "history": [_attempt_view(attempt) for attempt in job.history],
    }


def status_view(entry: Stored) -> StatusAnswer:
    """The answer of job-status."""
    job = entry.job
    return {
        "success": True,
        "jobId": job.id,
        "status": _STATUS_WORDS[job.status],
        "scheduledFor": to_iso(job.due_at),
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "error": job.last_error,
        "queue": job.queue,
        "job": job_view(entry),
    }


def _attempt_view(attempt: Attempt) -> AttemptAnswer:
    return {
        "attempt": attempt.number,
        "startedAt": to_iso(attempt.started_at),
        "finishedAt": _iso(attempt.finished_at),
        "outcome": attempt.kind,
        "statusCode": attempt.status_code,
        "error": attempt.error,
        "durationMs": attempt.duration_ms,
        "answer": attempt.answer,
    }


def _payload_text(job: Job, payload: Payload) -> str:
    """The payload as the JSON string that the administration API has always had."""
    recipient = payload.body.get("to") if job.channel is not Channel.GENERAL else None
    content = {"channel": job.channel.value, "recipientContact": recipient} | payload.body
    content["callbackEndpoint"] = payload.endpoint
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else to_iso(at)
