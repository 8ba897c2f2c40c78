"""The tables of docs/scale.md: a release of very many jobs due at once, simulated, and units used.

The flow is the real one; the world is in memory and has a clock of its own. Calls take an assumed
time on the wire and the CPU that botocore was measured to need, on a share of a core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from chalicelib.errors import RetryableError
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Payload
from infra.bench.call_costs import WIRE_S, core_s
from infra.bench.simulated import Cost, Service
from tests.rig.measuring.report import machine, say, table

DUE_AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
LEAD = timedelta(minutes=5)
#: What triggers.timer leaves a release of the 900 s that Lambda gives it, and how long Lambda
#: waits before it repeats one that says that it is out of time:
#: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RUN = timedelta(seconds=890)
WAITS = (timedelta(minutes=1), timedelta(minutes=2))
WATCHED = timedelta(seconds=30)
#: Of how a minute fills: its name, the size of a request, and how many workspaces take turns.
SHAPES = {
    "one workspace, in bulks of 5,000": (5_000, 1),
    "1,000 workspaces, each one bulk": (0, 1_000),
    "one workspace, one by one": (1, 1),
    "100,000 workspaces, one by one": (1, 100_000),
}
_SMS = Payload(body={"to": "+12025550123", "message": "Hello"}, endpoint="/send-sms")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one simulation showed."""

    took: timedelta
    runs: int
    calls: str
    in_sqs: int
    most_in_sqs: int
    called_per_s: float


def requests(count: int, *, size: int, workspaces: int) -> Iterator[list[Draft]]:
    """The drafts of each request; size 0: each workspace has one, with its share."""
    size = size or max(1, count // workspaces)
    drafts = (
        Draft(Channel.SMS, f"w{number // size % workspaces}", _SMS, due_at=DUE_AT)
        for number in range(count)
    )
    while request := list(islice(drafts, size)):
        yield request


def simulate(service: Service, filled_by: Iterator[list[Draft]]) -> Seen:
    """Schedule, release five minutes ahead, and watch the first half minute."""
    for request in filled_by:
        service.schedule(request)
    service.clock.at = DUE_AT - LEAD
    runs = _release(service)
    took = service.clock.now() - (DUE_AT - LEAD)
    in_sqs = service.in_sqs()
    service.clock.at = max(service.clock.now(), DUE_AT - timedelta(seconds=5))
    until = service.clock.now() + WATCHED
    depths = service.watched(Queue.SCHEDULED_SMS, Queue.SEND_SMS, until=until)
    calls = [at for at, _ in service.callbacks.calls]
    return Seen(
        took=took,
        runs=runs,
        calls=", ".join(f"{name} {n:,}" for name, n in sorted(service.stopwatch.calls.items())),
        in_sqs=in_sqs,
        most_in_sqs=max(depths),
        called_per_s=(len(calls) - 1) / (calls[-1] - calls[0]).total_seconds(),
    )


def _release(service: Service) -> int:
    """Release the minute; answers in how many runs: Lambda repeats one that fails, twice."""
    service.stopwatch.is_on = True
    runs = 0
    for wait in (*WAITS, timedelta()):
        runs += 1
        try:
            service.release.release(DUE_AT, until=service.clock.now() + RUN)
        except RetryableError:
            service.clock.at += wait
        else:
            break
    service.stopwatch.is_on = False
    return runs


def _row(name: str, seen: Seen) -> list[str]:
    return [
        name,
        f"{seen.took.total_seconds():.0f} s, {seen.runs}",
        seen.calls,
        f"{seen.in_sqs} / {seen.most_in_sqs}",
        f"{seen.called_per_s:.1f}",
    ]


def releases(count: int, shapes: Sequence[str], *, memory_mb: int) -> None:
    """Simulate each shape, and print the table."""
    cores = (
        memory_mb / 1769
    )  # https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    costs = {name: Cost(WIRE_S[name], core) for name, core in core_s().items()}
    say("CPU of a call, ms: " + ", ".join(f"{n} {c.core_s * 1000:.2f}" for n, c in costs.items()))
    rows: list[list[str]] = []
    for shape in shapes:
        size, workspaces = SHAPES[shape]
        service = Service(costs, cores)
        seen = simulate(service, requests(count, size=size, workspaces=workspaces))
        rows.append(_row(f"{shape} ({len(service.timers.wake_ups)} timers)", seen))
        say(" | ".join(rows[-1]))
    header = ("due at 09:00", "release, runs", "calls", "in SQS: then / most", "called a second")
    say(f"\n{count:,} SMS due at one instant; release with {memory_mb} MB\n")
    say(table(header, rows))
    last_at = DUE_AT + count * RATES[Channel.SMS].spacing
    say(f"\nthe last one is called at {last_at:%Y-%m-%d %H:%M:%S}, at the channel's rate")


def main() -> None:
    """Say what the machine is, simulate, print."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.scale", description=__doc__)
    described.add_argument("--jobs", type=int, default=100_000)
    described.add_argument("--memory-mb", type=int, default=1769, help="of the release function")
    described.add_argument("--only", choices=list(SHAPES), help="one shape")
    chosen = described.parse_args()
    say(machine())
    shapes = [chosen.only] if chosen.only else list(SHAPES)
    releases(chosen.jobs, shapes, memory_mb=chosen.memory_mb)


if __name__ == "__main__":
    main()
