"""The case of single delays: none early, and how late."""

from __future__ import annotations

import math
from collections.abc import Sequence

from infra.bench.delays import chosen_delays_ms, schedule_all
from infra.bench.peers.side import Side
from tests.rig.comparing.figure import Figure
from tests.rig.measuring.arrivals import by_job
from tests.rig.measuring.clock import NS_PER_S, wall_ns_of
from tests.rig.measuring.rates import percentile
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.sink.process import SinkProcess

_COUNT = 150
_LOW_S, _HIGH_S = 1, 10
_PATIENCE_S = 30.0


def delays(side: Side, sink: SinkProcess) -> Sequence[Figure]:
    """Schedule SMS with delays of 1–10 s, each by its own request, one after the other."""
    accepted = schedule_all(
        side.client, "sms", delays_ms=chosen_delays_ms(_COUNT, low_s=_LOW_S, high_s=_HIGH_S)
    )
    wait_for_callbacks(
        sink.job_count, expected_count=_COUNT, timeout_s=_HIGH_S + _PATIENCE_S, label="delays"
    )
    calls = by_job(sink.arrivals())
    answers = side.client.job_statuses(each.job_ids[0] for each in accepted)
    late_ms = [
        (calls[answer["jobId"]][0].wall_ns - wall_ns_of(answer["scheduledFor"])) / NS_PER_S * 1_000
        for answer in answers
        if answer["jobId"] in calls
    ]
    took_ms = [each.took_s() * 1_000 for each in accepted]
    return (
        Figure("early", sum(late < 0 for late in late_ms), digits=0),
        Figure("missing", _COUNT - len(calls), digits=0),
        Figure("late, ms: p50", percentile(late_ms, 0.5)),
        Figure("late, ms: p99", percentile(late_ms, 0.99)),
        Figure("late, ms: most", max(late_ms, default=math.nan)),
        Figure("one request, ms: p50", percentile(took_ms, 0.5)),
    )
