"""Cases of death: a worker, and the store of the replaced service, killed amid a broadcast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from infra.bench.peers.pacing import send
from infra.bench.peers.replaced import Replaced
from infra.bench.peers.side import Side
from tests.rig.client import Accepted
from tests.rig.comparing.figure import Better, Figure
from tests.rig.measuring.arrivals import Arrival, repeated
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import messages
from tests.rig.sink.answers import Answers
from tests.rig.sink.process import SinkProcess

_COUNT = 500
_KILL_AFTER_COUNT = 150
#: So slow that calls are under way whenever it is that somebody dies.
_LATENCY_MS = 1_000
_PATIENCE_S = 150.0
_OPEN_STATES = ("SCHEDULED", "PROCESSING")
#: How often a service is asked what became of its jobs.
_ASK_EVERY_S = 2.0


def worker_killed(side: Side, sink: SinkProcess) -> Sequence[Figure]:
    """Kill the busiest worker amid a broadcast of 500 SMS, once 150 were called back."""
    accepted, killed = _kill_amid(side, sink, kill=side.kill_a_worker)
    wait_for_callbacks(
        sink.job_count, expected_count=_COUNT, timeout_s=_PATIENCE_S, label="worker killed"
    )
    _wait_until_none_is_open(side, accepted)
    return _figures(side, accepted, killed=killed, arrivals=sink.arrivals())


def store_killed(side: Replaced, sink: SinkProcess) -> Sequence[Figure]:
    """Kill Redis amid a broadcast, start it a second later on the files that it left."""
    accepted, killed = _kill_amid(side, sink, kill=side.kill_redis)
    _wait_until_none_is_open(side, accepted)
    return _figures(side, accepted, killed=killed, arrivals=sink.arrivals())


def store_killed_after_snapshot(side: Replaced, sink: SinkProcess) -> Sequence[Figure]:
    """Do that where Redis saved a snapshot right after it took the broadcast."""
    accepted, killed = _kill_amid(side, sink, kill=side.kill_redis, accepted_then=side.save)
    _wait_until_none_is_open(side, accepted)
    return _figures(side, accepted, killed=killed, arrivals=sink.arrivals())


def _kill_amid(
    side: Side,
    sink: SinkProcess,
    *,
    kill: Callable[[], None],
    accepted_then: Callable[[], None] = lambda: None,
) -> tuple[Accepted, Reading]:
    sink.answer_with(Answers(latency_ms=_LATENCY_MS))
    accepted = send(side, messages("sms", _COUNT))
    accepted_then()
    while sink.job_count() < _KILL_AFTER_COUNT:
        time.sleep(0.02)
    killed = Reading.now()
    kill()
    return accepted, killed


def _wait_until_none_is_open(side: Side, accepted: Accepted) -> None:
    """Wait for second calls too: a job that was called by whoever died is open until its next."""
    deadline_s = time.monotonic() + _PATIENCE_S
    open_ids = accepted.job_ids
    while open_ids and time.monotonic() < deadline_s:
        time.sleep(_ASK_EVERY_S)
        states = zip(open_ids, side.client.states(open_ids), strict=True)
        open_ids = tuple(job_id for job_id, state in states if state in _OPEN_STATES)


def _figures(
    side: Side, accepted: Accepted, *, killed: Reading, arrivals: Sequence[Arrival]
) -> Sequence[Figure]:
    called = {arrival.job_id for arrival in arrivals}
    states = side.client.states({*accepted.job_ids} - called)
    waiting_count = sum(state in _OPEN_STATES for state in states)
    lost = Figure(f"lost of {_COUNT} accepted", len(states) - waiting_count, Better.WITHIN, 0)
    waiting = Figure(f"waiting still after {_PATIENCE_S:.0f} s", waiting_count, Better.WITHIN, 0)
    last_ns = max(arrival.monotonic_ns for arrival in arrivals)
    return (
        lost,
        waiting,
        Figure("called more than once", len(repeated(arrivals)), digits=0),
        Figure("kill → last callback, s", max(0.0, last_ns - killed.monotonic_ns) / NS_PER_S),
    )
