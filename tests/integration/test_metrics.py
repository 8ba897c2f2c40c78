"""The metrics routes, from what the stream and the workers have counted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import wiring
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.instant import from_iso
from chalicelib.model.job import Job
from tests.integration.service import Json, Service, a_token
from tests.rig.builders import LEASE, a_job, an_outcome
from tests.rig.stream_records import a_record

ADMIN = a_token(role="admin", workspaces="*")
LIMITED = a_token(role="admin", workspaces=["w1"])
NOW = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)  # a minute that is over
SECOND = timedelta(seconds=1)


def ended(job: Job, statuses: Sequence[int], *, at: datetime = NOW) -> list[Json]:
    """The stream's records of a job whose attempts were answered so."""
    records = [a_record(None, job, at=at)]
    for status in statuses:
        claimed = job.claim(at=at, lease=LEASE)
        text = "Rate limit exceeded: 50 per second" if status == 429 else ""
        after = claimed.record(an_outcome(status, text=text), at=at + SECOND / 5, wait=SECOND)
        records += [a_record(job, claimed, at=at), a_record(claimed, after, at=at)]
        job = after
    return records


def count(service: Service, *records: list[Json]) -> None:
    service.invoke("tally", {"Records": [record for some in records for record in some]})


def metrics(service: Service, *, token: str = ADMIN, query: str = "") -> Json:
    answer = service.get(f"/api/metrics{query}", token=token)
    assert answer.status_code == 200, answer.json_body
    return answer.json_body


@pytest.fixture
def busy(service: Service) -> Service:
    """w1 and w2 on SMS, w2 on email."""
    count(
        service,
        ended(a_job(workspace_id="w1"), [200]),
        ended(a_job(workspace_id="w1"), [429, 200]),
        ended(a_job(workspace_id="w1"), [400]),
        ended(a_job(workspace_id="w2"), [200]),
        ended(a_job(workspace_id="w2", queue=Queue.SCHEDULED_EMAIL), [200]),
    )
    return service


def test_metrics_have_the_contracts_shape(busy: Service):
    found = metrics(busy)

    keys = ["sms", "email", "backends", "workspaceRateLimits", "cursor", "timestamp"]
    assert list(found) == keys
    assert list(found["sms"].items())[:11] == [
        ("total", 4),
        ("success", 3),
        ("failed", 1),
        ("rateLimited", 1),
        ("totalProcessed", 4),
        ("batchesProcessed", 0),
        ("successRate", 75.0),
        ("avgProcessingTime", 200.0),
        ("throughput", pytest.approx(0.07)),
        ("rateExceededCount", 1),
        ("lastProcessedTime", (NOW + SECOND / 5).isoformat(timespec="milliseconds")[:-6] + "Z"),
    ]
    assert found["sms"]["workspaces"] == {
        "w1": {"total": 3, "success": 2, "failed": 1, "rateLimited": 1},
        "w2": {"total": 1, "success": 1, "failed": 0, "rateLimited": 0},
    }
    assert found["email"]["total"] == 1
    assert found["workspaceRateLimits"].keys() == {"w1"}
    assert found["workspaceRateLimits"]["w1"]["email"] == {"count": 0, "lastExceeded": None}
    assert found["workspaceRateLimits"]["w1"]["sms"]["count"] == 1
    assert from_iso(found["timestamp"]) >= NOW


def test_a_service_that_did_nothing_has_zeros_and_nulls(service: Service):
    assert metrics(service)["sms"] == {
        "total": 0,
        "success": 0,
        "failed": 0,
        "rateLimited": 0,
        "totalProcessed": 0,
        "batchesProcessed": 0,
        "successRate": 100.0,
        "avgProcessingTime": 0.0,
        "throughput": 0.0,
        "rateExceededCount": 0,
        "lastProcessedTime": None,
        "workspaces": {},
    }


def test_a_token_of_some_workspaces_sees_those_only(busy: Service):
    found = metrics(busy, token=LIMITED)

    assert found["sms"]["workspaces"].keys() == {"w1"}
    assert (found["sms"]["total"], found["email"]["total"]) == (3, 0)
    assert found["sms"]["batchesProcessed"] is None


def test_throughput_is_that_of_the_last_full_minute_with_work(service: Service):
    minute = NOW.replace(second=0) - timedelta(minutes=7)
    for at in (minute - timedelta(minutes=3), minute, minute + 30 * SECOND):
        count(service, ended(a_job(created_at=at), [200], at=at))
    count(service, [a_record(None, a_job(created_at=minute + timedelta(minutes=2)))])

    assert metrics(service)["sms"]["throughput"] == 0.03
    assert metrics(service, token=LIMITED)["sms"]["throughput"] == 0.03


def test_workspaces_come_busiest_first_and_page_by_page(service: Service):
    for k in range(5):
        count(service, *[ended(a_job(workspace_id=f"w{k}"), [200]) for _ in range(k + 1)])

    first = metrics(service, query="?limit=2")
    second = metrics(service, query=f"?limit=2&cursor={first['cursor']}")
    third = metrics(service, query=f"?limit=2&cursor={second['cursor']}")

    pages = [list(page["sms"]["workspaces"]) for page in (first, second, third)]
    assert pages == [["w4", "w3"], ["w2", "w1"], ["w0"]]
    assert third["cursor"] is None
    assert first["sms"]["total"] == 15


def test_a_cursor_is_of_use_to_whoever_got_it_only(busy: Service):
    cursor = metrics(busy, query="?limit=1")["cursor"]

    answer = busy.get(f"/api/metrics?cursor={cursor}", token=LIMITED)

    assert answer.status_code == 400
    assert answer.json_body["errors"][0]["path"] == "cursor"


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?limit=x", "?cursor=x"])
def test_a_parameter_that_says_nothing_is_refused(service: Service, query: str):
    assert service.get(f"/api/metrics{query}", token=ADMIN).status_code == 400


def test_workers_count_their_batches_and_keep_what_was_exceeded(service: Service):
    service.backend.answers.append(429)
    sms = {"phoneNumber": "+1234567890", "message": "x", "contactId": "c", "workspaceId": "w1"}
    for _ in range(3):
        service.post("/api/schedule-sms", sms)

    service.work()

    assert metrics(service)["sms"]["batchesProcessed"] == 1
    found = service.get("/api/metrics/workspace/w1", token=ADMIN).json_body
    (detail,) = found["sms"]["details"]
    assert detail["batchSize"] >= 3  # its retry may still be in the batch
    assert detail["errorMessage"].startswith("The backend answered 429")
    assert found["email"] == {"count": 0, "lastExceeded": None, "details": []}
    assert list(found) == ["workspaceId", "sms", "email", "timestamp"]


def test_a_reset_begins_at_zero_and_a_recount_does_not_undo_it(busy: Service):
    answer = busy.post("/api/metrics/reset", {}, token=ADMIN)
    busy.invoke("recount", {"repair": True})

    assert answer.json_body == {
        "success": True,
        "message": "Metrics of all workspaces were reset (sms and email).",
    }
    found = metrics(busy)
    assert (found["sms"]["total"], found["email"]["total"]) == (0, 0)
    assert found["sms"]["workspaces"] == {}
    assert found["sms"]["lastProcessedTime"] is None
    assert found["workspaceRateLimits"] == {}


def test_after_a_reset_only_what_is_new_counts(busy: Service):
    busy.post("/api/metrics/reset", {"type": "sms"}, token=ADMIN)
    later = datetime.now(UTC) + SECOND
    count(busy, ended(a_job(workspace_id="w1"), [200], at=later))

    found = metrics(busy)

    assert (found["sms"]["total"], found["email"]["total"]) == (1, 1)
    assert found["sms"]["workspaces"]["w1"]["success"] == 1
    assert found["sms"]["lastProcessedTime"] is not None


def test_a_reset_of_one_workspace_leaves_the_others(busy: Service):
    answer = busy.post("/api/metrics/reset", {"workspaceId": "w1"}, token=LIMITED)

    assert answer.json_body["message"] == "Metrics of w1 were reset (sms and email)."
    found = metrics(busy)
    assert found["sms"]["workspaces"].keys() == {"w2"}
    assert found["sms"]["total"] == 4
    assert metrics(busy, token=LIMITED)["sms"]["total"] == 0


def test_a_reset_forgets_the_details(service: Service):
    log = wiring.batch_log()
    service.backend.answers.append(429)
    sms = {"phoneNumber": "+1234567890", "message": "x", "contactId": "c", "workspaceId": "w1"}
    service.post("/api/schedule-sms", sms)
    service.work()
    count(service, ended(a_job(workspace_id="w1"), [429]))

    service.post("/api/metrics/reset", {"workspaceId": "w1"}, token=ADMIN)

    found = service.get("/api/metrics/workspace/w1", token=ADMIN).json_body
    assert found["sms"] == {"count": 0, "lastExceeded": None, "details": []}
    assert log.newest("w1", Channel.SMS, since=None, most=10)


@pytest.mark.parametrize(
    "body", [{"type": "fax"}, {"workspaceId": "*"}, {"workspaceId": 1}, {"workspaceid": "w1"}]
)
def test_a_reset_that_says_nothing_sensible_resets_nothing(busy: Service, body: Json):
    answer = busy.post("/api/metrics/reset", body, token=ADMIN)

    assert answer.status_code == 400
    assert metrics(busy)["sms"]["total"] == 4


def test_only_a_token_of_every_workspace_resets_everyone(busy: Service):
    answer = busy.post("/api/metrics/reset", {}, token=LIMITED)

    assert (answer.status_code, answer.json_body["code"]) == (403, "foreign_workspace")
    assert metrics(busy)["sms"]["total"] == 4


def test_a_reset_leaves_one_audit_entry(busy: Service):
    busy.post("/api/metrics/reset", {"workspaceId": "w1", "type": "sms"}, token=ADMIN)

    entries, _ = wiring.audit_trail().page("w1", after=None, limit=10)
    assert [(entry.act, entry.result, entry.after) for entry in entries] == [
        ("metrics_reset", "done", "sms reset")
    ]


def test_analytics_are_series_without_gaps(service: Service):
    minute = NOW.replace(second=0) - timedelta(minutes=7)
    job = a_job(created_at=minute, due_at=minute - SECOND)
    count(service, ended(job, [429, 200], at=minute))
    begin, end = minute - timedelta(minutes=2), minute + timedelta(minutes=2)
    query = f"?bucket=minute&from={_iso(begin)}&to={_iso(end)}"

    found = service.get(
        f"/api/businesses/w1/communication-queue/analytics{query}", token=ADMIN
    ).json_body

    assert list(found) == ["from", "to", "bucket", "channel", "series"]
    assert [point["accepted"] for point in found["series"]] == [0, 0, 1, 0]
    point = found["series"][2]
    assert point == {
        "at": _iso(minute),
        "accepted": 1,
        "completed": 1,
        "failed": 0,
        "rateLimited": 1,
        "latenessMs": {"p50": 1024, "p90": 1024, "p99": 1024},
        "durationMs": {"p50": 256, "p90": 256, "p99": 256},
    }
    assert found["series"][0]["latenessMs"] == {"p50": None, "p90": None, "p99": None}


@pytest.mark.parametrize(("channel", "accepted"), [("sms", 1), ("email", 0), ("general", 0)])
def test_analytics_can_be_of_one_channel(service: Service, channel: str, accepted: int):
    count(service, ended(a_job(created_at=NOW), [200]))

    found = service.get(
        f"/api/businesses/w1/communication-queue/analytics?channel={channel}", token=ADMIN
    ).json_body

    assert sum(point["accepted"] for point in found["series"]) == accepted
    assert (found["bucket"], found["channel"]) == ("hour", channel)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("bucket=week", "bucket"),
        ("channel=fax", "channel"),
        ("from=yesterday", "from"),
        ("from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z", "from"),
        ("bucket=minute&from=2026-12-01T00:00:00Z&to=2026-12-03T00:00:00Z", "from"),
    ],
)
def test_a_series_that_cannot_be_is_refused(service: Service, query: str, path: str):
    answer = service.get(f"/api/businesses/w1/communication-queue/analytics?{query}", token=ADMIN)

    assert answer.status_code == 400
    assert [fault["path"] for fault in answer.json_body["errors"]] == [path]


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
