"""What the workers of the five queues do: each scenario is told by the queue that it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from chalicelib import wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Queue, Rate
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import to_iso
from chalicelib.model.job import Job
from chalicelib.model.workspace import LIMITED, WorkspaceSettings
from chalicelib.settings import settings
from tests.integration.operators import keep, now
from tests.integration.privileges.leftovers import (
    RESTING,
    a_backlog,
    a_rest,
    ago,
    an_outage,
    jobs_held,
)
from tests.integration.privileges.scenario import Scenario, timer_count
from tests.integration.service import FUNCTIONS, Context, Json, Service, sqs_event
from tests.rig.builders import a_job, an_envelope


def serves(service: Service, queue: Queue) -> None:
    """One of each answer, in any order; and what stands in the queue beyond the batch."""
    jobs = [_due(queue, f"w{n}") for n in range(4)]
    extra = _due(queue, "w9")
    keep(*jobs, extra)
    url = settings().queue_url(queue)
    client("sqs").send_message(QueueUrl=url, MessageBody=an_envelope(extra).to_json())
    service.backend.answers += [200, 503, 404, 429]
    _work(service, queue, jobs)
    assert len({each.body["jobId"] for each in service.backend.received}) == 5
    answered = {each.status_code for job in (*jobs, extra) for each in now(job).history}
    assert answered >= {200, 503, 404, 429}


def finds_a_paused_queue(service: Service, queue: Queue) -> None:
    """Its jobs are put aside."""
    job = _due(queue)
    keep(job)
    wiring.pauses().pause(queue, at=datetime.now(UTC))
    _work(service, queue, [job])
    assert now(job).is_parked


def finds_a_workspace_at_rest(service: Service, queue: Queue) -> None:
    """Its jobs go behind the rest: to a timer, where that is long."""
    job = _due(queue, RESTING)
    keep(job)
    a_rest(queue.channel)
    _work(service, queue, [job])
    assert timer_count() == 1


def finds_its_backend_down(service: Service, queue: Queue) -> None:
    """One job goes as a probe, the others are held back."""
    jobs = [_due(queue), _due(queue)]
    keep(*jobs)
    an_outage(queue.channel, began_at=ago(seconds=5))
    _work(service, queue, jobs)
    assert service.backend.received
    assert not wiring.circuit_breaker().is_open(queue.channel)


def feeds_its_channel(service: Service, queue: Queue) -> None:
    """Woken without a job of its own: it hands over those that are held back, in every queue."""
    queues = [each for each in Queue if each.channel is queue.channel]
    jobs_held(*queues)
    _invoke(service, queue, _a_call())
    assert service.backend.received or any(map(service.messages, queues))


def closes_a_backlog(service: Service, queue: Queue) -> None:
    """Nobody is left of it."""
    a_backlog(queue.channel)
    _invoke(service, queue, _a_call())
    assert wiring.backlogs().of(queue.channel) == {}


def serves_a_workspace_with_a_limit(service: Service, queue: Queue) -> None:
    """Its callbacks start by a pace of its own besides the channel's."""
    limits = {channel: Rate(1) for channel in LIMITED}
    wiring.workspaces().put("w1", WorkspaceSettings(limits=limits))
    job = _due(queue)
    keep(job)
    _work(service, queue, [job])
    assert now(job).attempts == 1


def _due(queue: Queue, workspace_id: str = "w1") -> Job:
    at = datetime.now(UTC)
    job = a_job(queue=queue, workspace_id=workspace_id, due_at=at, created_at=at)
    return job.with_attention(at + timedelta(minutes=1), handed_over=True)


def _work(service: Service, queue: Queue, jobs: Sequence[Job]) -> None:
    assert _invoke(service, queue, *map(an_envelope, jobs)) == {"batchItemFailures": []}


def _invoke(service: Service, queue: Queue, *envelopes: Envelope) -> Json:
    """With time enough, however busy the machine is."""
    return service.invoke(FUNCTIONS[queue], _batch(*envelopes), context=Context(120_000))


def _batch(*envelopes: Envelope) -> Json:
    return sqs_event([{"MessageId": each.job_id, "Body": each.to_json()} for each in envelopes])


def _a_call() -> Envelope:
    at = ago(seconds=0)
    return Envelope(job_id=f"wake@{to_iso(at)}", version=0, due_at=at, workspace_id="wake")


_OF_QUEUES = (
    serves,
    finds_a_paused_queue,
    finds_a_workspace_at_rest,
    finds_its_backend_down,
    feeds_its_channel,
    closes_a_backlog,
    serves_a_workspace_with_a_limit,
)
SCENARIOS: dict[str, Sequence[Scenario]] = {
    function: [partial(each, queue=queue) for each in _OF_QUEUES]
    for queue, function in FUNCTIONS.items()
}
