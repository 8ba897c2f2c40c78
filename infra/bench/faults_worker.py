"""kill -9 of a Lambda worker in the middle of a broadcast: what is lost, called again, how soon."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from infra.bench.arrivals import Arrival, differently_keyed, repeated
from infra.bench.client import Accepted
from infra.bench.clock import NS_PER_S, Reading
from infra.bench.lambda_workers import busiest, kill, workers_of
from infra.bench.messages import messages
from infra.bench.rates import most_in_window
from infra.bench.report import Row, conditions, machine, say, table
from infra.bench.sink_answers import Answers
from infra.bench.stage import WORKSPACE_ID, Stage, own_stage
from infra.bench.watch import wait_for_callbacks

_FUNCTION = "send_sms"
#: What is not called back after so long is reported as lost; 3 minutes are promised.
_PATIENCE_S = 420.0
#: Jobs whose final state is asked for at the end, beside those that were called again.
_CHECKED_COUNT = 100


@dataclass(frozen=True, slots=True)
class Killing:
    """A broadcast in which a worker died."""

    accepted: Accepted
    killed: Reading
    killed_pids: Sequence[int]
    workers_count: int
    arrivals: Sequence[Arrival]

    def after_kill_s(self, arrival: Arrival) -> float:
        """Return how long after the kill a callback came; negative is before."""
        return (arrival.monotonic_ns - self.killed.monotonic_ns) / NS_PER_S

    def called_again(self) -> dict[str, list[Arrival]]:
        """Return the calls of those jobs that were called more than once."""
        return repeated(self.arrivals)

    def longest_silence_s(self) -> float:
        """Return the longest pause between two callbacks after the kill."""
        after = sorted(self.after_kill_s(arrival) for arrival in self.arrivals)
        return max((late - early for early, late in pairwise(after) if late > 0), default=0.0)


def play(stage: Stage, *, count: int, kill_after_count: int, every_worker: bool) -> Killing:
    """Broadcast, kill once enough were called back, wait until all were."""
    accepted = stage.client.schedule_bulk(
        "sms", messages("sms", count), workspace_id=WORKSPACE_ID, defaults={"delay": 0}
    )
    while stage.sink.job_count() < kill_after_count:
        time.sleep(0.05)
    workers = workers_of(stage.cloud.pid, _FUNCTION)
    victims = workers if every_worker else [busiest(workers)]
    for victim in victims:
        kill(victim)
    killed = Reading.now()
    wait_for_callbacks(
        stage.sink.job_count, expected_count=count, timeout_s=_PATIENCE_S, label="called back"
    )
    return Killing(
        accepted, killed, [victim.pid for victim in victims], len(workers), stage.sink.arrivals()
    )


def unrecorded_starts(stage: Stage, killing: Killing) -> int:
    """Count the callbacks that are not in their job's history, among the jobs called again."""
    again = killing.called_again()
    answers = stage.client.job_statuses(again)
    recorded = {answer["jobId"]: len(answer["job"]["history"]) for answer in answers}
    return sum(max(0, len(calls) - recorded[job_id]) for job_id, calls in again.items())


def states(stage: Stage, killing: Killing) -> str:
    """Say in which states a sample of the jobs and all that were called again ended."""
    job_ids = killing.accepted.job_ids
    sample = {*job_ids[:: max(1, len(job_ids) // _CHECKED_COUNT)], *killing.called_again()}
    found = stage.client.states(sample)
    return ", ".join(f"{found.count(state)} {state}" for state in sorted(set(found)))


def called_again_rows(stage: Stage, killing: Killing) -> list[Row]:
    """Write the table's rows about the jobs that were called more than once."""
    again = killing.called_again()
    first_s = [killing.after_kill_s(calls[0]) for calls in again.values()]
    second_s = [killing.after_kill_s(calls[1]) for calls in again.values()]
    return [
        ("called more than once", str(len(again))),
        ("… with another key, or none", str(len(differently_keyed(killing.arrivals)))),
        ("… first call, s after the kill", _range(first_s)),
        ("… second call, s after the kill", _range(second_s)),
        ("… calls not in the job's history", str(unrecorded_starts(stage, killing))),
    ]


def report(stage: Stage, killing: Killing) -> str:
    """Write the table."""
    last_s = max(killing.after_kill_s(arrival) for arrival in killing.arrivals)
    called_count = len({arrival.job_id for arrival in killing.arrivals})
    return table(
        ("", "figure"),
        (
            (
                "killed",
                f"{len(killing.killed_pids)} of {killing.workers_count} {_FUNCTION} workers",
            ),
            ("lost (never called back)", str(len(killing.accepted.job_ids) - called_count)),
            *called_again_rows(stage, killing),
            ("longest pause after the kill", f"{killing.longest_silence_s():.1f} s"),
            ("kill → last callback", f"{last_s:.1f} s"),
            (
                "most in any sliding second",
                str(most_in_window(a.monotonic_ns for a in killing.arrivals)),
            ),
            ("ended as", states(stage, killing)),
        ),
    )


def _range(values: Sequence[float]) -> str:
    return f"{min(values):.2f} … {max(values):.2f}" if values else "–"


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.faults_worker", description=__doc__
    )
    described.add_argument("--count", type=int, default=500)
    described.add_argument("--kill-after", type=int, default=150, help="once so many were called")
    described.add_argument(
        "--latency-ms", type=float, default=300, help="so that calls are under way when it dies"
    )
    described.add_argument(
        "--every-worker", action="store_true", help="kill all of the function's, not the busiest"
    )
    return described


def main() -> None:
    """Run it and print the table."""
    arguments = parser().parse_args()
    say(machine())
    with own_stage() as stage:
        stage.sink.answer_with(Answers(latency_ms=arguments.latency_ms))
        killing = play(
            stage,
            count=arguments.count,
            kill_after_count=arguments.kill_after,
            every_worker=arguments.every_worker,
        )
        say(f"\n{arguments.count} sms, backend {arguments.latency_ms:.0f} ms\n")
        say(f"{report(stage, killing)}\n\n{conditions(stage.sink.lag())}")


if __name__ == "__main__":
    main()
