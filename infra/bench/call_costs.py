"""What calls to AWS cost in CPU: botocore's own work, measured here, its answers made up."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.dynamodb_items import job_item
from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from chalicelib.adapters.dynamodb_queue_lists import DynamoQueueLists
from chalicelib.adapters.sqs_queues import SqsQueues
from chalicelib.flow.dispatch import parcel
from chalicelib.flow.schedule import Draft, job_of
from chalicelib.flow.turns import Turn
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job, Payload

#: Assumed: single-digit milliseconds for one item, more for a page or a batch
#: (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Introduction.html).
WIRE_S = {
    "Query": 0.006,
    "BatchGetItem": 0.015,
    "UpdateItem": 0.006,
    "PutItem": 0.006,
    "SendMessageBatch": 0.015,
    "CreateSchedule": 0.03,
}
#: What the agenda says of a job.
_IN_INDEX = ("pk", "sk", "agenda_pk", "agenda_at", "status", "due_at", "priority")
_NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
_SMS = Payload(body={"to": "+12025550123", "message": "Hello"}, endpoint="/send-sms")


def core_s() -> dict[str, float]:
    """Seconds of a whole core, without what the socket takes: the best of some rounds."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.update(AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none")  # noqa: S106
    jobs = [_job(number) for number in range(100)]
    answers = _answers(jobs)

    def answer(request: AWSRequest, **_: object) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        return AWSResponse(request.url, 200, {}, _Raw(answers[name]))

    for service in ("dynamodb", "sqs"):
        client(service).meta.events.register(f"before-send.{service}", answer)
    store, lists = DynamoJobStore("jobs"), DynamoQueueLists("jobs")
    queues = SqsQueues(dict.fromkeys(Queue, "https://sqs.us-east-1.amazonaws.com/1/queue"))
    ids = [job.id for job in jobs]
    ten = [parcel(Turn(job, _NOON), now=_NOON) for job in jobs[:10]]
    update_s = _cpu(lambda: store.touch(jobs[0]))
    return {
        "Query": _cpu(lambda: lists.ahead(Queue.SEND_SMS, 0, after=None, most=100)),
        "BatchGetItem": _cpu(lambda: store.get_jobs(ids)),
        **dict.fromkeys(("UpdateItem", "PutItem", "CreateSchedule"), update_s),
        "SendMessageBatch": _cpu(lambda: queues.send(ten)),
    }


def _job(number: int) -> Job:
    draft = Draft(Channel.SMS, "workspace-1", _SMS, contact_id="contact-1", due_at=_NOON)
    job = job_of(draft, job_id=f"01M8{number:022}", now=_NOON)
    return job.with_attention(_NOON)


def _answers(jobs: list[Job]) -> dict[str, bytes]:
    items: list[dict[str, Any]] = [job_item(job) for job in jobs]
    said = {
        "Query": {"Items": [{name: item[name] for name in _IN_INDEX} for item in items]},
        "BatchGetItem": {"Responses": {"jobs": items}},
        "UpdateItem": {},
        "SendMessageBatch": {"Successful": [], "Failed": []},
    }
    return {name: json.dumps(body).encode() for name, body in said.items()}


def _cpu(call: Callable[[], object], *, rounds: int = 7, times: int = 20) -> float:
    call()
    return min(_spent(call, times) for _ in range(rounds))


def _spent(call: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times


class _Raw:
    """A body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        """All at once."""
        yield self._body
