"""From the jobs table's own stream through the tally Lambda to the stats route, and the recount."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import boto3
import jwt
import pytest
from chalice.test import Client, HTTPResponse
from moto import mock_aws

import app
from chalicelib import wiring
from chalicelib.model.job import Job
from chalicelib.model.status import Status
from chalicelib.settings import settings
from tests.contract.stack import make_table
from tests.rig.builders import LEASE, NOON, a_job, an_outcome, stored
from tests.rig.stream_records import a_record

SECRET = "a secret of the tests that is long enough for HS256"
SECOND = timedelta(seconds=1)
STATS = "/api/businesses/{}/communication-queue/stats"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The app over empty tables, with nothing cached from another test."""
    monkeypatch.setenv("JWT_SECRET", SECRET)
    with mock_aws():
        monkeypatch.setenv("JOBS_TABLE", make_table("JobsTable"))
        monkeypatch.setenv("TALLIES_TABLE", make_table("TalliesTable"))
        specification = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        boto3.client("dynamodb").update_table(
            TableName="JobsTable", StreamSpecification=specification
        )
        _forget()
        with Client(app.app) as opened:
            yield opened
        _forget()


def _forget() -> None:
    for made in (settings, *(getattr(wiring, name) for name in wiring.__all__)):
        if hasattr(made, "cache_clear"):
            made.cache_clear()


def stream() -> list[dict[str, Any]]:
    """Every record of the jobs table's stream that the mapping's filter lets through."""
    streams = boto3.client("dynamodbstreams")
    arn = streams.list_streams(TableName="JobsTable")["Streams"][0]["StreamArn"]
    found: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found += streams.get_records(ShardIterator=iterator)["Records"]
    for record in found:
        at: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
        record["dynamodb"]["ApproximateCreationDateTime"] = int(at.timestamp())
    return [record for record in found if record["dynamodb"]["Keys"]["sk"]["S"] == "job"]


def tally(client: Client, records: Sequence[dict[str, Any]]) -> object:
    return client.lambda_.invoke("tally", {"Records": list(records)}).payload


def stats(
    client: Client, workspace_id: str = "w1", *, role: str = "admin", workspaces: object = "*"
) -> HTTPResponse:
    claims = {"sub": "test", "role": role, "workspaces": workspaces}
    token = jwt.encode(claims | {"exp": datetime.now(UTC) + timedelta(minutes=5)}, SECRET)
    headers = {"Authorization": f"Bearer {token}"}
    return client.http.get(STATS.format(workspace_id), headers=headers)


def live(jobs: Sequence[Job], *, random: Random) -> None:
    """Store jobs, and move each as far as chance will have it."""
    store = wiring.store()
    store.add([stored(job) for job in jobs])
    for job in jobs:
        claimed = job.claim(at=NOON, lease=LEASE)
        status = random.choice([200, 200, 400, 429, 503])
        steps = [claimed, claimed.record(an_outcome(status), at=NOON + SECOND, wait=SECOND)]
        before = job
        for after in steps[: random.randint(0, 2)]:
            store.move(before, after)
            before = after
        steer(before, random=random)


def steer(job: Job, *, random: Random) -> None:
    """What operators do with some of the jobs, each as far as its state lets them."""
    store = wiring.store()
    act = random.choice(["cancel", "retry", "delete", "nothing"])
    if act == "cancel" and job.status.is_open:
        store.move(job, job.cancel(at=NOON + 2 * SECOND))
    elif act == "retry" and job.status is Status.FAILED:
        store.move(job, job.retry(at=NOON + 2 * SECOND))
    elif act == "delete":
        store.delete(job)


def test_counters_equal_a_recount_after_repeated_and_split_batches(client: Client):
    random = Random(20261201)
    jobs = [a_job(workspace_id=random.choice(["w1", "w2"])) for _ in range(120)]
    live(jobs, random=random)
    records = stream()
    start = 0
    while start < len(records):
        again = start - random.randint(0, 20) if random.random() < 0.2 else start
        end = start + random.randint(1, 40)
        tally(client, records[max(0, again) : end])
        start = end

    report = client.lambda_.invoke("recount", {"repair": False}).payload

    assert report == {"compared": 24, "drift": [], "repaired": False}
    left = wiring.store().get_jobs([job.id for job in jobs])
    assert 0 < len(left) < len(jobs)
    assert sum(stats(client, w).json_body["total"] for w in ("w1", "w2")) == len(left)


def test_stats_have_the_contracts_shape(client: Client):
    job = a_job()
    claimed = job.claim(at=NOON, lease=LEASE)
    completed = claimed.record(an_outcome(), at=NOON + 2.5 * SECOND, wait=SECOND)
    waiting = a_job(due_at=NOON + SECOND)
    wiring.store().add([stored(completed), stored(waiting)])
    tally(client, [a_record(None, waiting), a_record(None, job), a_record(job, claimed)])
    tally(client, [a_record(claimed, completed)])

    answer = stats(client)

    assert answer.status_code == 200
    assert list(answer.json_body.items()) == [
        ("total", 2),
        ("pending", 1),
        ("processing", 0),
        ("completed", 1),
        ("failed", 0),
        ("cancelled", 0),
        ("oldestPending", "2026-12-01T12:00:01.000Z"),
        ("avgProcessingTimeSeconds", 2.5),
    ]


def test_a_workspace_without_jobs_has_zeros_and_nulls(client: Client):
    assert stats(client).json_body == {
        "total": 0,
        "pending": 0,
        "processing": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
        "oldestPending": None,
        "avgProcessingTimeSeconds": 0.0,
    }


@pytest.mark.parametrize(
    ("role", "workspaces", "status", "code"),
    [
        ("admin", ["w1"], 200, None),
        ("manager", ["w1"], 200, None),
        ("support", ["w1", "w2"], 200, None),
        ("user", ["w1"], 403, "forbidden"),
        ("admin", ["w2"], 404, "business_not_found"),
        ("support", [], 404, "business_not_found"),
    ],
)
def test_who_may_see_stats(
    client: Client, role: str, workspaces: list[str], status: int, code: str | None
):
    answer = stats(client, role=role, workspaces=workspaces)

    assert (answer.status_code, answer.json_body.get("code")) == (status, code)


def test_nobody_sees_stats_without_a_token(client: Client):
    answer = client.http.get(STATS.format("w1"))

    assert answer.status_code == 401
    assert answer.json_body["code"] == "unauthenticated"


def test_everyones_tally_is_no_business(client: Client):
    assert stats(client, "*", workspaces=["*"]).status_code == 404


def test_poison_blocks_nothing_and_is_kept(client: Client):
    poison = a_record(None, a_job(id="job-x"), event_id="poison-1")
    del poison["dynamodb"]["NewImage"]["status"]

    answer = tally(client, [poison, a_record(None, a_job())])

    assert answer == {"batchItemFailures": []}
    assert stats(client).json_body["total"] == 1
    items = boto3.client("dynamodb").scan(TableName="TalliesTable")["Items"]
    (kept,) = [item for item in items if item["pk"]["S"].startswith("poison#")]
    assert kept["job_id"] == {"S": "job-x"}
    assert json.loads(kept["record"]["S"]) == poison


def test_a_recount_tells_cloudwatch_how_many_figures_have_drifted(
    client: Client, capsys: pytest.CaptureFixture[str]
):
    live([a_job() for _ in range(5)], random=Random(1))
    drift = client.lambda_.invoke("recount", {}).payload["drift"]

    (told,) = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert json.loads(told)["TallyDrift"] == [len(drift)]
    assert len(drift) > 0


def test_a_recount_repairs_what_the_stream_lost(client: Client):
    live([a_job() for _ in range(5)], random=Random(1))

    report = client.lambda_.invoke("recount", {"repair": True}).payload

    assert report["repaired"] is True
    assert stats(client).json_body["total"] == 5
    assert report["drift"][0].keys() == {
        "workspaceId",
        "channel",
        "queue",
        "figure",
        "counted",
        "tallied",
    }
    assert client.lambda_.invoke("recount", {}).payload["drift"] == []
