"""10,000 failed jobs retried by following the cursor: how many, how often each, how fast."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.model.channel import Queue
from infra.bench import backlog
from infra.bench.arrivals import Arrival
from infra.bench.clock import NS_PER_S, Reading
from infra.bench.messages import RATE_PER_S, limit_s, patience_s
from infra.bench.rates import most_in_window
from infra.bench.report import conditions, machine, say, table
from infra.bench.stage import WORKSPACE_ID, Stage, own_stage
from infra.bench.watch import quiet_stats, wait_for_callbacks
from infra.local.emulator import client_for
from infra.local.stack import STACK_NAME
from infra.recount import recount

_RETRY = f"/api/businesses/{WORKSPACE_ID}/communication-queue/retry-failed"


@dataclass(frozen=True, slots=True)
class Walk:
    """One bulk act, followed to its end."""

    answers: Sequence[dict[str, Any]]
    begun: Reading
    ended: Reading

    def total(self, key: str) -> int:
        """The sum of a number over the answers."""
        return sum(answer[key] for answer in self.answers)

    def took_s(self) -> float:
        """From the first request sent to the last answer."""
        return (self.ended.monotonic_ns - self.begun.monotonic_ns) / NS_PER_S


def follow(stage: Stage, *, dry_run: bool) -> Walk:
    """Ask, and ask again with the cursor until there is none."""
    begun = Reading.now()
    body: dict[str, Any] = {"filter": {"channel": "email"}, "dryRun": dry_run}
    answers = [stage.client.ask("POST", _RETRY, body=body)]
    while cursor := answers[-1]["cursor"]:
        answers.append(stage.client.ask("POST", _RETRY, body={**body, "cursor": cursor}))
    return Walk(answers, begun, Reading.now())


def report(stage: Stage, *, dry: Walk, real: Walk, arrivals: Sequence[Arrival], count: int) -> str:
    """Write the table."""
    calls = Counter(arrival.job_id for arrival in arrivals)
    at_ns = [arrival.monotonic_ns for arrival in arrivals]
    span_s = (max(at_ns) - min(at_ns)) / NS_PER_S
    stats = quiet_stats(stage.client, WORKSPACE_ID, completed=count)
    clients = client_for(stage.cloud.emulator_url())
    compared = recount(clients, STACK_NAME, repair=False)
    return table(
        ("", "figure"),
        (
            ("dry run: matched / changed", f"{dry.total('matched')} / {dry.total('changed')}"),
            ("… requests, s", f"{len(dry.answers)}, {dry.took_s():.1f}"),
            ("retry: changed", str(real.total("changed"))),
            ("… requests, s", f"{len(real.answers)}, {real.took_s():.1f}"),
            ("called back", str(len(calls))),
            ("… more than once", str(sum(times > 1 for times in calls.values()))),
            ("first → last callback, s", f"{span_s:.1f} (limit {limit_s('email', count):.1f})"),
            (
                "most in any sliding second",
                f"{most_in_window(at_ns)} of {RATE_PER_S['email']}",
            ),
            ("stats: completed / failed", f"{stats['completed']} / {stats['failed']}"),
            ("counters that differ from a recount", str(len(compared["drift"]))),
        ),
    )


def main() -> None:
    """Run it and print the table."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.bulk_retry", description=__doc__
    )
    described.add_argument("--count", type=int, default=10_000)
    count = described.parse_args().count
    say(machine())
    with own_stage() as stage:
        os.environ.update(stage.cloud.api_environment())
        backlog.write([*backlog.failed(count, Queue.SEND_EMAIL)])
        dry = follow(stage, dry_run=True)
        real = follow(stage, dry_run=False)
        wait_for_callbacks(
            stage.sink.job_count,
            expected_count=count,
            timeout_s=patience_s("email", count),
            label="called back",
        )
        arrivals = stage.sink.arrivals()
        figures = report(stage, dry=dry, real=real, arrivals=arrivals, count=count)
        say(f"\n{count:,} failed emails\n\n{figures}\n\n{conditions(stage.sink.lag())}")


if __name__ == "__main__":
    main()
