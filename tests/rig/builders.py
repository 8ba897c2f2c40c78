"""Valid jobs, payloads and envelopes: a test names only what matters to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.idempotency import LEASE as KEY_LEASE
from chalicelib.model.idempotency import KeyedRequest, Record
from chalicelib.model.job import Job, Payload, Priority
from chalicelib.model.notice import Notice
from chalicelib.model.outcome import Answer, Outcome, outcome_of
from chalicelib.model.status import Status
from chalicelib.model.workspace import Event
from chalicelib.ports.jobs import Stored

#: When tests take place, unless they say otherwise.
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=45)

_numbers = count(1)


def a_job(**changes: Any) -> Job:  # noqa: ANN401 - the fields of a job
    """A pending SMS, due at noon, with an id of its own."""
    job_id = changes.pop("id", None) or f"job-{next(_numbers):09}"
    job = Job(
        id=job_id,
        workspace_id="w1",
        contact_id="contact-1",
        communication_id=job_id,
        queue=Queue.SEND_SMS,
        priority=Priority.NORMAL,
        status=Status.PENDING,
        version=1,
        due_at=NOON,
        created_at=NOON,
        updated_at=NOON,
        max_attempts=3,
        attention_at=NOON,
    )
    return replace(job, **changes)


def a_claimed_job(**changes: Any) -> Job:  # noqa: ANN401 - the fields of a job
    """A job whose first callback started at noon."""
    return a_job(**changes).claim(at=NOON, lease=LEASE)


def a_payload(**body: Any) -> Payload:  # noqa: ANN401 - any JSON
    """What an SMS job sends: the usual body, and whatever the test adds to it."""
    usual = {
        "to": "+1234567890",
        "phoneNumber": "+1234567890",
        "message": "Your message here",
        "contactId": "contact-1",
        "workspaceId": "w1",
        "metadata": {"source": "campaign"},
    }
    return Payload(body=usual | body, endpoint="/send-sms")


def stored(job: Job | None = None, payload: Payload | None = None) -> Stored:
    """A job with its payload, ready to be added to a store."""
    return Stored(job or a_job(), payload or a_payload())


def an_envelope(job: Job | None = None) -> Envelope:
    """The envelope of a job as it is now."""
    job = job or a_job()
    return Envelope(
        job_id=job.id, version=job.version, due_at=job.due_at, workspace_id=job.workspace_id
    )


def a_notice(**changes: Any) -> Notice:  # noqa: ANN401 - the fields of a notice
    """What is told of a job that failed at noon, an id of its own."""
    job_id = changes.pop("job_id", None) or f"job-{next(_numbers):09}"
    notice = Notice(
        job_id=job_id,
        version=3,
        event=Event.FAILED,
        workspace_id="w1",
        queue=Queue.SEND_SMS,
        attempts=3,
        communication_id=job_id,
        error="The backend answered 503",
        happened_at=NOON,
        not_before=NOON,
    )
    return replace(notice, **changes)


def an_outcome(status: int | None = 200, *, text: str = "", error: str | None = None) -> Outcome:
    """What a backend's answer means."""
    return outcome_of(Answer(status, text=text, error=error), now=NOON)


def a_keyed_request(**changes: Any) -> KeyedRequest:  # noqa: ANN401 - its fields
    """A bulk of three SMS of workspace w1."""
    usual = KeyedRequest(
        workspace_id="w1", route="sms/bulk", key="spring", fingerprint="a1", count=3
    )
    return replace(usual, **changes)


def a_record(**changes: Any) -> Record:  # noqa: ANN401 - the fields of a record or its request
    """A record that a call began at noon, and holds."""
    names = ("workspace_id", "route", "key", "fingerprint", "count")
    said = {name: changes.pop(name) for name in names if name in changes}
    accepted_at = changes.pop("accepted_at", NOON)
    record = Record(
        request=a_keyed_request(**said),
        accepted_at=accepted_at,
        seed="seed",
        holder="first",
        lease_until=accepted_at + KEY_LEASE,
    )
    return replace(record, **changes)
