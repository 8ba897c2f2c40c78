"""The service over HTTP, as an application uses it: tokens, scheduling, looking at jobs."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

import httpx
import jwt

from tests.rig.measuring.clock import Reading, wall_ns_of

Channel = Literal["sms", "email"]

#: How many job-status requests run at a time: the local cloud's API gains nothing from more.
_STATUS_PARALLEL_COUNT = 4


@dataclass(frozen=True, slots=True)
class Accepted:
    """A scheduling request that was answered 200: its jobs in order, when it went and came back."""

    job_ids: tuple[str, ...]
    sent: Reading
    answered: Reading

    def took_s(self) -> float:
        """Return how long the client waited for the answer."""
        return (self.answered.monotonic_ns - self.sent.monotonic_ns) / 1e9


def mint_token(
    secret: str,
    *,
    role: str = "admin",
    workspaces: Sequence[str] | None = None,
    ttl_s: int = 12 * 3600,
) -> str:
    """Sign a token that may act in these workspaces, or in every one."""
    covered = "*" if workspaces is None else list(workspaces)
    claims = {"sub": "bench", "role": role, "workspaces": covered, "exp": int(time.time()) + ttl_s}
    return jwt.encode(claims, secret, algorithm="HS256")


class RefusedError(Exception):
    """The service did not answer 2xx; the text says what it said instead."""

    def __init__(self, response: httpx.Response) -> None:
        """Keep the status; the text has what was asked for."""
        asked = f"{response.request.method} {response.request.url.path}"
        super().__init__(f"{asked} was answered {response.status_code}: {response.text[:500]}")
        self.status = response.status_code


class QueueClient:
    """The service's routes that benches use."""

    def __init__(self, base_url: str, token: str) -> None:
        """Point at a service's origin, without path."""
        headers = {"Authorization": f"Bearer {token}"}
        limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=60, limits=limits)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def schedule(self, channel: Channel, message: dict[str, Any]) -> Accepted:
        """Schedule one message."""
        sent = Reading.now()
        answer = self.ask("POST", f"/api/schedule-{channel}", body=message)
        return Accepted((answer["jobId"],), sent, Reading.now())

    def schedule_bulk(
        self,
        channel: Channel,
        messages: Sequence[dict[str, Any]],
        *,
        workspace_id: str,
        defaults: dict[str, Any],
    ) -> Accepted:
        """Schedule all the messages by one request."""
        body = {"workspaceId": workspace_id, "defaults": defaults, "messages": messages}
        sent = Reading.now()
        answer = self.ask("POST", f"/api/schedule-{channel}/bulk", body=body)
        return Accepted(tuple(answer["jobIds"]), sent, Reading.now())

    def job_status(self, job_id: str) -> dict[str, Any]:
        """Return what /api/job-status says of one job.

        Raises:
            RefusedError: with status 404 where there is no such job.
        """
        return self.ask("GET", f"/api/job-status/{job_id}")

    def job_statuses(self, job_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Ask for many jobs, a few at a time; the answers in the order of the ids."""
        with ThreadPoolExecutor(_STATUS_PARALLEL_COUNT) as pool:
            return list(pool.map(self.job_status, job_ids))

    def states(self, job_ids: Iterable[str]) -> list[str]:
        """Return the jobs' states; MISSING where the service does not know an id."""
        with ThreadPoolExecutor(_STATUS_PARALLEL_COUNT) as pool:
            return list(pool.map(self._state, job_ids))

    def due_wall_ns(self, job_id: str) -> int:
        """Return the instant for which the service says that a job is scheduled."""
        return wall_ns_of(self.job_status(job_id)["scheduledFor"])

    def stats(self, workspace_id: str) -> dict[str, Any]:
        """Return a workspace's counters."""
        return self.ask("GET", f"/api/businesses/{workspace_id}/communication-queue/stats")

    def _state(self, job_id: str) -> str:
        try:
            return self.job_status(job_id)["status"]
        except RefusedError as refused:
            if refused.status != HTTPStatus.NOT_FOUND:
                raise
            return "MISSING"

    def ask(self, method: str, path: str, *, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - any JSON
        """Return what the service answers.

        Raises:
            RefusedError: where that is not 2xx.
        """
        response = self._http.request(method, path, json=body)
        if not response.is_success:
            raise RefusedError(response)
        return response.json()
