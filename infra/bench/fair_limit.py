"""A workspace with a limit of its own: beside another's broadcast, by singles, by two queues."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from infra.bench.tenants import (
    Figure,
    broadcast,
    channel_figures,
    instants,
    limit_sms,
    rate_per_s,
    single,
)
from tests.rig.cloud.local import LOG_FOLDER
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.rates import most_in_window, shortest_span_ns
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import patience_s

_PER_S = 10
_BESIDE = 1_500
_BROADCAST = 300
_FEW = 100


def play(stage: Stage) -> list[Figure]:
    """Play the three, one after the other."""
    return [*_beside(stage), *_singles(stage), *_two_queues(stage)]


def _beside(stage: Stage) -> list[Figure]:
    limit_sms(stage, "limited", per_s=_PER_S)
    broadcast(stage, "limited", count=_BROADCAST)
    accepted = broadcast(stage, "unlimited", count=_BESIDE)
    _wait(stage, _BROADCAST + _BESIDE, label="limit-beside")
    arrivals = stage.sink.arrivals()
    start_ns = accepted.answered.monotonic_ns
    limited, others = _of(arrivals, "limited"), _of(arrivals, "unlimited")
    end_ns = min(max(instants(limited)), max(instants(others)))
    exceeded = stage.client.ask("GET", "/api/metrics/workspace/limited")
    return [
        *_strictness(f"{_BROADCAST} of one bulk", limited, expected=_BROADCAST),
        ("the other's rate meanwhile", f"{rate_per_s(others, start_ns, end_ns=end_ns):.1f}/s", ""),
        ("the other's most in any second", str(most_in_window(instants(others))), "50"),
        *channel_figures(arrivals, start_ns, end_ns=end_ns),
        ("exceedances: sms count", str(exceeded["sms"]["count"]), "> 0"),
        ("… the newest detail", json.dumps(exceeded["sms"]["details"][:1]), "batch size"),
    ]


def _singles(stage: Stage) -> list[Figure]:
    limit_sms(stage, "limited-singles", per_s=_PER_S)
    stage.sink.clear()
    with ThreadPoolExecutor(8) as pool:
        for number in range(_FEW):
            pool.submit(single, stage, "limited-singles", number=number)
    _wait(stage, _FEW, label="limit-singles")
    arrivals = _of(stage.sink.arrivals(), "limited-singles")
    return _strictness(f"{_FEW} singles by 8 threads", arrivals, expected=_FEW)


def _two_queues(stage: Stage) -> list[Figure]:
    limit_sms(stage, "limited-twice", per_s=_PER_S)
    stage.sink.clear()
    broadcast(stage, "limited-twice", count=_FEW, delay=2_000)
    broadcast(stage, "limited-twice", count=_FEW)
    _wait(stage, 2 * _FEW, label="limit-two-queues")
    arrivals = _of(stage.sink.arrivals(), "limited-twice")
    return _strictness(f"{_FEW} now and {_FEW} in 2 s", arrivals, expected=2 * _FEW)


def _wait(stage: Stage, count: int, *, label: str) -> None:
    """Wait for the callbacks, and keep them: the next case begins with none."""
    wait_for_callbacks(
        stage.sink.job_count,
        expected_count=count,
        timeout_s=patience_s("sms", count) + count / _PER_S,
        label=label,
    )
    stage.sink.save(LOG_FOLDER / f"fairness-{label}.jsonl")


def _of(arrivals: Sequence[Arrival], workspace_id: str) -> list[Arrival]:
    return [each for each in arrivals if each.workspace_id == workspace_id]


def _strictness(label: str, arrivals: Sequence[Arrival], *, expected: int) -> list[Figure]:
    came = instants(arrivals)
    span_ns = shortest_span_ns(came, count=_PER_S + 1) or 0
    took_s = (max(came) - min(came)) / NS_PER_S
    return [
        (f"{label}: called back", f"{len(came)} of {expected}", "all, once"),
        (f"{label}: most in any sliding second", str(most_in_window(came)), str(_PER_S)),
        (f"{label}: one more came within", f"{span_ns / NS_PER_S:.3f} s", "> 1 s"),
        (f"{label}: rate", f"{(len(came) - 1) / took_s:.2f}/s", f"≤ {_PER_S}"),
    ]
