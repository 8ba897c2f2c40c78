"""How a job looks in answers (contract, section 3)."""

import json
from datetime import datetime
from typing import Any

from chalicelib.model.channel import Channel
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Attempt, Job, Payload
from chalicelib.model.status import Status
from chalicelib.ports import Stored

_STATUS_WORDS = {
    Status.PENDING: "SCHEDULED",
    Status.PROCESSING: "PROCESSING",
    Status.COMPLETED: "COMPLETED",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "CANCELLED",
}


def job_view(entry: Stored) -> dict[str, Any]:
    """The job object; fields with no value are null, never missing."""
    job = entry.job
    return {
        "id": job.id,
        "communicationId": job.communication_id,
        "status": job.status.value,
        "priority": job.priority.value,
        "scheduledAt": to_iso(job.due_at),
        "startedAt": _iso(job.started_at),
        "completedAt": _iso(job.completed_at),
        "attempts": job.attempts,
        "maxAttempts": job.max_attempts,
        "lastError": job.last_error,
        "payload": _payload_text(job, entry.payload),
        "createdAt": to_iso(job.created_at),
        "updatedAt": to_iso(job.updated_at),
        "channel": job.channel.value,
        "queue": job.queue.value,
        "workspaceId": job.workspace_id,
        "contactId": job.contact_id,
        "metadata": entry.payload.body.get("metadata"),
        "history": [_attempt_view(attempt) for attempt in job.history],
    }


def status_view(entry: Stored) -> dict[str, Any]:
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
        "queue": job.queue.value,
        "job": job_view(entry),
    }


def _attempt_view(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "startedAt": to_iso(attempt.started_at),
        "finishedAt": _iso(attempt.finished_at),
        "outcome": attempt.kind.value if attempt.kind else None,
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
