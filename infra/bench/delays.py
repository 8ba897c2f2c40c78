"""How punctual single delays are: 200 of 1–10 s, each by its own request; with --timer, long ones.

--timer moves the edge beyond which a job waits in an EventBridge timer from 15 minutes to 90 s
(SQS_HORIZON_S), so that jobs go through a timer and the release Lambda within three minutes.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.rig.client import Accepted, Channel, QueueClient
from tests.rig.cloud.stage import WORKSPACE_ID, Stage, own_stage
from tests.rig.measuring.arrivals import Arrival, by_job
from tests.rig.measuring.clock import NS_PER_MS, NS_PER_S, wall_ns_of
from tests.rig.measuring.report import conditions, machine, percentiles, say, table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import a_message

_TIMER_SETTINGS = {"SQS_HORIZON_S": "90", "TIMER_LEAD_S": "15"}
#: How long after the last due instant to wait for what is missing.
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Delayed:
    """One job with a delay, as asked for and as it came."""

    delay_ms: int
    accepted: Accepted
    #: What the service says it is due at.
    due_wall_ns: int
    arrivals: Sequence[Arrival]

    def late_s(self) -> float:
        """Return due → arrival; negative is early."""
        return (self.arrivals[0].wall_ns - self.due_wall_ns) / NS_PER_S

    def is_due_as_asked(self) -> bool:
        """Tell whether it is due the delay after some instant of the request, to a millisecond."""
        earliest_ns = self.accepted.sent.wall_ns + (self.delay_ms - 1) * NS_PER_MS
        latest_ns = self.accepted.answered.wall_ns + (self.delay_ms + 1) * NS_PER_MS
        return earliest_ns <= self.due_wall_ns <= latest_ns


def chosen_delays_ms(count: int, *, low_s: float, high_s: float) -> list[int]:
    """Choose delays evenly at random, the same ones each time."""
    chance = random.Random(2)
    return [chance.randrange(round(low_s * 1_000), round(high_s * 1_000) + 1) for _ in range(count)]


def schedule_all(
    client: QueueClient, channel: Channel, *, delays_ms: Sequence[int]
) -> list[Accepted]:
    """Schedule each delay by a request of its own, one after the other."""
    return [
        client.schedule(
            channel, a_message(channel, number) | {"workspaceId": WORKSPACE_ID, "delay": delay_ms}
        )
        for number, delay_ms in enumerate(delays_ms)
    ]


def follow(
    stage: Stage, accepted: Sequence[Accepted], *, delays_ms: Sequence[int]
) -> list[Delayed]:
    """Wait for the callbacks, and ask the service when each was due."""
    wait_for_callbacks(
        stage.sink.job_count,
        expected_count=len(accepted),
        timeout_s=max(delays_ms) / 1_000 + _PATIENCE_S,
        label="called back",
    )
    calls = by_job(stage.sink.arrivals())
    answers = stage.client.job_statuses(each.job_ids[0] for each in accepted)
    return [
        Delayed(delay_ms, each, wall_ns_of(answer["scheduledFor"]), calls.get(each.job_ids[0], ()))
        for delay_ms, each, answer in zip(delays_ms, accepted, answers, strict=True)
    ]


def report(delayed: Sequence[Delayed]) -> str:
    """Write the table."""
    came = [each for each in delayed if each.arrivals]
    late_s = [each.late_s() for each in came]
    first_ns = min((each.arrivals[0].wall_ns for each in came), default=0)
    warm_s = [each.late_s() for each in came if each.due_wall_ns > first_ns]
    took_s = [each.accepted.took_s() for each in delayed]
    return table(
        ("", "figure"),
        (
            ("jobs", str(len(delayed))),
            ("missing", str(len(delayed) - len(came))),
            ("early", str(sum(late < 0 for late in late_s))),
            ("earliest, s after due", f"{min(late_s, default=float('nan')):.3f}"),
            ("late (due → arrival), s: p50 / p90 / p99 / max", percentiles(late_s)),
            ("… of those due after the first callback came (no cold start)", percentiles(warm_s)),
            (
                "due at another instant than asked for",
                str(sum(not each.is_due_as_asked() for each in delayed)),
            ),
            ("called twice", str(sum(len(each.arrivals) > 1 for each in came))),
            ("one request, s: p50 / p90 / p99 / max", percentiles(took_s)),
        ),
    )


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.delays",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.add_argument("--channel", choices=("sms", "email"), default="sms")
    described.add_argument("--count", type=int, help="default: 200, or 40 with --timer")
    described.add_argument("--timer", action="store_true", help="delays of 100–170 s, by timers")
    return described


def main() -> None:
    """Run it and print the table."""
    arguments = parser().parse_args()
    low_s, high_s = (100, 170) if arguments.timer else (1, 10)
    count: int = arguments.count or (40 if arguments.timer else 200)
    delays_ms = chosen_delays_ms(count, low_s=low_s, high_s=high_s)
    say(machine())
    with own_stage(_TIMER_SETTINGS if arguments.timer else {}) as stage:
        accepted = schedule_all(stage.client, arguments.channel, delays_ms=delays_ms)
        waiting = stage.cloud.timers()
        delayed = follow(stage, accepted, delays_ms=delays_ms)
        left, lag = stage.cloud.timers(), stage.sink.lag()
    say(f"\n{count} delays of {low_s}–{high_s} s\n\n{report(delayed)}\n\n{conditions(lag)}")
    say(f"Timers that waited: {', '.join(waiting) or 'none'}; left over: {len(left)}")


if __name__ == "__main__":
    main()
