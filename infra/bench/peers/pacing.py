"""Cases of the rate: broadcasts at several slownesses, two queues at once, a limiter's edges."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import partial

from infra.bench.peers.side import Side
from tests.rig.client import Accepted
from tests.rig.cloud.stage import WORKSPACE_ID
from tests.rig.comparing.figure import Better, Figure
from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.rates import most_in_window, slots_used_share
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import RATE_PER_S, messages, patience_s
from tests.rig.sink.answers import Answers
from tests.rig.sink.process import SinkProcess

_RATE = RATE_PER_S["sms"]
_BROADCAST_COUNT = 2_000
_IDLE_S = 8.0
#: How far ahead the scheduled half of the two queues is due: time enough to accept it.
_AHEAD_MS = 6_000
#: The edge: one opens the window, the rest of it comes at its end, another whole one right after.
_EDGE_ROUNDS = 4
_OPENS_MS, _ENDS_MS, _NEXT_MS = 1_500, 2_400, 2_510


def most(arrivals: Sequence[Arrival]) -> Figure:
    """Return how many came in the fullest second, of which 50 are allowed."""
    count = most_in_window(arrival.monotonic_ns for arrival in arrivals)
    label = f"most in any sliding second (limit {_RATE})"
    return Figure(label, count, Better.WITHIN, digits=0, limit=_RATE)


def send(side: Side, bodies: Sequence[dict[str, object]], *, delay_ms: int = 0) -> Accepted:
    """Schedule SMS by one request."""
    return side.client.schedule_bulk(
        "sms", bodies, workspace_id=WORKSPACE_ID, defaults={"delay": delay_ms}
    )


def wait(sink: SinkProcess, count: int, *, label: str) -> list[Arrival]:
    """Wait until so many SMS were called back; return all callbacks."""
    timeout_s = patience_s("sms", count)
    wait_for_callbacks(sink.job_count, expected_count=count, timeout_s=timeout_s, label=label)
    return sink.arrivals()


def broadcast(side: Side, sink: SinkProcess, *, latency_ms: float) -> Sequence[Figure]:
    """Send 2,000 SMS; times, rate, and the CPU that it took."""
    sink.answer_with(Answers(latency_ms=latency_ms))
    before = side.processor()
    accepted = send(side, messages("sms", _BROADCAST_COUNT))
    arrivals = wait(sink, _BROADCAST_COUNT, label=f"broadcast, {latency_ms:.0f} ms")
    used = side.processor() - before
    at_ns = [arrival.monotonic_ns for arrival in arrivals]
    missing_count = _BROADCAST_COUNT - len({arrival.job_id for arrival in arrivals})
    per_message_ms = 1_000 / _BROADCAST_COUNT
    return (
        Figure("request → its answer, s", accepted.took_s(), digits=2),
        Figure(
            "request → last callback, s",
            _until_last_s(accepted, at_ns, missing_count=missing_count),
        ),
        most(arrivals),
        Figure(
            "share of the rate used, %",
            100 * slots_used_share(at_ns, rate_per_s=_RATE),
            Better.HIGHER,
        ),
        Figure("missing", missing_count, digits=0),
        Figure("CPU a message, ms: all of it", used.all_s * per_message_ms),
        Figure("… the service's own processes", used.code_s * per_message_ms),
        Figure(
            "… the platform (emulator; Redis)",
            used.platform_s * per_message_ms,
            Better.INCOMPARABLE,
        ),
    )


def _until_last_s(accepted: Accepted, at_ns: Sequence[int], *, missing_count: int) -> float:
    if missing_count:
        return math.nan
    return (max(at_ns) - accepted.sent.monotonic_ns) / NS_PER_S


def two_queues(side: Side, sink: SinkProcess) -> Sequence[Figure]:
    """Let 500 scheduled SMS and 500 immediate ones be due together."""
    scheduled = send(side, messages("sms", 500), delay_ms=_AHEAD_MS)
    due_s = scheduled.sent.monotonic_ns / NS_PER_S + _AHEAD_MS / 1_000
    time.sleep(max(0.0, due_s - scheduled.took_s() - time.monotonic()))
    now = send(side, messages("sms", 500))
    arrivals = wait(sink, 1_000, label="two queues")
    missing_count = 1_000 - len({arrival.job_id for arrival in arrivals})
    at_ns = [arrival.monotonic_ns for arrival in arrivals]
    last_s = _until_last_s(now, at_ns, missing_count=missing_count)
    return (
        most(arrivals),
        Figure("missing", missing_count, digits=0),
        Figure("due → last callback, s", last_s, Better.INCOMPARABLE),
    )


def window_edge(side: Side, sink: SinkProcess) -> Sequence[Figure]:
    """Let 99 SMS be due around the end of the second that one SMS began, some times over."""
    delays_ms = (_OPENS_MS, *(_ENDS_MS,) * (_RATE - 1), *(_NEXT_MS,) * _RATE)
    bodies = messages("sms", len(delays_ms))
    fullest: list[Figure] = []
    missing_count = 0
    for _ in range(_EDGE_ROUNDS):
        sink.clear()
        send(side, [body | {"delay": ms} for body, ms in zip(bodies, delays_ms, strict=True)])
        arrivals = wait(sink, len(bodies), label="window's edge")
        fullest.append(most(arrivals))
        missing_count += len(bodies) - len({arrival.job_id for arrival in arrivals})
    return (
        max(fullest, key=lambda each: each.value),
        Figure("missing", missing_count, digits=0),
    )


def idle(side: Side, _: SinkProcess) -> Sequence[Figure]:
    """Look at the CPU that it takes to wait."""
    before = side.processor()
    time.sleep(_IDLE_S)
    used = side.processor() - before
    return (
        Figure("CPU, % of a core: the service's own processes", 100 * used.code_s / _IDLE_S),
        Figure(
            "… the platform (emulator; Redis)",
            100 * used.platform_s / _IDLE_S,
            Better.INCOMPARABLE,
        ),
    )


fast = partial(broadcast, latency_ms=0)
slow = partial(broadcast, latency_ms=300)
slower = partial(broadcast, latency_ms=2_000)
