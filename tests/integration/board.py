"""The board as its page talks to it."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

from chalice.test import HTTPResponse

from chalicelib import wiring
from chalicelib.flow.count import Count
from chalicelib.model.change import Change
from chalicelib.model.job import Job
from tests.integration.operators import PAST, keep
from tests.integration.service import CHOSEN, Json, Service
from tests.rig.builders import a_job

MOUNT = "/admin/queues"
SMS = "send-sms-queue"
LATER = datetime(2099, 1, 1, tzinfo=UTC)
DATA: Json = {
    "phoneNumber": "+1234567890",
    "message": "from the board",
    "contactId": "contact-1",
    "workspaceId": "w1",
}


def basic(name: str = "", password: str = "") -> str:
    """The header of the board's user, or of somebody else."""
    name = name or CHOSEN["BULL_BOARD_USERNAME"]
    password = password or CHOSEN["BULL_BOARD_PASSWORD"]
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def call(
    service: Service, method: str, path: str, body: object = None, **headers: str
) -> HTTPResponse:
    """A request below the board; a header None is left out."""
    sent = {"Authorization": basic()}
    if body is not None:
        sent["Content-Type"] = "application/json"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = b"" if body is None else json.dumps(body).encode()
    return service.client.http.request(method, f"{MOUNT}{path}", headers=sent, body=raw)


def put(service: Service, path: str, **headers: str) -> HTTPResponse:
    """A command without a body, as the UI's buttons send them."""
    return call(service, "PUT", f"/api/queues/{path}", **headers)


def look(service: Service, **query: object) -> Json:
    """What the page shows: every queue by name."""
    text = f"?{urlencode(query)}" if query else ""
    answer = call(service, "GET", f"/api/queues{text}")
    assert answer.status_code == 200
    return {queue["name"]: queue for queue in answer.json_body["queues"]}


def tab(service: Service, status: str, queue: str = SMS, **query: object) -> list[str]:
    """The ids under a tab."""
    found = look(service, activeQueue=queue, status=status, **query)[queue]["jobs"]
    return [job["id"] for job in found]


def keep_and_count(*jobs: Job) -> None:
    """Store jobs, and let the stream bring them."""
    keep(*jobs)
    changes = [Change(f"new-{job.id}", PAST, None, job) for job in jobs]
    Count(wiring.ledger())(changes)
    wiring.keep_completed()(changes)


def delayed(**changes: object) -> Job:
    """A job that is due in a long while."""
    return a_job(due_at=LATER, attention_at=LATER, **changes)


def error_of(answer: HTTPResponse) -> str:
    """The key or the words that the toast shows."""
    error = answer.json_body["error"]
    return error if isinstance(error, str) else error["key"].removeprefix("ERRORS.")
