"""Ten workspaces, each with a broadcast, share the channel."""

from __future__ import annotations

from infra.bench.tenants import Figure, broadcast, channel_figures, instants
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.arrivals import by_workspace
from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.rates import count_within, jain_index
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import patience_s

_WORKSPACES = [f"sharing-{number}" for number in range(10)]
_COUNT = 400
_SLICE_S = 5


def play(stage: Stage) -> list[Figure]:
    """Schedule them one after the other, as fast as it goes."""
    accepted = [broadcast(stage, each, count=_COUNT) for each in _WORKSPACES]
    total = _COUNT * len(_WORKSPACES)
    done = wait_for_callbacks(
        stage.sink.job_count,
        expected_count=total,
        timeout_s=patience_s("sms", total),
        label="sharing",
    )
    arrivals = stage.sink.arrivals()
    came = {each: instants(found) for each, found in by_workspace(arrivals).items()}
    start_ns = accepted[-1].answered.monotonic_ns
    ends_ns = [max(came[each]) for each in _WORKSPACES]
    first_ns, span_ns = min(ends_ns), _SLICE_S * NS_PER_S
    slices = [
        _jain(came, at_ns, end_ns=at_ns + span_ns)
        for at_ns in range(start_ns, first_ns - span_ns + 1, span_ns)
    ]
    lasted_s = [(each - start_ns) / NS_PER_S for each in ends_ns]
    accepted_s = (start_ns - accepted[0].sent.monotonic_ns) / NS_PER_S
    return [
        ("called back", f"{done:,} of {total:,}", "all"),
        ("all ten accepted in", f"{accepted_s:.1f} s", ""),
        (
            f"Jain's index, last accept to first done ({(first_ns - start_ns) / NS_PER_S:.0f} s)",
            f"{_jain(came, start_ns, end_ns=first_ns):.4f}",
            "≥ 0.95",
        ),
        (f"… in each {_SLICE_S} s of it", ", ".join(f"{each:.3f}" for each in slices), ""),
        (
            "fastest / slowest workspace done after",
            f"{min(lasted_s):.1f} / {max(lasted_s):.1f} s",
            "",
        ),
        *channel_figures(arrivals, start_ns, end_ns=first_ns),
    ]


def _jain(came: dict[str, list[int]], start_ns: int, *, end_ns: int) -> float:
    return jain_index([count_within(came[each], start_ns, end_ns=end_ns) for each in _WORKSPACES])
