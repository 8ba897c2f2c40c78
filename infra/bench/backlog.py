"""A backlog without days of traffic: jobs written to the store as traffic would have left them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from chalicelib import wiring
from chalicelib.model.channel import Queue
from chalicelib.model.instant import ceil_ms
from chalicelib.model.job import Job, Payload, Priority
from chalicelib.model.outcome import Answer, outcome_of
from chalicelib.model.status import Status
from chalicelib.ports.jobs import Stored
from infra.bench.messages import a_message
from infra.bench.stage import WORKSPACE_ID

#: Far enough ahead that nobody works on the pending ones meanwhile.
_AHEAD = timedelta(days=365)
_REFUSED = Answer(404, text="no such number")
_MAX_ATTEMPTS = 3
_TAKEN = timedelta(milliseconds=40)
_CHUNK = 250
_WRITERS = 4


def pending(
    count: int, queue: Queue = Queue.SCHEDULED_SMS, *, communication_id: str | None = None
) -> Iterator[Stored]:
    """Jobs that are due in a year, a second apart."""
    first_at = ceil_ms(datetime.now(UTC) + _AHEAD)
    for number in range(count):
        due_at = first_at + timedelta(seconds=number)
        yield _a_job(number, queue, due_at=due_at, communication_id=communication_id)


def failed(count: int, queue: Queue = Queue.SEND_SMS) -> Iterator[Stored]:
    """Jobs whose only attempt was refused, over the last hours, a tenth of a second apart."""
    last_at = ceil_ms(datetime.now(UTC))
    for number in range(count):
        at = last_at - timedelta(seconds=(number + 1) / 10)
        entry = _a_job(number, queue, due_at=at)
        claimed = entry.job.claim(at=at, lease=_TAKEN)
        job = claimed.record(outcome_of(_REFUSED, now=at), at=at + _TAKEN, wait=timedelta())
        yield Stored(job, entry.payload)


def write(entries: Sequence[Stored]) -> None:
    """Put them into the table of the cloud whose environment this process has."""
    chunks = [entries[i : i + _CHUNK] for i in range(0, len(entries), _CHUNK)]
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(wiring.store().add, chunks))


def delete(job_ids: Sequence[str]) -> set[str]:
    """Take jobs away; answers which were still there."""
    jobs = wiring.store().get_jobs(job_ids)
    return {job.id for job in jobs.values() if wiring.store().delete(job)}


def _a_job(
    number: int, queue: Queue, *, due_at: datetime, communication_id: str | None = None
) -> Stored:
    created_at = min(due_at, ceil_ms(datetime.now(UTC)))
    job_id = wiring.chance().new_id(at=created_at)
    message = a_message(queue.channel.value, number)
    job = Job(
        id=job_id,
        workspace_id=WORKSPACE_ID,
        contact_id=message["contactId"],
        communication_id=communication_id or job_id,
        queue=queue,
        priority=Priority.NORMAL,
        status=Status.PENDING,
        version=1,
        due_at=due_at,
        created_at=created_at,
        updated_at=created_at,
        max_attempts=_MAX_ATTEMPTS,
        attention_at=due_at,
    )
    return Stored(job, Payload({**message, "workspaceId": WORKSPACE_ID}, endpoint="/send-sms"))
