"""The whole local cloud stopped (SIGTERM) and started in mid-broadcast, state in LOCAL_STATE."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from infra.bench.arrivals import Arrival, differently_keyed, repeated
from infra.bench.client import Accepted
from infra.bench.clock import NS_PER_S, Reading
from infra.bench.messages import messages
from infra.bench.rates import most_in_window
from infra.bench.report import conditions, machine, say, table
from infra.bench.sink_answers import Answers
from infra.bench.stage import WORKSPACE_ID, Stage, own_stage
from infra.bench.watch import quiet_stats, wait_for_callbacks

_PATIENCE_S = 300.0
_COUNTERS = ("pending", "processing", "completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Restarting:
    """A broadcast during which the cloud was away."""

    accepted: Accepted
    #: SIGTERM was sent; all of it was gone; it was ready again.
    told: Reading
    gone: Reading
    ready: Reading
    arrivals: Sequence[Arrival]
    stats: dict[str, Any]

    def lost_count(self) -> int:
        """Return how many jobs were never called back."""
        return len({*self.accepted.job_ids} - {arrival.job_id for arrival in self.arrivals})


def play(stage: Stage, *, count: int, stop_after_count: int) -> Restarting:
    """Broadcast, stop the cloud once enough were called back, start it, wait for the rest."""
    accepted = stage.client.schedule_bulk(
        "sms", messages("sms", count), workspace_id=WORKSPACE_ID, defaults={"delay": 0}
    )
    while stage.sink.job_count() < stop_after_count:
        time.sleep(0.05)
    told = Reading.now()
    stage.cloud.stop()
    gone = Reading.now()
    stage.cloud.start()
    ready = Reading.now()
    wait_for_callbacks(
        stage.sink.job_count, expected_count=count, timeout_s=_PATIENCE_S, label="called back"
    )
    stats = quiet_stats(stage.client, WORKSPACE_ID, completed=count)
    return Restarting(accepted, told, gone, ready, stage.sink.arrivals(), stats)


def counted(stage: Stage, accepted: Accepted) -> dict[str, int]:
    """Count the jobs by asking for each one's status, in the counters' words."""
    words = {"SCHEDULED": "pending"}
    states = stage.client.states(accepted.job_ids)
    plain = [words.get(state, state.lower()) for state in states]
    return {name: plain.count(name) for name in (*_COUNTERS, *sorted({*plain} - {*_COUNTERS}))}


def report(restarting: Restarting, truth: dict[str, int]) -> str:
    """Write the table."""
    stats = {name: restarting.stats[name] for name in _COUNTERS}
    at_ns = [arrival.monotonic_ns for arrival in restarting.arrivals]
    return table(
        ("", "figure"),
        (
            ("called back before / while it stopped / after", _by_phase(restarting, at_ns)),
            ("stopped in", f"{_seconds(restarting.told, restarting.gone.monotonic_ns)} s"),
            ("started again in", f"{_seconds(restarting.gone, restarting.ready.monotonic_ns)} s"),
            ("ready again → last callback", f"{_seconds(restarting.ready, max(at_ns))} s"),
            ("lost (never called back)", str(restarting.lost_count())),
            ("called more than once", str(len(repeated(restarting.arrivals)))),
            ("… with another key, or none", str(len(differently_keyed(restarting.arrivals)))),
            ("most in any sliding second", str(most_in_window(at_ns))),
            ("counters (stats)", _counters(stats)),
            ("counted job by job", _counters(truth)),
            ("counters right", "yes" if stats == truth else "NO"),
        ),
    )


def _seconds(since: Reading, until_monotonic_ns: int) -> str:
    return f"{(until_monotonic_ns - since.monotonic_ns) / NS_PER_S:.1f}"


def _by_phase(restarting: Restarting, at_ns: Sequence[int]) -> str:
    before = sum(each < restarting.told.monotonic_ns for each in at_ns)
    after = sum(each > restarting.gone.monotonic_ns for each in at_ns)
    return f"{before} / {len(at_ns) - before - after} / {after}"


def _counters(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


def main() -> None:
    """Run it and print the table."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.restart", description=__doc__)
    described.add_argument("--count", type=int, default=1_500)
    described.add_argument(
        "--stop-after", type=int, default=300, help="once so many were called back"
    )
    described.add_argument("--latency-ms", type=float, default=100)
    arguments = described.parse_args()
    say(machine())
    with tempfile.TemporaryDirectory() as state, own_stage({"LOCAL_STATE": state}) as stage:
        stage.sink.answer_with(Answers(latency_ms=arguments.latency_ms))
        restarting = play(stage, count=arguments.count, stop_after_count=arguments.stop_after)
        truth = counted(stage, restarting.accepted)
        say(f"\n{arguments.count} sms, the cloud stopped after {arguments.stop_after}\n")
        say(f"{report(restarting, truth)}\n\n{conditions(stage.sink.lag())}")


if __name__ == "__main__":
    main()
