"""A backend that answers 429 with a `Retry-After` of every kind, one workspace each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from infra.bench.tenants import Figure, Singles, broadcast, instants, watch
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.arrivals import Arrival, by_workspace
from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.rates import most_in_window, percentile
from tests.rig.sink.answers import Answer, Answers, First

_PAUSE_S = 10
_JOBS = 20
_OTHERS_EVERY_S = 0.25
_ALONE_S = 8.0
_MEANWHILE_S = 30.0
_SETTLE_S = 4.0
_TOO_MANY = 429
#: What a callback may come later than its pause ends, where the workers are awake.
_LATE_S = 3


def play(stage: Stage) -> list[Figure]:
    """Refuse the first callback of each workspace; look when its next ones come, and at others."""
    kinds = _kinds()
    before = Singles(stage, _OTHERS_EVERY_S, prefix="others-before")
    with before.going():
        watch(_ALONE_S, label="others alone")
    stage.sink.answer_with(
        Answers(by_workspace={each: First(Answer(_TOO_MANY, text)) for each, text in kinds.items()})
    )
    others = Singles(stage, _OTHERS_EVERY_S, prefix="others")
    with others.going():
        for workspace_id in kinds:
            broadcast(stage, workspace_id, count=_JOBS)
        watch(_MEANWHILE_S, label="refused ones and others")
    watch(_SETTLE_S, label="the last ones")
    arrivals = stage.sink.arrivals()
    groups = by_workspace(arrivals)
    return [
        *(
            _of_workspace(stage, groups.get(each, ()), text=text, name=each)
            for each, text in kinds.items()
        ),
        _late("others alone", before, arrivals=arrivals),
        _late("others meanwhile", others, arrivals=arrivals),
        ("most in any sliding second, all", str(most_in_window(instants(arrivals))), "50"),
    ]


def _kinds() -> Mapping[str, str | None]:
    now = datetime.now(UTC)
    return {
        "after-seconds": str(_PAUSE_S),
        "after-date": format_datetime(now + timedelta(seconds=_PAUSE_S + 3), usegmt=True),
        "after-past": format_datetime(now - timedelta(days=1), usegmt=True),
        "after-negative": "-5",
        "after-garbage": "soon, perhaps",
        "after-ten-years": str(10 * 365 * 86_400),
        "after-none": None,
    }


def _of_workspace(
    stage: Stage, arrivals: Sequence[Arrival], *, text: str | None, name: str
) -> Figure:
    label = f"429, Retry-After {text}" if text else "429 without Retry-After"
    refused = next((each for each in arrivals if each.status == _TOO_MANY), None)
    if refused is None:
        return (label, f"{name}: not called", "")
    after_s = [
        (each.monotonic_ns - refused.monotonic_ns) / NS_PER_S
        for each in arrivals
        if each.monotonic_ns > refused.monotonic_ns
    ]
    jobs = {each.job_id for each in arrivals if each.status != _TOO_MANY}
    status = stage.client.job_status(refused.job_id)
    wait_s = _asked_s(text, refused)
    within = [each for each in after_s if each < wait_s]
    later = [each for each in after_s if each >= wait_s]
    parts = [
        f"{len(within)} on their way until +{max(within):.2f} s" if within else "none on its way",
        f"next +{later[0]:.2f} s" if later else "none since",
        f"{len(jobs)} of {_JOBS} done",
        f"refused job: {status['status']}, attempts {status['attempts']}",
    ]
    return label, "; ".join(parts), _allowed(wait_s)


def _asked_s(text: str | None, refused: Arrival) -> float:
    """Return what the service should make of it, from the refusal on."""
    if text is None or text.startswith(("-", "soon")):
        return 0
    if text.isdigit():
        return float(text)
    at = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    return max(0.0, at.timestamp() - refused.wall_ns / NS_PER_S)


def _allowed(wait_s: float) -> str:
    if wait_s > _MEANWHILE_S:
        return "none for an hour"
    return f"next from +{wait_s:.1f} s on, by +{wait_s + _LATE_S:.0f} s" if wait_s else "goes on"


def _late(label: str, singles: Singles, *, arrivals: Sequence[Arrival]) -> Figure:
    late_s = singles.late_s(arrivals)
    late = " / ".join(f"{percentile(late_s, share):.2f}" for share in (0.5, 0.9, 1))
    return (
        f"{label}: due → callback p50 / p90 / max",
        f"{late} s ({len(late_s)} of {len(singles.accepted)} came)",
        "unaffected",
    )
