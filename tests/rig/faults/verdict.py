"""What became of a scenario's jobs: each promise, by the backend's own record and by the API."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.emulator import client_for
from infra.local.stack import STACK_NAME
from infra.recount import recount
from tests.rig.client import Channel
from tests.rig.faults.load import CHANNELS, PATHS
from tests.rig.faults.scene import Scene
from tests.rig.measuring.arrivals import Arrival, by_job, differently_keyed, repeated
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.rates import most_in_window
from tests.rig.messages import RATE_PER_S

#: What is not through so long after the fault's end, and the last due instant, is lost: a lease of
#: 30 s and a minute until the rescue looks, for each of three attempts.
PATIENCE_S = 300.0
#: How long the stream's readers may be behind.
_COUNTED_S = 30.0
_LOOK_EVERY_S = 1.0
#: To see what should not come after the last callback: a second one.
_SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Struck:
    """What was done, from when until when."""

    what: str
    began: Reading
    ended: Reading


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scenario's row says; counts of jobs where nothing else is said."""

    accepted: int
    never_called: int
    still_open: int
    failed: int
    called_again: int
    #: Callbacks that are not in their job's history, or not as an attempt of their own.
    unrecorded: int
    differently_keyed: int
    #: Called back, though no caller was told of them.
    unasked: int
    early: int
    given_up: Sequence[str]
    #: Counters that a recount contradicts, and workspaces whose total is not what was accepted.
    counters_off: int
    dead_letters: int
    peaks: Mapping[Channel, int]
    fault_s: float
    #: From the fault's end to the first callback, and to the last (or from its due instant).
    first_again_s: float
    all_done_s: float

    def broken(self) -> list[str]:
        """Name the promises that were broken."""
        counts = {
            "never called back": self.never_called,
            "still open": self.still_open,
            "callbacks not in the history": self.unrecorded,
            "called with another key": self.differently_keyed,
            "called, but never accepted": self.unasked,
            "called early": self.early,
            "requests given up": len(self.given_up),
            "counters off": self.counters_off,
        }
        broken = [f"{count} {what}" for what, count in counts.items() if count]
        over = [
            f"{peak} starts of {channel} in a second"
            for channel, peak in self.peaks.items()
            if peak > RATE_PER_S[channel]
        ]
        return broken + over


def wait_until_done(scene: Scene) -> None:
    """Wait until every accepted job was called back and none is open, or patience is out."""
    due_wall_ns = max(scene.load.earliest_wall_ns.values(), default=0)
    until_due_s = max(0.0, (due_wall_ns - time.time_ns()) / NS_PER_S)
    deadline_s = time.monotonic() + until_due_s + PATIENCE_S
    while time.monotonic() < deadline_s:
        time.sleep(_LOOK_EVERY_S)
        if scene.stage.sink.job_count() >= len(scene.load.earliest_wall_ns) and not _open(scene):
            break
    time.sleep(_SETTLE_S)


def judge(scene: Scene, struck: Struck) -> Verdict:
    """Look at what the backend saw and at what the service says, once it is quiet."""
    load, arrivals = scene.load, scene.stage.sink.arrivals()
    called = by_job(arrivals)
    stats = _settled_stats(scene)
    return Verdict(
        accepted=len(load.earliest_wall_ns),
        never_called=len(load.earliest_wall_ns.keys() - called.keys()),
        still_open=sum(each["pending"] + each["processing"] for each in stats),
        failed=sum(each["failed"] for each in stats),
        called_again=len(repeated(arrivals)),
        unrecorded=unrecorded_count(repeated(arrivals), _histories(scene, repeated(arrivals))),
        differently_keyed=len(differently_keyed(arrivals)),
        unasked=len(called.keys() - load.earliest_wall_ns.keys()),
        early=sum(
            calls[0].wall_ns < load.earliest_wall_ns.get(job_id, 0)
            for job_id, calls in called.items()
        ),
        given_up=load.given_up,
        counters_off=_drift_count(scene)
        + (sum(each["total"] for each in stats) != len(load.earliest_wall_ns)),
        dead_letters=dead_letter_count(scene),
        peaks=_peaks(arrivals),
        fault_s=(struck.ended.monotonic_ns - struck.began.monotonic_ns) / NS_PER_S,
        first_again_s=_first_again_s(arrivals, struck),
        all_done_s=_all_done_s(scene, arrivals, struck=struck),
    )


def dead_letter_count(scene: Scene) -> int:
    """Count what lies in the stack's dead-letter queues."""
    sqs = client_for(scene.stage.cloud.emulator_url())("sqs")
    name = "ApproximateNumberOfMessages"
    return sum(
        int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])
        for url in sqs.list_queues(QueueNamePrefix=STACK_NAME)["QueueUrls"]
        if url.endswith("dead-letters")
    )


def _stats(scene: Scene) -> list[dict[str, Any]]:
    return [scene.stage.client.stats(each) for each in scene.load.workspace_ids]


def _open(scene: Scene) -> int:
    return sum(each["pending"] + each["processing"] for each in _stats(scene))


def _settled_stats(scene: Scene) -> list[dict[str, Any]]:
    deadline_s = time.monotonic() + _COUNTED_S
    expected = len(scene.load.earliest_wall_ns)
    while time.monotonic() < deadline_s:
        stats = _stats(scene)
        if sum(each["completed"] + each["failed"] for each in stats) == expected:
            return stats
        time.sleep(_LOOK_EVERY_S)
    return _stats(scene)


def _drift_count(scene: Scene) -> int:
    clients = client_for(scene.stage.cloud.emulator_url())
    deadline_s = time.monotonic() + _COUNTED_S
    while drift := recount(clients, STACK_NAME, repair=False)["drift"]:
        if time.monotonic() > deadline_s:
            break
        time.sleep(_LOOK_EVERY_S)
    return len(drift)


def unrecorded_count(
    calls: Mapping[str, Sequence[Arrival]], attempts: Mapping[str, Iterable[int]]
) -> int:
    """Count the callbacks that are no attempt of their own among those in their job's history."""
    return sum(
        len(group) - len({call.attempt for call in group} & {*attempts[job_id]})
        for job_id, group in calls.items()
    )


def _histories(scene: Scene, job_ids: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the attempts that the service knows of."""
    return {
        answer["jobId"]: [attempt["attempt"] for attempt in answer["job"]["history"]]
        for answer in scene.stage.client.job_statuses(job_ids)
    }


def _peaks(arrivals: Sequence[Arrival]) -> dict[Channel, int]:
    return {
        channel: most_in_window(a.monotonic_ns for a in arrivals if a.path == PATHS[channel])
        for channel in CHANNELS
    }


def _first_again_s(arrivals: Sequence[Arrival], struck: Struck) -> float:
    end_ns = struck.ended.monotonic_ns
    first_ns = min(
        (each.monotonic_ns for each in arrivals if each.monotonic_ns > end_ns), default=end_ns
    )
    return (first_ns - end_ns) / NS_PER_S


def _all_done_s(scene: Scene, arrivals: Sequence[Arrival], *, struck: Struck) -> float:
    waits_ns = (
        each.wall_ns - max(struck.ended.wall_ns, scene.load.earliest_wall_ns.get(each.job_id, 0))
        for each in arrivals
    )
    return max(0, *waits_ns) / NS_PER_S
