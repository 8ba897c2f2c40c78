"""A broadcast to 2,000 contacts, with a progress bar, a small report and a picture.

By default it starts a local cloud of its own, whose callbacks go to the demo's own backend, which
stamps each arrival. With --url and --token it uses a running local cloud instead, whose callbacks
go where its SMS_API_URL and EMAIL_API_URL point: give --sink-port when they point at
http://127.0.0.1:<that port>, and the demo listens there; without it, the times come from the
service's own record of each attempt.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from infra.bench import history
from infra.bench.figures import Figures, figures
from infra.bench.plot import plot_callbacks
from tests.rig.client import Accepted, Channel, QueueClient
from tests.rig.cloud.local import LOG_FOLDER, answers_at
from tests.rig.cloud.stage import WORKSPACE_ID, own_stage
from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.report import conditions, machine, percentiles, say, table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.messages import RATE_PER_S, limit_s, messages, patience_s
from tests.rig.sink.answers import Answers
from tests.rig.sink.process import SinkProcess

_USUAL_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Audience:
    """Where the broadcast goes, and who sees the callbacks."""

    client: QueueClient
    #: None where the callbacks go to a backend that is not ours.
    sink: SinkProcess | None

    def count_done(self, job_ids: Sequence[str]) -> int:
        """Count the jobs that were called back, or estimate it from the service's own records."""
        if self.sink is None:
            return history.estimate_done(self.client, job_ids)
        return self.sink.job_count()

    def arrivals(self, job_ids: Sequence[str]) -> list[Arrival]:
        """Return when each callback came, or else when the service says that it started."""
        if self.sink is None:
            say("Reading every job's record …")
            return history.starts(self.client, job_ids)
        return self.sink.arrivals()

    def seen_by(self) -> str:
        """Say whose clock the report's times are from."""
        if self.sink is None:
            return (
                "Times are the service's own (startedAt of each attempt): the backend is its own."
            )
        return conditions(self.sink.lag())


def gather(stack: ExitStack, arguments: argparse.Namespace) -> Audience:
    """Use the local cloud that was named, or start one."""
    if arguments.url:
        client = stack.enter_context(closing(QueueClient(arguments.url, arguments.token)))
        port: int | None = arguments.sink_port
        return Audience(client, stack.enter_context(SinkProcess(port=port)) if port else None)
    if answers_at(_USUAL_URL):
        say(
            f"A local cloud runs at {_USUAL_URL} already, but its callbacks go to its own backend,"
            " where the demo cannot time them: this is another one beside it."
            " To drive that one: --url and --token."
        )
    stage = stack.enter_context(own_stage())
    return Audience(stage.client, stage.sink)


def broadcast(
    audience: Audience, channel: Channel, *, count: int
) -> tuple[Accepted, list[Arrival]]:
    """Send it by one bulk request and watch until all were called back."""
    say(f"One request schedules {count:,} {channel} messages …")
    accepted = audience.client.schedule_bulk(
        channel, messages(channel, count), workspace_id=WORKSPACE_ID, defaults={"delay": 0}
    )
    wait_for_callbacks(
        lambda: audience.count_done(accepted.job_ids),
        expected_count=count,
        timeout_s=patience_s(channel, count),
        label="called back",
    )
    return accepted, audience.arrivals(accepted.job_ids)


def report(channel: Channel, *, accepted: Accepted, found: Figures) -> str:
    """Write the report's table."""
    rate_per_s = RATE_PER_S[channel]
    return table(
        ("", f"{found.job_count:,} {channel}", "allowed"),
        (
            ("accepted", f"{len(accepted.job_ids):,} in {accepted.took_s():.2f} s", ""),
            ("called back", f"{found.called_count:,}", f"{found.job_count:,}"),
            (
                "first accept → last callback",
                f"{found.accept_to_last_s:.2f} s",
                f"{limit_s(channel, found.job_count):.1f} s",
            ),
            (
                "most callbacks in any sliding second",
                str(found.most_in_a_second),
                str(rate_per_s),
            ),
            (
                f"{rate_per_s + 1} callbacks came at the closest within",
                f"{found.one_too_many_span_s:.3f} s",
                "1 s",
            ),
            ("share of the rate used", f"{found.slots_used_share:.1%}", ""),
            ("due → callback, s: p50 / p90 / p99 / max", percentiles(found.lateness_s), ""),
            ("called twice", str(found.duplicate_count), "0"),
        ),
    )


def picture(channel: Channel, *, accepted: Accepted, arrivals: Sequence[Arrival]) -> Path:
    """Save the plot; return where it is."""
    path = LOG_FOLDER / f"demo-{channel}-{datetime.now(UTC):%Y%m%d-%H%M%S}.png"
    plot_callbacks(
        path,
        [arrival.monotonic_ns for arrival in arrivals],
        origin_ns=accepted.answered.monotonic_ns,
        rate_per_s=RATE_PER_S[channel],
        title=f"{len(accepted.job_ids):,} {channel} messages, one request",
    )
    return path.resolve()


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.demo",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.add_argument("--channel", choices=("sms", "email"), default="sms")
    described.add_argument("--count", type=int, default=2_000)
    described.add_argument(
        "--latency-ms", type=float, default=0, help="how slowly the backend answers"
    )
    described.add_argument("--url", help="a running local cloud, such as http://127.0.0.1:8000")
    described.add_argument("--token", help="its token: `make run` prints one")
    described.add_argument("--sink-port", type=int, help="where its callbacks go")
    return described


def checked(arguments: argparse.Namespace) -> argparse.Namespace:
    """Refuse what cannot work, in words."""
    if bool(arguments.url) != bool(arguments.token):
        raise SystemExit("A running local cloud needs both --url and --token.")
    if arguments.latency_ms and arguments.url and not arguments.sink_port:
        raise SystemExit(
            "--latency-ms is for the demo's own backend: add --sink-port, or leave --url out."
        )
    return arguments


def main() -> None:
    """Send the broadcast, print the report, save the picture."""
    arguments = checked(parser().parse_args())
    channel: Channel = arguments.channel
    say(machine())
    with ExitStack() as stack:
        audience = gather(stack, arguments)
        if audience.sink is not None:
            audience.sink.answer_with(Answers(latency_ms=arguments.latency_ms))
        accepted, arrivals = broadcast(audience, channel, count=arguments.count)
        due_ns = audience.client.due_wall_ns(accepted.job_ids[0])
        seen_by = audience.seen_by()
    found = figures(
        arrivals,
        due_wall_ns=dict.fromkeys(accepted.job_ids, due_ns),
        accepted=accepted.answered,
        rate_per_s=RATE_PER_S[channel],
    )
    say(f"\n{report(channel, accepted=accepted, found=found)}\n\n{seen_by}")
    path = picture(channel, accepted=accepted, arrivals=arrivals)
    say(f"Callbacks per second over time: {path}")


if __name__ == "__main__":
    main()
