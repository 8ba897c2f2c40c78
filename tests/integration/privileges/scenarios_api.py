"""What clients and operators do over HTTP: every route, and what makes one ask AWS for more."""

import json
from collections.abc import Callable, Sequence

from chalice.test import HTTPResponse

from chalicelib import wiring
from chalicelib.flow.count import Count
from chalicelib.model.board import Tab
from chalicelib.model.change import Change
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.health import Health
from tests.contract.faulty_aws import UNKNOWN, an_error, handling
from tests.integration.board import DATA, MOUNT, call, delayed
from tests.integration.operators import PAST, a_completed_job, a_failed_job, keep, now, tell
from tests.integration.privileges.leftovers import (
    RESTING,
    a_backlog,
    a_rest,
    ago,
    jobs_held,
    jobs_parked,
)
from tests.integration.privileges.scenario import Scenario
from tests.integration.routes import PROTECTED, PUBLIC, Route
from tests.integration.service import Json, Service, a_token
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS
from tests.integration.test_workspace_settings import put as put_settings
from tests.rig.builders import a_job

BODIES = {"/api/schedule-sms": AN_SMS, "/api/schedule-email": AN_EMAIL, "/api/jobs": A_JOB}
BULKS = {"/api/schedule-sms/bulk": AN_SMS, "/api/schedule-email/bulk": AN_EMAIL}
HOUR_MS = 3_600_000
EVERYWHERE = a_token(role="admin", workspaces="*")
#: What a route is about has to be there: the states that acts want.
STATES: dict[str, Callable[..., object]] = {
    "/retry": a_failed_job,
    "/cancel": a_job,
    "": a_completed_job,
}


def every_route(service: Service) -> None:
    """Each with what it is about, and nothing special."""
    for path, _ in PUBLIC:
        assert service.get(path, token=None).status_code == 200
    for route in PROTECTED:
        answer = _ask(service, route)
        assert answer.status_code in {200, 204}, (route.key, answer.json_body)


def _ask(service: Service, route: Route) -> HTTPResponse:
    """One request of an admin to a route, about a job of its own."""
    ending = next(ending for ending in STATES if route.path.endswith(ending))
    job = STATES[ending](communication_id="c1")
    keep(job)
    names = {"business_id": "w1", "workspace_id": "w1", "communication_id": "c1"}
    path = route.path.format(**names, job_id=job.id)
    body = route.body
    if route.path.startswith("/api/schedule") or route.path == "/api/jobs":
        body = {"workspaceId": "w1", **(body or {})}
    headers = {"Authorization": f"Bearer {EVERYWHERE}", "Content-Type": "application/json"}
    return service.client.http.request(route.method, path, headers=headers, body=_raw(body))


def _raw(body: Json | None) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def schedules(service: Service) -> None:
    """Now, soon, and beyond what SQS can delay, on every channel."""
    for path, body in BODIES.items():
        for delay in (0, 60_000, HOUR_MS):
            assert service.post(path, body | {"delay": delay}).status_code == 200


def schedules_many(service: Service) -> None:
    """More than may go at once: the rest is held back."""
    for path, body in BULKS.items():
        many = {"workspaceId": "w1", "defaults": body | {"delay": 0}, "messages": [{}] * 60}
        assert service.post(path, many).json_body["accepted"] == 60


def schedules_more_than_its_limit(service: Service) -> None:
    """A workspace asks for more at once than it allows itself, which is noted."""
    put_settings(service, {"limits": {"sms": {"perSecond": 10}}})
    many = {"workspaceId": "w1", "defaults": AN_SMS | {"delay": 0}, "messages": [{}] * 30}
    service.post("/api/schedule-sms/bulk", many)
    found = service.get("/api/metrics/workspace/w1", token=EVERYWHERE).json_body
    assert found["sms"]["count"] == 1


def schedules_once(service: Service) -> None:
    """With a key: the first call, one that dies amid its jobs, the next one, and a replay."""
    body = {"workspaceId": "w1", "defaults": AN_SMS, "messages": [{}] * 3}
    jobs_refused = (lambda _: None, an_error(UNKNOWN))
    with handling("dynamodb", "BatchWriteItem", *jobs_refused):
        died = service.post("/api/schedule-sms/bulk", body, Idempotency_Key="k")
    answers = [service.post("/api/schedule-sms/bulk", body, Idempotency_Key="k") for _ in "ab"]
    assert [each.status_code for each in (died, *answers)] == [503, 200, 200]


def starts_an_old_job_over(service: Service) -> None:
    """Its payload is kept on, and it counts as pending from then on."""
    job = a_failed_job(created_at=ago(days=200))
    keep(job)
    assert tell(service, f"/{job.id}/retry").status_code == 200
    Count(wiring.ledger())([Change("retried", PAST, None, now(job))])
    stats = service.get("/api/businesses/w1/communication-queue/stats", token=EVERYWHERE)
    assert stats.json_body["oldestPending"]


def steers_many(service: Service) -> None:
    """Not a dry run: all that match are started over, and ended."""
    keep(a_failed_job(), a_failed_job(), delayed(), delayed())
    sms = {"filter": {"channel": "sms"}}
    assert tell(service, "/retry-failed", sms).json_body["changed"] == 2
    assert tell(service, "/cancel-pending", sms).json_body["changed"] == 4


def processes_now(service: Service) -> None:
    """What is due goes, what is held back is fed, and an old backlog is closed."""
    jobs_held(Queue.SEND_SMS)
    a_backlog(Channel.EMAIL)
    assert tell(service, "/process-now").json_body["dispatched"] == 1
    assert wiring.backlogs().of(Channel.EMAIL) == {}


def mends_a_webhook(service: Service) -> None:
    """A receiver that was disabled is enabled by a PUT of the settings."""
    url = f"{service.backend.url}/hooks"
    gone = Health(url, ago(days=6), ago(minutes=1), "gone", disabled_at=ago(minutes=1))
    wiring.healths().replace("w1", None, after=gone)
    assert put_settings(service, {"webhookUrl": url}).json_body["webhook"]["state"] == "ok"


def resets_metrics(service: Service) -> None:
    """One update for each tally of everybody."""
    wiring.batch_log().keep(Channel.SMS, [])
    for body in ({}, {"workspaceId": "w1"}):
        assert service.post("/api/metrics/reset", body, token=EVERYWHERE).status_code == 200


def looks_at_the_board(service: Service) -> None:
    """Every tab, every chart, a job and its attempts."""
    keep(a_failed_job(id="job-1"), a_completed_job(), delayed())
    for tab in Tab:
        _look_at(service, f"queues?activeQueue={Queue.SEND_SMS}&status={tab}")
    for queue in Queue:
        _look_at(service, f"queues/{queue}/metrics")
    for part in ("", "/logs", "/flow"):
        _look_at(service, f"queues/{Queue.SEND_SMS}/job-1{part}")


def _look_at(service: Service, path: str) -> None:
    """A GET of the board's API."""
    assert call(service, "GET", f"/api/{path}").status_code == 200


def presses_the_board_s_buttons(service: Service) -> None:
    """Those of one job, and those of a whole queue."""
    first, second, failed, done = delayed(), delayed(), a_failed_job(), a_completed_job()
    keep(first, second, failed, done, delayed(), a_failed_job())
    of_jobs: Sequence[tuple[str, str, Json | None]] = [
        ("PATCH", f"{first.id}/priority", {"priority": 1}),
        ("PATCH", f"{first.id}/delay", {"runAt": 4_100_000_000_000}),
        ("PATCH", f"{first.id}/update-data", {"jobData": DATA}),
        ("PUT", f"{second.id}/promote", None),
        ("PUT", f"{failed.id}/retry", None),
        ("PUT", f"{done.id}/clean", None),
        ("POST", "add", {"name": "x", "data": DATA}),
        ("PUT", "promote", None),
        ("PUT", "retry/failed", None),
        ("PUT", "clean/completed", None),
    ]
    for method, path, body in of_jobs:
        answer = call(service, method, f"/api/queues/{Queue.SEND_SMS}/{path}", body)
        assert answer.status_code in {200, 204}, (path, answer.body)


def empties_a_queue(service: Service) -> None:
    """Of one job: moto's transactions do not bear others beside them."""
    keep(delayed())
    assert call(service, "PUT", f"/api/queues/{Queue.SEND_SMS}/empty").status_code == 200
    assert service.items() == []


def pauses_and_resumes(service: Service) -> None:
    """What was parked goes on, but for whom it is not time yet: a timer brings it."""
    a_rest(Channel.SMS)
    jobs_parked(*Queue)
    jobs_parked(Queue.SEND_SMS, workspace_id=RESTING)
    for act in ("pause", "resume"):
        assert call(service, "PUT", f"/api/queues/{act}").status_code == 200


def shows_its_pages(service: Service) -> None:
    """They are in the code's own zip."""
    for path in ("/ops", "/test-sms", "/test-email"):
        assert service.get(path, token=None).status_code == 200
    assert call(service, "GET", "").status_code == 200, MOUNT


SCENARIOS: Sequence[Scenario] = (
    every_route,
    schedules,
    schedules_many,
    schedules_more_than_its_limit,
    schedules_once,
    starts_an_old_job_over,
    steers_many,
    processes_now,
    mends_a_webhook,
    resets_metrics,
    looks_at_the_board,
    presses_the_board_s_buttons,
    empties_a_queue,
    pauses_and_resumes,
    shows_its_pages,
)
