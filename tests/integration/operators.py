"""Operators of workspace w1, as the service's routes see them."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from chalice.test import HTTPResponse

from chalicelib import wiring
from chalicelib.model.job import Job, Payload
from tests.integration.service import Json, Service, a_token
from tests.rig.builders import LEASE, a_job, an_outcome, stored

QUEUE = "/api/businesses/w1/communication-queue"
#: Long before anything in these tests, which take place in real time.
PAST = datetime(2026, 1, 1, tzinfo=UTC)


def ask(service: Service, path: str, *, role: str = "admin", **params: object) -> HTTPResponse:
    """A GET below w1's queue."""
    query = f"?{urlencode(params)}" if params else ""
    return service.get(f"{QUEUE}{path}{query}", token=a_token(role=role, sub="ada"))


def tell(service: Service, path: str, body: object = None, *, role: str = "admin") -> HTTPResponse:
    """A POST below w1's queue."""
    said = b"" if body is None else body
    return service.post(f"{QUEUE}{path}", said, token=a_token(role=role, sub="ada"))


def remove(service: Service, path: str, *, role: str = "admin") -> HTTPResponse:
    """A DELETE below w1's queue."""
    headers = {"Authorization": f"Bearer {a_token(role=role, sub='ada')}"}
    return service.client.http.delete(f"{QUEUE}{path}", headers=headers)


def keep(*jobs: Job, payload: Payload | None = None) -> None:
    """Store jobs as they are."""
    wiring.store().add([stored(job, payload) for job in jobs])


def now(job: Job) -> Job:
    """A job as it is now."""
    return wiring.store().get_jobs([job.id])[job.id]


def a_claimed_job(**changes: object) -> Job:
    """A job whose first callback has started."""
    return a_job(**changes).claim(at=PAST, lease=LEASE)


def a_failed_job(*, at: datetime = PAST, **changes: object) -> Job:
    """A job whose only attempt was refused."""
    claimed = a_job(**changes).claim(at=at, lease=LEASE)
    return claimed.record(an_outcome(404, text="no such number"), at=at, wait=LEASE)


def a_completed_job(**changes: object) -> Job:
    """A job whose callback was taken."""
    return a_claimed_job(**changes).record(an_outcome(200), at=PAST, wait=LEASE)


def audit(service: Service) -> list[Json]:
    """Every entry of w1's audit trail, the newest first."""
    return ask(service, "/audit", limit=500).json_body["entries"]


def pages(service: Service, path: str, **params: object) -> Iterator[HTTPResponse]:
    """The answers of a list that goes on by cursors, in a header or in the body."""
    while True:
        answer = ask(service, path, **params)
        assert answer.status_code == 200, answer.body
        yield answer
        cursor = answer.headers.get("X-Next-Cursor")
        if "json" in answer.headers["Content-Type"] and isinstance(answer.json_body, dict):
            cursor = answer.json_body["cursor"]
        if cursor is None:
            return
        params["cursor"] = cursor


def rows_of(text: str) -> list[list[str]]:
    """The cells of a CSV file."""
    return list(csv.reader(io.StringIO(text)))
