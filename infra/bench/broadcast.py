"""The table of broadcasts on one local cloud: what may be, and what was.

A case's lateness is due → arrival of each callback; the k-th of a broadcast waits for the k − 1
slots before it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from infra.bench.figures import Figures, figures
from tests.rig.client import Accepted, Channel
from tests.rig.cloud.local import LOG_FOLDER
from tests.rig.cloud.stage import WORKSPACE_ID, Stage, own_stage
from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.report import conditions, machine, percentiles, say, table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import RATE_PER_S, limit_s, messages, patience_s
from tests.rig.sink.answers import Answers

#: How far ahead the scheduled half of a mixed case is due: time enough to accept it.
_AHEAD_MS = 6_000

HEADER = (
    "case",
    "accepted in s",
    "first accept → last callback, s",
    "limit, s",
    "from request sent, s",
    "most in any sliding second",
    "one more than allowed came within, s",
    "slots used",
    "due → arrival, s: p50 / p90 / p99 / max",
    "missing",
    "duplicates",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One row: so many now, and so many scheduled to be due at the same time."""

    channel: Channel
    now_count: int
    scheduled_count: int = 0
    latency_ms: int = 0

    @property
    def count(self) -> int:
        """Return how many jobs it has."""
        return self.now_count + self.scheduled_count

    @property
    def name(self) -> str:
        """Name it in the table."""
        scheduled = f" + {self.scheduled_count:,} scheduled" if self.scheduled_count else ""
        slow = f", backend {self.latency_ms} ms" if self.latency_ms else ""
        return f"{self.now_count:,} {self.channel}{scheduled}{slow}"

    @property
    def records_path(self) -> Path:
        """Return where its arrivals are kept, a line of JSON each."""
        plain = self.name.replace(",", "")
        words = "".join(each if each.isalnum() else " " for each in plain)
        return LOG_FOLDER / f"{'-'.join(words.split())}.jsonl"


CASES = (
    Case("sms", 2_000),
    Case("email", 2_000),
    Case("sms", 2_000, latency_ms=300),
    Case("email", 2_000, latency_ms=300),
    Case("sms", 500, scheduled_count=500),
)


def send(stage: Stage, case: Case, *, delay_ms: int = 0) -> Accepted:
    """Schedule the case's messages for now, or its scheduled ones for later, by one request."""
    count = case.scheduled_count if delay_ms else case.now_count
    return stage.client.schedule_bulk(
        case.channel,
        messages(case.channel, count),
        workspace_id=WORKSPACE_ID,
        defaults={"delay": delay_ms},
    )


def send_all(stage: Stage, case: Case) -> list[Accepted]:
    """Send the scheduled half first, then the other: its answer comes when both are due."""
    if not case.scheduled_count:
        return [send(stage, case)]
    scheduled = send(stage, case, delay_ms=_AHEAD_MS)
    due_s = scheduled.sent.monotonic_ns / NS_PER_S + _AHEAD_MS / 1_000
    time.sleep(max(0.0, due_s - scheduled.took_s() - time.monotonic()))
    return [send(stage, case), scheduled]


def due_instants(stage: Stage, sendings: Sequence[Accepted]) -> dict[str, int]:
    """Ask the service when each sending's first job was due; all of a request are due together."""
    return {
        job_id: due_ns
        for sending in sendings
        for due_ns in [stage.client.due_wall_ns(sending.job_ids[0])]
        for job_id in sending.job_ids
    }


def play(stage: Stage, case: Case) -> tuple[Accepted, Figures]:
    """Run a case to its end; a mixed one is timed from the answer to its immediate half."""
    stage.sink.clear()
    stage.sink.answer_with(Answers(latency_ms=case.latency_ms))
    sendings = send_all(stage, case)
    wait_for_callbacks(
        stage.sink.job_count,
        expected_count=case.count,
        timeout_s=patience_s(case.channel, case.count),
        label=case.name,
    )
    stage.sink.save(case.records_path)
    found = figures(
        stage.sink.arrivals(),
        due_wall_ns=due_instants(stage, sendings),
        accepted=sendings[0].answered,
        rate_per_s=RATE_PER_S[case.channel],
    )
    return sendings[0], found


def row(case: Case, *, accepted: Accepted, found: Figures) -> tuple[str, ...]:
    """Write a case's row."""
    rate_per_s = RATE_PER_S[case.channel]
    return (
        case.name,
        f"{accepted.took_s():.2f}",
        f"{found.accept_to_last_s:.2f}",
        f"{limit_s(case.channel, case.count):.1f}",
        f"{found.accept_to_last_s + accepted.took_s():.2f}",
        f"{found.most_in_a_second} of {rate_per_s}",
        f"{found.one_too_many_span_s:.3f}",
        f"{found.slots_used_share:.1%}",
        percentiles(found.lateness_s),
        str(found.missing_count),
        str(found.duplicate_count),
    )


def scaled(case: Case, scale: float) -> Case:
    """Return the case at a share of its size."""
    return replace(
        case,
        now_count=round(case.now_count * scale),
        scheduled_count=round(case.scheduled_count * scale),
    )


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.broadcast", description=__doc__)
    described.add_argument("--scale", type=float, default=1.0, help="share of each case's size")
    described.add_argument("--case", type=int, action="append", help="only the n-th, from 1")
    return described


def main() -> None:
    """Run the cases and print the table."""
    arguments = parser().parse_args()
    numbers: Sequence[int] = arguments.case or range(1, len(CASES) + 1)
    rows: list[tuple[str, ...]] = []
    say(machine())
    with own_stage() as stage:
        for number in numbers:
            case = scaled(CASES[number - 1], arguments.scale)
            accepted, found = play(stage, case)
            rows.append(row(case, accepted=accepted, found=found))
            say(conditions(stage.sink.lag()))
    say(f"\n{table(HEADER, rows)}")


if __name__ == "__main__":
    main()
