"""High overtakes normal and low of the same workspace; low still moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.bench.tenants import Figure, broadcast, channel_figures, watch
from tests.rig.client import Accepted
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.arrivals import by_job
from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.rates import count_within
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import patience_s

_COUNTS = {"low": 1_000, "normal": 1_500, "high": 200}
#: High comes when the others are under way.
_HEAD_START_S = 5.0


def play(stage: Stage) -> list[Figure]:
    """Schedule low and normal, and high a moment later."""
    accepted = {each: _send(stage, each) for each in ("low", "normal")}
    watch(_HEAD_START_S, label="low and normal alone")
    accepted["high"] = _send(stage, "high")
    total = sum(_COUNTS.values())
    done = wait_for_callbacks(
        stage.sink.job_count,
        expected_count=total,
        timeout_s=patience_s("sms", total),
        label="priorities",
    )
    arrivals = stage.sink.arrivals()
    calls = {job_id: group[0].monotonic_ns for job_id, group in by_job(arrivals).items()}
    came = {
        priority: [calls[job_id] for job_id in each.job_ids if job_id in calls]
        for priority, each in accepted.items()
    }
    at_ns = accepted["high"].answered.monotonic_ns
    start_ns = accepted["normal"].answered.monotonic_ns
    last = {priority: max(each) for priority, each in came.items()}
    high_s = [(each - at_ns) / NS_PER_S for each in sorted(came["high"])]
    return [
        ("called back", f"{done:,} of {total:,}", "all"),
        ("high: first after its accept", f"{high_s[0]:.1f} s", ""),
        ("high: last (200 at 37/s need 5.4 s)", f"{high_s[-1]:.1f} s", ""),
        ("normal, low: last", _last(last, at_ns), ""),
        *_shares(came, "all three wait", start_ns=min(came["high"]), end_ns=last["high"]),
        *_shares(came, "low and normal wait", start_ns=last["high"], end_ns=last["normal"]),
        *channel_figures(arrivals, start_ns, end_ns=max(last.values())),
    ]


def _send(stage: Stage, priority: str) -> Accepted:
    return broadcast(stage, "priorities", count=_COUNTS[priority], priority=priority)


def _last(last: Mapping[str, int], at_ns: int) -> str:
    return ", ".join(f"{(last[each] - at_ns) / NS_PER_S:.1f} s" for each in ("normal", "low"))


def _shares(
    came: Mapping[str, Sequence[int]], label: str, *, start_ns: int, end_ns: int
) -> list[Figure]:
    counts = {each: count_within(found, start_ns, end_ns=end_ns) for each, found in came.items()}
    total = sum(counts.values()) or 1
    shares = ", ".join(f"{each} {counts[each] / total:.0%}" for each in ("high", "normal", "low"))
    return [(f"shares while {label}", shares, "low > 0")]
