"""Several workspaces on one stage: their messages, their limits, and what each got."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.rig.client import Accepted
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.arrivals import Arrival, by_job
from tests.rig.measuring.clock import NS_PER_S, wall_ns_of
from tests.rig.measuring.rates import count_within, most_in_window
from tests.rig.measuring.report import say
from tests.rig.messages import a_message, messages

#: One figure of a table: what it is, what was measured, what is allowed.
Figure = tuple[str, str, str]
HEADER = ("figure", "measured", "limit")
#: The SMS a second that the spacing of 20.4 ms leaves room for.
MOST_PER_S = 50 / 1.02


def broadcast(stage: Stage, workspace_id: str, *, count: int, **defaults: Any) -> Accepted:  # noqa: ANN401 - any field
    """Schedule so many SMS of a workspace by one request."""
    return stage.client.schedule_bulk(
        "sms", messages("sms", count), workspace_id=workspace_id, defaults=defaults
    )


def single(stage: Stage, workspace_id: str, *, number: int = 0) -> Accepted:
    """Schedule one SMS of a workspace for now."""
    return stage.client.schedule("sms", a_message("sms", number) | {"workspaceId": workspace_id})


def limit_sms(stage: Stage, workspace_id: str, *, per_s: int) -> None:
    """Give a workspace a limit of its own."""
    stage.client.ask(
        "PUT",
        f"/api/workspaces/{workspace_id}/settings",
        body={"limits": {"sms": {"perSecond": per_s}}},
    )


def instants(arrivals: Sequence[Arrival]) -> list[int]:
    """Return when they came, on the monotonic clock."""
    return [arrival.monotonic_ns for arrival in arrivals]


def rate_per_s(arrivals: Sequence[Arrival], start_ns: int, *, end_ns: int) -> float:
    """Return the callbacks a second in a window."""
    return (
        count_within(instants(arrivals), start_ns, end_ns=end_ns) * NS_PER_S / (end_ns - start_ns)
    )


def channel_figures(arrivals: Sequence[Arrival], start_ns: int, *, end_ns: int) -> list[Figure]:
    """Say how the channel was used in a window in which somebody always waited.

    What came after it is left out: while the sink hands its records over, its stamps are late.
    """
    rate = rate_per_s(arrivals, start_ns, end_ns=end_ns)
    span_s = (end_ns - start_ns) / NS_PER_S
    most = most_in_window(each for each in instants(arrivals) if each < end_ns)
    return [
        (
            f"channel's callbacks a second over {span_s:.0f} s",
            f"{rate:.1f} ({rate / MOST_PER_S:.1%} of {MOST_PER_S:.1f})",
            "≥ 49.0",
        ),
        ("most in any sliding second, all", str(most), "50"),
    ]


@dataclass(slots=True)
class Singles:
    """Single SMS of workspaces that have nothing else, one every so often."""

    stage: Stage
    every_s: float
    prefix: str
    accepted: list[Accepted] = field(default_factory=list[Accepted])

    @contextmanager
    def going(self) -> Generator[None]:
        """Schedule them meanwhile."""
        over = Event()
        with ThreadPoolExecutor(1) as pool:
            going = pool.submit(self._go, over)
            try:
                yield
            finally:
                over.set()
            going.result()

    def _go(self, over: Event) -> None:
        while not over.wait(self.every_s):
            number = len(self.accepted)
            self.accepted.append(single(self.stage, f"{self.prefix}-{number}", number=number))

    def late_s(self, arrivals: Sequence[Arrival]) -> list[float]:
        """Return due → first callback of each that came."""
        calls = by_job(arrivals)
        came = [each.job_ids[0] for each in self.accepted if each.job_ids[0] in calls]
        due = self._due_wall_ns(came)
        return [(calls[job_id][0].wall_ns - due[job_id]) / NS_PER_S for job_id in came]

    def took_s(self) -> list[float]:
        """Return how long each request took."""
        return [each.took_s() for each in self.accepted]

    def _due_wall_ns(self, job_ids: Sequence[str]) -> Mapping[str, int]:
        answers = self.stage.client.job_statuses(job_ids)
        return {each["jobId"]: wall_ns_of(each["scheduledFor"]) for each in answers}


def watch(seconds: float, *, label: str) -> None:
    """Let time pass, and say so."""
    say(f"{label}: {seconds:.0f} s")
    time.sleep(seconds)
