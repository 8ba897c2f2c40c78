"""One workspace schedules 100,000 SMS; others schedule one now and then."""

from __future__ import annotations

from collections.abc import Sequence

from infra.bench.queue_depths import QueueDepths
from infra.bench.tenants import (
    Figure,
    Singles,
    broadcast,
    channel_figures,
    watch,
)
from tests.rig.client import Accepted
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.rates import percentile
from tests.rig.measuring.report import say

_BULK = 5_000
_EVERY_S = 2.0
#: Two runs of the rescue, which is woken each minute, and some.
_AFTERWARDS_S = 135.0
#: A single that comes last is waited for.
_SETTLE_S = 6.0
#: Workers start within this after the first accept.
_WARM_UP_S = 5


def play(stage: Stage, count: int) -> list[Figure]:
    """Schedule the backlog, look at what the others get meanwhile and for two minutes after."""
    depths = QueueDepths(stage.cloud)
    before = depths.look()
    singles = Singles(stage, _EVERY_S, prefix="alone")
    with depths.watching():
        with singles.going():
            accepted = _schedule(stage, count)
            accepted_at = Reading.now()
            watch(_AFTERWARDS_S, label="two runs of the rescue")
        over_at = Reading.now()
        watch(_SETTLE_S, label="the last ones")
    arrivals = stage.sink.arrivals()
    first_ns, all_ns = accepted[0].answered.monotonic_ns, accepted_at.monotonic_ns
    return [
        *_acceptance(accepted, count),
        *_alone(singles, singles.late_s(arrivals)),
        ("messages in SQS before", str(before.count), ""),
        (
            "… while the backlog is accepted: most",
            str(max(depths.between(first_ns, all_ns), default=0)),
            "few hundred",
        ),
        (
            "… most in each minute after",
            ", ".join(map(str, depths.minutes(all_ns))),
            "does not grow",
        ),
        *channel_figures(arrivals, first_ns + _WARM_UP_S * NS_PER_S, end_ns=over_at.monotonic_ns),
    ]


def _acceptance(accepted: Sequence[Accepted], count: int) -> list[Figure]:
    took_s = (accepted[-1].answered.monotonic_ns - accepted[0].sent.monotonic_ns) / NS_PER_S
    one_s = [each.took_s() for each in accepted]
    return [
        (f"{count:,} accepted in", f"{took_s:.1f} s", ""),
        ("one bulk: p50 / max", f"{percentile(one_s, 0.5):.1f} / {max(one_s):.1f} s", ""),
    ]


def _alone(singles: Singles, late_s: Sequence[float]) -> list[Figure]:
    late = " / ".join(f"{percentile(late_s, share):.2f}" for share in (0.5, 0.9, 1))
    took_s = singles.took_s()
    return [
        ("singles of others: scheduled, called back", f"{len(took_s)}, {len(late_s)}", "all"),
        ("due → callback of a single: p50 / p90 / max", f"{late} s", "< 5 s"),
        (
            "one single's request: p50 / max",
            f"{percentile(took_s, 0.5):.2f} / {max(took_s):.2f} s",
            "",
        ),
    ]


def _schedule(stage: Stage, count: int) -> list[Accepted]:
    accepted: list[Accepted] = []
    for begin in range(0, count, _BULK):
        accepted.append(broadcast(stage, "huge", count=min(_BULK, count - begin)))
        if len(accepted) % 4 == 0:
            say(f"{begin + _BULK:,} of {count:,} accepted")
    return accepted
