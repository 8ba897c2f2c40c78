"""How queues and jobs look on the board (the shapes of @bull-board/api 9.10.2)."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.flow.tabs import QueueFacts, Selection
from chalicelib.flow.throughput import Minutes
from chalicelib.model.board import REACH, Tab, tab_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import to_iso, to_ms
from chalicelib.model.job import Attempt, Job, Priority
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored

Json = dict[str, Any]

STATUSES = (
    Tab.LATEST,
    Tab.ACTIVE,
    Tab.WAITING,
    Tab.PRIORITIZED,
    Tab.COMPLETED,
    Tab.FAILED,
    Tab.DELAYED,
)
_DESCRIPTIONS = {
    Queue.SEND_SMS: "SMS that were due when they came",
    Queue.SCHEDULED_SMS: "SMS that were scheduled for later",
    Queue.SEND_EMAIL: "Emails that were due when they came",
    Queue.SCHEDULED_EMAIL: "Emails that were scheduled for later",
    Queue.MY_QUEUE: "Any JSON to any allowed callback path",
}
_NAMES = {Channel.SMS: "send-sms", Channel.EMAIL: "send-email", Channel.GENERAL: "job"}
#: BullMQ's numbers: 0 is none, and a lower one goes first.
_NUMBERS = {Priority.HIGH: 1, Priority.NORMAL: 0, Priority.LOW: 10}
HIGHEST_NUMBER = 2_097_151


def priority_of(number: int) -> Priority:
    """What one of BullMQ's numbers means here."""
    if number == 0:
        return Priority.NORMAL
    return Priority.HIGH if number < _NUMBERS[Priority.LOW] else Priority.LOW


def queue_view(
    facts: QueueFacts, *, selection: Selection, jobs: Sequence[Json], is_active: bool
) -> Json:
    """A queue; its jobs only where it is the one that is looked at."""
    count = facts.counts.get(selection.tab, 0) if is_active else 0
    page = selection.page if is_active else 1
    start = (page - 1) * selection.size
    pages = max(1, math.ceil(min(count, REACH) / selection.size))
    return {
        "name": facts.queue.value,
        "description": _DESCRIPTIONS[facts.queue],
        "statuses": list(STATUSES),
        "counts": dict(facts.counts),
        "jobs": list(jobs) if is_active else [],
        "pagination": {
            "pageCount": pages,
            "range": {"start": start, "end": start + selection.size - 1},
        },
        "readOnlyMode": False,
        "allowRetries": True,
        "allowCompletedRetries": False,
        "isPaused": facts.is_paused,
        "type": "bull",
        "delimiter": "",
        "globalConcurrency": None,
        "activeRateLimitTtl": 0,
        "supportsGlobalRateLimit": False,
        "jobSchedulerCount": 0,
        "hasWorkers": None,
    }


def board_job(entry: Stored) -> Json:
    """A job as its card shows it."""
    job = entry.job
    failed = job.status is Status.FAILED
    delay_ms = max(0, to_ms(job.due_at) - to_ms(job.created_at))
    return {
        "id": job.id,
        "name": _NAMES[job.channel],
        "timestamp": to_ms(job.created_at),
        **_given("processedOn", job.started_at),
        **_given("finishedOn", job.completed_at),
        "progress": 0,
        "attempts": job.attempts,
        "delay": delay_ms,
        **({"failedReason": job.last_error} if failed and job.last_error else {}),
        "stacktrace": [f"Error: {error}" for error in _errors(job)],
        "opts": {
            "attempts": job.max_attempts,
            "delay": delay_ms,
            "priority": _NUMBERS[job.priority],
        },
        "data": _data(entry),
        "returnValue": _last_answer(job),
        "isFailed": failed,
        "groupId": job.workspace_id,
        **({"priority": _NUMBERS[job.priority]} if job.priority is not Priority.NORMAL else {}),
    }


def state_view(job: Job, now: datetime) -> str:
    """The board's word for where a job is; it has none for a cancelled one."""
    return tab_of(job, now) or "unknown"


def log_lines(job: Job) -> list[str]:
    """Its attempts, the oldest first."""
    return [line for attempt in job.history for line in _lines(attempt)]


def chart(minutes: Minutes, now_ms: int) -> Json:
    """Ends a minute, as the throughput card reads them; a queue at rest shows its zeros too."""
    return {
        "meta": {
            "count": minutes.total,
            "prevTS": now_ms,
            "prevCount": minutes.total - minutes.running,
        },
        "data": list(minutes.past),
        "count": len(minutes.past),
    }


def _data(entry: Stored) -> Json:
    """What was scheduled, in the form in which it can be scheduled again."""
    if entry.job.channel is not Channel.GENERAL:
        return entry.payload.body
    return entry.payload.body | {"callbackEndpoint": entry.payload.endpoint}


def _lines(attempt: Attempt) -> list[str]:
    started = f"{to_iso(attempt.started_at)} attempt {attempt.number} started"
    if attempt.finished_at is None:
        return [started]
    status = f", status {attempt.status_code}" if attempt.status_code is not None else ""
    error = f": {attempt.error}" if attempt.error else ""
    ended = f"{to_iso(attempt.finished_at)} attempt {attempt.number} {attempt.kind}"
    return [started, f"{ended}{status}, {attempt.duration_ms} ms{error}"]


def _errors(job: Job) -> list[str]:
    """Of the attempts, the newest first."""
    return [attempt.error for attempt in reversed(job.history) if attempt.error]


def _last_answer(job: Job) -> Json | None:
    if job.status is not Status.COMPLETED or not job.history:
        return None
    last = job.history[-1]
    return {"status": last.status_code, "answer": last.answer}


def _given(name: str, at: datetime | None) -> Json:
    return {} if at is None else {name: to_ms(at)}
