"""A backend that is down for a while: what is called meanwhile, and how its jobs get through."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from tests.rig.cloud.stage import WORKSPACE_ID, Stage, own_stage
from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.rates import most_in_window, per_second
from tests.rig.measuring.report import conditions, machine, say, table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import messages
from tests.rig.sink.answers import Answers

#: The longest wait for a probe, its answer, and a slot.
_PATIENCE_S = 60.0
#: How long after a burst the breaker has to be open.
_OPEN_AFTER_S = 4
_UNWELL = 503


def state(stage: Stage) -> str:
    """What /api/metrics says of the backend of SMS."""
    return stage.client.ask("GET", "/api/metrics")["backends"]["sms"]["state"]


def fall_down(stage: Stage, *, count: int, outage_s: float) -> list[str]:
    """Schedule a broadcast to a backend that is down, one more in the middle of the outage."""
    stage.sink.answer_with(Answers(status=_UNWELL))
    first = stage.client.schedule_bulk(
        "sms", messages("sms", count), workspace_id=WORKSPACE_ID, defaults={"delay": 0}
    )
    time.sleep(outage_s / 2)
    say(f"after {outage_s / 2:.0f} s the breaker is {state(stage)}")
    second = stage.client.schedule_bulk(
        "sms", messages("sms", count), workspace_id="another", defaults={"delay": 0}
    )
    time.sleep(outage_s / 2)
    say(f"after {outage_s:.0f} s it is {state(stage)}")
    return [*first.job_ids, *second.job_ids]


def report(
    stage: Stage, job_ids: Sequence[str], *, arrivals: Sequence[Arrival], well: Reading
) -> str:
    """Write the table."""
    during = [each for each in arrivals if each.status == _UNWELL]
    after = [each for each in arrivals if each.status != _UNWELL]
    begun_ns = min(each.monotonic_ns for each in during)
    curve = per_second([each.monotonic_ns for each in during], origin_ns=begun_ns)
    statuses = stage.client.job_statuses(job_ids)
    attempts = Counter(each["attempts"] for each in statuses)
    first_s = (min(each.monotonic_ns for each in after) - well.monotonic_ns) / NS_PER_S
    last_s = (max(each.monotonic_ns for each in after) - well.monotonic_ns) / NS_PER_S
    at_ns = [each.monotonic_ns for each in arrivals]
    return table(
        ("", "figure"),
        (
            ("jobs", str(len(job_ids))),
            ("states at the end", str(dict(Counter(each["status"] for each in statuses)))),
            ("callbacks during the outage, second by second", " ".join(map(str, curve))),
            ("… after the first 4 s of it", str(sum(curve[_OPEN_AFTER_S:]))),
            ("attempts that count, by job", str(dict(sorted(attempts.items())))),
            ("backend well → first callback, s", f"{first_s:.1f} (limit 30 + a slot)"),
            ("backend well → last callback, s", f"{last_s:.1f}"),
            ("most in any sliding second", f"{most_in_window(at_ns)} of 50"),
        ),
    )


def main() -> None:
    """Run it and print the table."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.outage", description=__doc__)
    described.add_argument("--count", type=int, default=300, help="jobs of each of two broadcasts")
    described.add_argument("--outage-s", type=float, default=40.0)
    chosen = described.parse_args()
    say(machine())
    with own_stage() as stage:
        job_ids = fall_down(stage, count=chosen.count, outage_s=chosen.outage_s)
        stage.sink.answer_with(Answers())
        well = Reading.now()
        wait_for_callbacks(
            lambda: sum(each.status != _UNWELL for each in stage.sink.arrivals()),
            expected_count=len(job_ids),
            timeout_s=_PATIENCE_S + len(job_ids) / 20,
            label="called back",
        )
        arrivals = stage.sink.arrivals()
        say(f"\n{report(stage, job_ids, arrivals=arrivals, well=well)}")
        say(f"\nIn the end the breaker is {state(stage)}. {conditions(stage.sink.lag())}")


if __name__ == "__main__":
    main()
