"""A backend that answers 429 to everything for some seconds: the pace falls, and is back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from infra.bench.tenants import Figure, broadcast, instants, rate_per_s
from tests.rig.client import Accepted
from tests.rig.cloud.stage import Stage
from tests.rig.measuring.arrivals import Arrival, by_job
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.rates import back_at_ns, most_in_window, per_second
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import patience_s
from tests.rig.sink.answers import Answers

_COUNT = 1_500
_STEADY_FROM_S = 4.0
_STEADY_S = 10.0
_REFUSING_S = 5.0
_TOO_MANY = 429
_BACK_WITHIN_S = 30


def play(stage: Stage) -> list[Figure]:
    """Without a `Retry-After`, and with one of 0."""
    return [
        *_play(stage, "slow-down", retry_after=None),
        *_play(stage, "slow-down-0", retry_after="0"),
    ]


@dataclass(frozen=True, slots=True)
class _Flood:
    arrivals: Sequence[Arrival]
    accepted: Accepted
    #: When the backend began to refuse, on the monotonic clock.
    began_ns: int

    @property
    def last_refused_ns(self) -> int:
        return max(each.monotonic_ns for each in self.arrivals if each.status == _TOO_MANY)

    @property
    def before_per_s(self) -> float:
        start_ns = self.began_ns - round((_STEADY_S - _STEADY_FROM_S) * NS_PER_S)
        return rate_per_s(self.arrivals, start_ns, end_ns=self.began_ns)


def _play(stage: Stage, workspace_id: str, *, retry_after: str | None) -> list[Figure]:
    stage.sink.clear()
    accepted = broadcast(stage, workspace_id, count=_COUNT)
    time.sleep(_STEADY_S)
    stage.sink.answer_with(Answers(status=_TOO_MANY, retry_after=retry_after))
    began_ns = Reading.now().monotonic_ns
    time.sleep(_REFUSING_S)
    stage.sink.answer_with(Answers())
    wait_for_callbacks(
        stage.sink.job_count,
        expected_count=_COUNT,
        timeout_s=patience_s("sms", _COUNT) + _BACK_WITHIN_S,
        label=workspace_id,
    )
    label = f"Retry-After {retry_after}" if retry_after else "no Retry-After"
    return _figures(stage, _Flood(stage.sink.arrivals(), accepted, began_ns), label=label)


def _figures(stage: Stage, flood: _Flood, *, label: str) -> list[Figure]:
    came = instants(flood.arrivals)
    refused = [each for each in flood.arrivals if each.status == _TOO_MANY]
    last_ns = flood.last_refused_ns
    back_ns = back_at_ns(came, since_ns=last_ns, per_s=0.9 * flood.before_per_s)
    back = f"{(back_ns - last_ns) / NS_PER_S:.1f} s" if back_ns else "never"
    curve = per_second(came, origin_ns=flood.accepted.answered.monotonic_ns)
    at_s = (flood.began_ns - flood.accepted.answered.monotonic_ns) / NS_PER_S
    done = {each.job_id for each in flood.arrivals if each.status != _TOO_MANY}
    attempts = [
        stage.client.job_status(job_id)["attempts"]
        for job_id in list(by_job(refused))[:10]
        if job_id in done
    ]
    return [
        (f"{label}: pace before", f"{flood.before_per_s:.1f}/s", ""),
        (f"{label}: refused within 5 s", str(len(refused)), ""),
        (f"{label}: last 429 → 90 % of the pace (over 3 s)", back, f"≤ {_BACK_WITHIN_S} s"),
        (f"{label}: completed", f"{len(done):,} of {_COUNT:,}", "all"),
        (f"{label}: attempts of refused jobs", ", ".join(map(str, attempts)), "1 each"),
        (f"{label}: most in any sliding second", str(most_in_window(came)), "50"),
        (
            f"{label}: a second, from the accept; refusing from {at_s:.1f} to {at_s + 5:.1f} s",
            " ".join(map(str, curve)),
            "",
        ),
    ]
