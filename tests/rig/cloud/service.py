"""The whole service on a local cloud of the tests' own, and the backend that it calls back."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx

from infra.layer import BUILD
from infra.local.emulator import client_for
from tests.rig.cloud.clockwork import Clockwork
from tests.rig.cloud.local import LocalCloud
from tests.rig.measuring.arrivals import Arrival
from tests.rig.sink.answers import Answers
from tests.rig.sink.process import SinkProcess

_LOOK_INTERVAL_S = 0.05
#: How long anything may take on a busy machine.
PATIENCE_S = 60.0
_Seen = TypeVar("_Seen")


@dataclass(frozen=True)
class Service:
    """What a test holds: the running cloud, its callers' side, its backend's side."""

    cloud: LocalCloud
    #: Calls the service as an admin of every workspace.
    http: httpx.Client
    #: What the service calls back.
    sink: SinkProcess

    @cached_property
    def clockwork(self) -> Clockwork:
        """The clock of its stack."""
        return Clockwork(client_for(self.cloud.emulator_url()))

    @property
    def folder(self) -> Path:
        """Where the cloud keeps its package and its logs."""
        return BUILD / "local" / self.cloud.url.rpartition(":")[2]

    def logged(self, text: str) -> list[dict[str, Any]]:
        """The lines with this text in the logs of all functions."""
        logs = (self.folder / "logs").glob("*.log")
        lines = [line for log in logs for line in log.read_text("utf-8").splitlines()]
        return [json.loads(line[line.index("{") :]) for line in lines if text in line]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post JSON; the answer's JSON, an error where the status is none of 2xx."""
        return self.http.post(path, json=body).raise_for_status().json()

    def figures(self, workspace_id: str, **wanted: int) -> dict[str, int]:
        """These figures of a workspace, once they are as wanted or patience is out."""
        path = f"/api/businesses/{workspace_id}/communication-queue/stats"

        def look() -> dict[str, int]:
            stats = self.http.get(path).raise_for_status().json()
            return {name: stats[name] for name in wanted}

        return waited_for(look, wanted.__eq__, PATIENCE_S)

    def status(self, job_id: str, wanted: str) -> str:
        """A job's status, once it is the wanted one or patience is out."""

        def look() -> str:
            return self.http.get(f"/api/job-status/{job_id}").raise_for_status().json()["status"]

        return waited_for(look, wanted.__eq__, PATIENCE_S)

    def callbacks(self, job_ids: list[str]) -> list[Arrival]:
        """The callbacks that arrived for these jobs, in order of arrival."""
        wanted = set(job_ids)
        return [arrival for arrival in self.sink.arrivals() if arrival.job_id in wanted]

    def callbacks_within(
        self, patience_s: float, job_ids: list[str], *, count: int
    ) -> list[Arrival]:
        """Wait until ``count`` callbacks arrived for these jobs, or patience is out."""
        return waited_for(
            lambda: self.callbacks(job_ids), lambda found: len(found) >= count, patience_s
        )


def waited_for(
    look: Callable[[], _Seen], is_enough: Callable[[_Seen], bool], patience_s: float
) -> _Seen:
    """Look until it is enough or patience is out; answer what was seen last."""
    deadline_s = time.monotonic() + patience_s
    while not is_enough(seen := look()) and time.monotonic() < deadline_s:
        time.sleep(_LOOK_INTERVAL_S)
    return seen


@contextmanager
def running_service(**settings: str) -> Iterator[Service]:
    """A service with these settings (what ``make run`` honours) and a sink for its callbacks.

    Its workers' processes start with their first jobs.
    """
    with running_sink() as sink:
        urls = {"SMS_API_URL": sink.url, "EMAIL_API_URL": sink.url, "WARM_UP": "false"}
        with LocalCloud({**urls, **settings}) as cloud, _client(cloud) as http:
            yield Service(cloud, http, sink)


def with_default_manners(service: Service) -> Service:
    """The same service, its sink answering 200 at once whatever the last test made it do."""
    service.sink.answer_with(Answers())
    return service


@contextmanager
def running_sink() -> Iterator[SinkProcess]:
    """What takes the callbacks."""
    with SinkProcess() as sink:
        yield sink
    for pipe in (sink._process.stdin, sink._process.stdout):
        if pipe is not None:
            pipe.close()


def _client(cloud: LocalCloud) -> httpx.Client:
    headers = {"Authorization": f"Bearer {cloud.token}"}
    return httpx.Client(base_url=cloud.url, headers=headers, timeout=60)
