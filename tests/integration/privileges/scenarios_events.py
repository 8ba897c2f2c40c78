"""What timers, the stream, the notices' queue and operators' invocations make the others do."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from chalicelib import wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.health import Health
from chalicelib.model.instant import minute_of, to_iso
from chalicelib.model.job import Job
from chalicelib.model.notice import Notice
from chalicelib.model.status import Status
from chalicelib.model.workspace import Event, WorkspaceSettings
from chalicelib.settings import settings
from tests.integration.operators import keep, now
from tests.integration.privileges.leftovers import (
    RESTING,
    a_backlog,
    a_lost_worker,
    a_rest,
    ago,
    an_outage,
    jobs_held,
    jobs_lost,
    jobs_parked,
)
from tests.integration.privileges.scenario import Scenario, timer_count
from tests.integration.service import Json, Service, recorded, sqs_event, stream_event
from tests.rig.builders import NOON, a_claimed_job, a_job, a_notice, an_outcome
from tests.rig.stream_records import a_record

SECOND = timedelta(seconds=1)
NOTHING_FAILED: Json = {"batchItemFailures": []}


def releases_a_minute(service: Service) -> None:
    """Of every queue; and of a crowd, those who have to wait are held back."""
    minute_at = minute_of(datetime.now(UTC))
    for queue in Queue:
        keep(*(a_job(queue=queue, due_at=minute_at, attention_at=minute_at) for _ in "ab"))
    keep(*(a_job(due_at=minute_at, attention_at=minute_at) for _ in range(40)))
    assert _release(service, minute_at)["released"] == 50


def releases_after_an_outage(service: Service) -> None:
    """The backend is down: somebody is woken for its next probe."""
    a_backlog(Channel.SMS)
    an_outage(Channel.SMS, began_at=ago(seconds=-30))
    _release(service)
    assert service.delayed_count(Queue.SEND_SMS) == 1


def feeds_after_releasing(service: Service) -> None:
    """Of those who are held back, who is at rest for long goes to a timer; old backlogs close."""
    jobs_held(*Queue)
    jobs_held(Queue.SEND_SMS, workspace_id=RESTING)
    a_rest(Channel.SMS)
    _release(service)
    assert timer_count() == 1


def closes_backlogs_after_releasing(service: Service) -> None:
    """Nobody is left of it."""
    a_backlog(Channel.SMS)
    _release(service)
    assert wiring.backlogs().of(Channel.SMS) == {}


def _release(service: Service, minute_at: datetime = NOON) -> Json:
    return service.invoke("release", {"bucket": to_iso(minute_at)})


def rescues_what_was_lost(service: Service) -> None:
    """Messages and workers: who has attempts left goes on, who has none has failed."""
    jobs_lost(*Queue)
    again, ended = a_lost_worker(), a_lost_worker(max_attempts=1)
    _tick(service)
    assert (now(again).status, now(ended).status) == (Status.PENDING, Status.FAILED)


def rescues_what_was_parked(service: Service) -> None:
    """What a resume left behind; whose workspace is at rest for long goes to a timer."""
    jobs_parked(*Queue)
    jobs_parked(Queue.SEND_SMS, workspace_id=RESTING)
    a_rest(Channel.SMS)
    _tick(service)
    assert timer_count() == 1


def rescues_what_is_held(service: Service) -> None:
    """It feeds as workers do."""
    jobs_held(*Queue)
    _tick(service)
    assert all(map(service.messages, Queue))


def closes_backlogs_on_its_way(service: Service) -> None:
    """Nobody is left of it."""
    a_backlog(Channel.SMS)
    _tick(service)
    assert wiring.backlogs().of(Channel.SMS) == {}


def finds_a_backend_down(service: Service) -> None:
    """Somebody is woken for its next probe."""
    a_backlog(Channel.SMS)
    an_outage(Channel.SMS, began_at=ago(seconds=-30))
    _tick(service)
    assert service.delayed_count(Queue.SEND_SMS) == 2  # who is woken, and a canary


def _tick(service: Service) -> None:
    service.invoke("rescue", recorded("rescue_tick"))


def counts(service: Service) -> None:
    """A batch, the same again, and a record that nobody can read."""
    poison = a_record(None, a_job())
    del poison["dynamodb"]["NewImage"]["status"]
    batch = stream_event(a_record(None, a_job()), _an_end(503), _an_end(429), poison)
    for _ in range(2):
        assert service.invoke("tally", batch) == NOTHING_FAILED


def notifies(service: Service) -> None:
    """Who has subscribed, and who has not; and what nobody can read."""
    _subscribe(service)
    poison = _an_end(400)
    del poison["dynamodb"]["NewImage"]["status"]
    batch = stream_event(_an_end(400), _an_end(200), poison, _an_end(400, workspace_id="w2"))
    assert service.invoke("notify", batch) == NOTHING_FAILED
    assert len(_waiting()) == 1


def posts_notices(service: Service) -> None:
    """One is taken, the next ones fail and wait; and what stands in the queue beyond the batch."""
    _subscribe(service)
    first, second, third = (_a_notice() for _ in "abc")
    url = settings().required("NOTICES_QUEUE_URL")
    client("sqs").send_message(QueueUrl=url, MessageBody=third.to_json())
    service.backend.answers += [503, 200, 503]
    service.backend.takes_s["/hooks"] = 0.3
    _post(service, first)
    _post(service, second)
    assert len(service.backend.received) >= 3


def gives_a_receiver_up(service: Service) -> None:
    """It is gone."""
    _subscribe(service)
    service.backend.answers.append(410)
    _post(service, _a_notice())
    health = wiring.healths().get("w1")
    assert health is not None
    assert health.disabled_at is not None


def finds_a_receiver_well(service: Service) -> None:
    """Its failures are forgotten."""
    _subscribe(service)
    failing = Health(f"{service.backend.url}/hooks", ago(hours=2), ago(hours=1), "refused")
    wiring.healths().replace("w1", None, after=failing)
    _post(service, _a_notice())
    assert wiring.healths().get("w1") is None


def _subscribe(service: Service) -> None:
    url = f"{service.backend.url}/hooks"
    chosen = WorkspaceSettings(webhook_url=url, webhook_events=(Event.FAILED,))
    wiring.workspaces().put("w1", chosen)


def _a_notice() -> Notice:
    job: Job = a_job()
    keep(job)
    at = datetime.now(UTC)
    return a_notice(job_id=job.id, happened_at=at, not_before=at)


def _post(service: Service, notice: Notice) -> None:
    batch = sqs_event([{"MessageId": notice.id, "Body": notice.to_json()}])
    assert service.invoke("post_notice", batch) == NOTHING_FAILED


def _waiting() -> list[Json]:
    url = settings().required("NOTICES_QUEUE_URL")
    return client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])


def _an_end(status: int, **changes: object) -> Json:
    job: Job = a_claimed_job(**changes)
    return a_record(job, job.record(an_outcome(status), at=datetime.now(UTC), wait=SECOND))


def compares_and_repairs(service: Service) -> None:
    """Two looks at what differs, and then what is missing is added."""
    keep(a_job(), a_job(workspace_id="w2", queue=Queue.SEND_EMAIL))
    assert service.invoke("recount", {"repair": True})["repaired"] is True
    assert service.invoke("recount", {})["drift"] == []


SCENARIOS: Mapping[str, Sequence[Scenario]] = {
    "release": (
        releases_a_minute,
        releases_after_an_outage,
        feeds_after_releasing,
        closes_backlogs_after_releasing,
    ),
    "rescue": (
        rescues_what_was_lost,
        rescues_what_was_parked,
        rescues_what_is_held,
        closes_backlogs_on_its_way,
        finds_a_backend_down,
    ),
    "tally": (counts,),
    "notify": (notifies,),
    "post_notice": (posts_notices, gives_a_receiver_up, finds_a_receiver_well),
    "recount": (compares_and_repairs,),
}
