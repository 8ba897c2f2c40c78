"""The application's backend at the other end of httpx's wire: it remembers who called."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.crash.kill_switch import KillSwitch
from tests.simulation.backend import Start

#: The first part of a host is the channel that it serves.
URLS = {"SMS_API_URL": "http://sms.backend.test", "EMAIL_API_URL": "http://email.backend.test"}
#: Who wants to know of jobs that fail.
HOOK = "http://hooks.backend.test/failed"
#: How long it takes.
TAKES_S = 0.02


@dataclass
class WiredBackend(httpx.AsyncBaseTransport):
    """Answers with the statuses that it was told, in their order; then with 200."""

    switch: KillSwitch
    starts: list[Start] = field(default_factory=list[Start])
    #: The ids of the notices that came, and the jobs that they are about.
    posts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    answers: list[int] = field(default_factory=list[int])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The process may die before its request leaves, or while the answer is on its way."""
        is_hook = str(request.url) == HOOK
        self.switch.before("webhook" if is_hook else "callback")
        said = json.loads(request.content)
        if is_hook:
            self.posts.append((request.headers["webhook-id"], said["jobId"]))
        else:
            self.starts.append(_start(request, job_id=said["jobId"]))
        status = self.answers.pop(0) if self.answers else 200
        self.switch.after()
        await asyncio.sleep(TAKES_S)
        return httpx.Response(status, headers={"Retry-After": "1"} if status == 429 else {})


def _start(request: httpx.Request, *, job_id: str) -> Start:
    return Start(
        at=datetime.now(UTC),
        job_id=job_id,
        attempt=int(request.headers["X-Attempt"]),
        key=request.headers["Idempotency-Key"],
        channel=request.url.host.split(".")[0],
    )
