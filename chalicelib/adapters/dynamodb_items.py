"""How jobs and payloads look as DynamoDB items."""

import json
import zlib
from datetime import timedelta
from typing import Any, TypeAlias

from chalicelib.model.agenda import open_shard_of, shard_of
from chalicelib.model.channel import Queue
from chalicelib.model.cursor import place
from chalicelib.model.instant import from_iso, to_iso
from chalicelib.model.job import Attempt, Job, Payload, Priority
from chalicelib.model.listing import index_place
from chalicelib.model.outcome import Kind
from chalicelib.model.status import Status
from chalicelib.model.trace import Trace

Item: TypeAlias = dict[str, Any]

JOB = "job"
PAYLOAD = "payload"
#: A body up to this is charged as one write unit as it is, with the rest of its item.
PLAIN_BYTES = 800
#: How long a final job is kept.
RETENTION = timedelta(days=90)
#: A payload outlives its job, also one that was retried at the end of its retention.
PAYLOAD_RETENTION = 2 * RETENTION + timedelta(days=30)

_TEXTS = ("workspace_id", "contact_id", "communication_id", "last_error")
_NUMBERS = ("version", "max_attempts", "attempts", "starts")
_INSTANTS = (
    "due_at",
    "created_at",
    "updated_at",
    "started_at",
    "completed_at",
    "lease_until",
    "attention_at",
)


def key(job_id: str, sort: str) -> Item:
    """The primary key of one item of a job."""
    return {"pk": {"S": job_id}, "sk": {"S": sort}}


def job_item(job: Job) -> Item:
    """The small item: state, and what lists need; None is an absent attribute."""
    item = key(job.id, JOB) | _index_keys(job)
    item["queue"] = {"S": job.queue.value}
    item["channel"] = {"S": job.channel.value}
    item["priority"] = {"S": job.priority.value}
    item["status"] = {"S": job.status.value}
    for name in _TEXTS:
        if (text := getattr(job, name)) is not None:
            item[name] = {"S": text}
    for name in _NUMBERS:
        item[name] = {"N": str(getattr(job, name))}
    for name in _INSTANTS:
        if (at := getattr(job, name)) is not None:
            item[name] = {"S": to_iso(at)}
    item["handed_over"] = {"BOOL": job.handed_over}
    if job.history:
        item["history"] = {"S": _history_json(job.history)}
    if job.completed_at is not None and not job.status.is_open:
        item["expires_at"] = {"N": str(int((job.completed_at + RETENTION).timestamp()))}
    return item


def job_of(item: Item) -> Job:
    """The job of a small item."""
    values: dict[str, Any] = {name: item[name]["S"] if name in item else None for name in _TEXTS}
    values |= {name: int(item[name]["N"]) for name in _NUMBERS}
    values |= {name: from_iso(item[name]["S"]) if name in item else None for name in _INSTANTS}
    return Job(
        id=item["pk"]["S"],
        queue=Queue(item["queue"]["S"]),
        priority=Priority(item["priority"]["S"]),
        status=Status(item["status"]["S"]),
        handed_over=item.get("handed_over", {}).get("BOOL", False),
        history=_history_of(item["history"]["S"]) if "history" in item else (),
        **values,
    )


def payload_item(job: Job, payload: Payload) -> Item:
    """The item that holds what was scheduled; JSON keeps metadata exactly as it came."""
    expires_at = int((job.due_at + PAYLOAD_RETENTION).timestamp())
    trace: Item = {"trace": {"S": payload.trace.kept()}} if payload.trace else {}
    return key(job.id, PAYLOAD) | {
        **trace,
        **_body_of(payload),
        "endpoint": {"S": payload.endpoint},
        "expires_at": {"N": str(expires_at)},
    }


def _body_of(payload: Payload) -> Item:
    """As text where it is small, else compressed: a designed email then costs a quarter."""
    text = json.dumps(payload.body, ensure_ascii=False, separators=(",", ":"))
    raw = text.encode()
    if len(raw) <= PLAIN_BYTES:
        return {"body": {"S": text}}
    return {"packed": {"B": zlib.compress(raw)}}


def payload_of(item: Item) -> Payload:
    """The payload of such an item."""
    text = zlib.decompress(item["packed"]["B"]) if "packed" in item else item["body"]["S"]
    return Payload(
        body=json.loads(text),
        endpoint=item["endpoint"]["S"],
        trace=Trace.from_kept(item["trace"]["S"]) if "trace" in item else None,
    )


def agenda_pk(queue: Queue, state: str, *, shard: int) -> str:
    """A partition of the agenda: open jobs of a queue, or its final ones of one status."""
    return f"{queue.value}#{state}#{shard}"


def workspace_pk(workspace_id: str, status: Status) -> str:
    """A partition of the index of workspaces: all open jobs, or the final ones of one status."""
    return f"{workspace_id}#{(Status.PENDING if status.is_open else status).value}"


def agenda_at(job: Job) -> str:
    """Where a job stands in its partition of the agenda."""
    at = (job.attention_at or job.due_at) if job.status.is_open else job.completed_at
    return place(at or job.updated_at, job.id)


def _agenda_pk_of(job: Job) -> str:
    if job.status.is_open:
        return agenda_pk(job.queue, "open", shard=open_shard_of(job.id, job.priority))
    return agenda_pk(job.queue, job.status.value, shard=shard_of(job.id))


def _index_keys(job: Job) -> Item:
    keys = {
        "workspace_pk": {"S": workspace_pk(job.workspace_id, job.status)},
        "workspace_at": {"S": index_place(job)},
    }
    if job.status is not Status.COMPLETED:  # their log is cheaper: dynamodb_completions
        keys |= {"agenda_pk": {"S": _agenda_pk_of(job)}, "agenda_at": {"S": agenda_at(job)}}
    if job.communication_id != job.id:
        keys["communication_pk"] = {"S": f"{job.workspace_id}#{job.communication_id}"}
        keys["communication_at"] = {"S": place(job.created_at, job.id)}
    return keys


def _history_json(history: tuple[Attempt, ...]) -> str:
    rows = [
        {
            "n": attempt.number,
            "at": to_iso(attempt.started_at),
            "end": to_iso(attempt.finished_at) if attempt.finished_at else None,
            "kind": attempt.kind,
            "code": attempt.status_code,
            "error": attempt.error,
            "answer": attempt.answer,
        }
        for attempt in history
    ]
    slim = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return json.dumps(slim, ensure_ascii=False, separators=(",", ":"))


def _history_of(text: str) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(
            number=row["n"],
            started_at=from_iso(row["at"]),
            finished_at=from_iso(row["end"]) if "end" in row else None,
            kind=Kind(row["kind"]) if "kind" in row else None,
            status_code=row.get("code"),
            error=row.get("error"),
            answer=row.get("answer"),
        )
        for row in json.loads(text)
    )
