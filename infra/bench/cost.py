"""What a million messages cost on AWS at list price, by what some of them use on a local cloud.

Every call of a real run is recorded and weighed in AWS's own units (infra/local/mended/recorder.py)
and priced (tests.rig.pricing). One first attempt in a hundred is answered 503 and tried again.
Lambda time is that of this machine: its workers share it with the emulator, and mostly wait.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.bench.cost_messages import cost_messages
from infra.layer import BUILD, ROOT
from infra.local.emulator import CALL_LOG
from infra.package import TEMPLATE_NAME
from tests.rig.client import Channel
from tests.rig.cloud.stage import Stage, own_stage
from tests.rig.measuring.report import load, machine, say, table
from tests.rig.measuring.watch import wait_for_callbacks
from tests.rig.pricing import bill as cost_bill
from tests.rig.pricing.bill import Bill, Case, bill, units_per_job
from tests.rig.pricing.usage import Usage, read_calls, usage
from tests.rig.sink.answers import Answers

#: A long delay goes through a timer, and still within three minutes.
_SETTINGS = {"RECORD_CALLS": "true", "SQS_HORIZON_S": "90", "TIMER_LEAD_S": "15"}
_TIMER_DELAY_MS = 100_000
_FAILS_EVERY = 100
_WORKSPACES = 4
#: How long after the last callback its outcome, its retry and its counts may take.
_SETTLE_S = 12.0
_MAPPINGS = 6
_LEAST_SHARE = 0.005
_METRIC = re.compile(r'count_metric\(\s*"(\w+)"')


@dataclass(frozen=True, slots=True)
class Run:
    """A local cloud that records, and where."""

    stage: Stage

    @property
    def folder(self) -> Path:
        """Where it keeps its record, its package and its functions' logs."""
        return BUILD / "local" / self.stage.cloud.url.rpartition(":")[2]

    def play(self, name: str, send: Callable[[], int], *, wait_s: float = 0) -> Case:
        """Send messages, wait until all is done and counted, and weigh what that used."""
        self.stage.sink.clear()
        begun_s, logged = time.time(), self._log_bytes()
        count = send()
        wait_for_callbacks(
            self.stage.sink.job_count, expected_count=count, timeout_s=wait_s + count, label=name
        )
        time.sleep(_SETTLE_S)
        called = self.stage.sink.count()
        if called["jobs"] < count:
            raise SystemExit(f"Of {count} jobs only {called['jobs']} were called back.")
        return Case(
            name,
            count,
            self.used(begun_s, of_rescue=False),
            callback_bytes=called["bytes"],
            callbacks=called["arrivals"],
            log_bytes=self._log_bytes() - logged,
        )

    def used(self, since_s: float, *, of_rescue: bool) -> Usage:
        """What the service used since then."""
        calls = read_calls(self.folder / CALL_LOG)
        return usage(calls, since_s=since_s, until_s=time.time(), of_rescue=of_rescue)

    def bulk(self, channel: Channel, count: int, *, delay_ms: int = 0) -> int:
        """One request a workspace."""
        each = count // _WORKSPACES
        for number in range(_WORKSPACES):
            self.stage.client.schedule_bulk(
                channel,
                cost_messages(channel, each),
                workspace_id=f"workspace-{number}",
                defaults={"delay": delay_ms},
            )
        return each * _WORKSPACES

    def singles(self, count: int) -> int:
        """One request a message."""
        for number, message in enumerate(cost_messages("sms", count)):
            workspace_id = f"workspace-{number % _WORKSPACES}"
            self.stage.client.schedule("sms", message | {"workspaceId": workspace_id})
        return count

    def idle_bill(self, minutes: int) -> Bill:
        """What nothing costs in a month, by some minutes of it."""
        begun_s = time.time()
        time.sleep(60 * minutes)
        sources = (path.read_text(encoding="utf-8") for path in ROOT.glob("chalicelib/**/*.py"))
        template = (self.folder / "package" / TEMPLATE_NAME).read_text(encoding="utf-8")
        return cost_bill.idle(
            self.used(begun_s, of_rescue=True),
            minutes=minutes,
            mappings=_MAPPINGS,
            alarms=template.count('"AWS::CloudWatch::Alarm"'),
            metrics=len({name for text in sources for name in _METRIC.findall(text)}),
        )

    def _log_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.folder / "logs").glob("*.log"))


def money(bills: Sequence[Bill], names: Sequence[str], *, unit: str) -> str:
    """A table of dollars, a column a bill, with a sum."""
    parts = list(dict.fromkeys(part for each in bills for part in each))
    rows = [(part, *(f"{each.get(part, 0):.2f}" for each in bills)) for part in parts]
    total = ("**all**", *(f"**{sum(each.values()):.2f}**" for each in bills))
    return table((unit, *names), [*rows, total])


def quantities(cases: Sequence[Case]) -> str:
    """Tables of what one job uses, the largest first; what is next to nothing is left out."""
    kinds: dict[str, Callable[[Case], dict[str, float]]] = {
        "write units a job": lambda case: dict(units_per_job(case)),
        "read units a job": lambda case: _a_job(case, case.usage.reads),
        "SQS requests a job": lambda case: _a_job(case, case.usage.sqs),
        "GB-ms a job": lambda case: _a_job(case, case.usage.gb_s, factor=1000),
        "processor ms a job": lambda case: _a_job(case, case.usage.cpu_s, factor=1000),
        "invocations a job": lambda case: _a_job(case, case.usage.invocations),
    }
    return "\n\n".join(_quantity(cases, title, of=of) for title, of in kinds.items())


def _a_job(case: Case, counted: Mapping[str, float], *, factor: int = 1) -> dict[str, float]:
    return {name: factor * count / case.jobs for name, count in counted.items()}


def _quantity(cases: Sequence[Case], title: str, *, of: Callable[[Case], dict[str, float]]) -> str:
    found = [of(case) for case in cases]
    names = {name for each in found for name, count in each.items() if count >= _LEAST_SHARE}
    ordered = sorted(names, key=lambda name: -max(each.get(name, 0) for each in found))
    rows = [(name, *(f"{each.get(name, 0):.3f}" for each in found)) for name in ordered]
    total = ("all", *(f"{sum(each.values()):.2f}" for each in found))
    return table((title, *(case.name for case in cases)), [*rows, total])


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.cost", description=__doc__)
    described.add_argument("--sms", type=int, default=2_000, help="by bulk")
    described.add_argument("--emails", type=int, default=1_000, help="by bulk, with 20 KB of HTML")
    described.add_argument("--singles", type=int, default=300, help="one SMS a request")
    described.add_argument("--timed", type=int, default=400, help="SMS by bulk through a timer")
    described.add_argument("--idle-minutes", type=int, default=2)
    return described


def play_all(run: Run, arguments: argparse.Namespace) -> list[Case]:
    """The cases that are asked for."""
    plays: list[tuple[int, Callable[[int], Case]]] = [
        (arguments.sms, lambda n: run.play("SMS by bulk", lambda: run.bulk("sms", n))),
        (arguments.emails, lambda n: run.play("emails by bulk", lambda: run.bulk("email", n))),
        (arguments.singles, lambda n: run.play("single SMS", lambda: run.singles(n))),
        (
            arguments.timed,
            lambda n: run.play(
                "SMS by timer", lambda: run.bulk("sms", n, delay_ms=_TIMER_DELAY_MS), wait_s=180
            ),
        ),
    ]
    return [play(count) for count, play in plays if count]


def main() -> None:
    """Run the cases and print the tables."""
    arguments = parser().parse_args()
    say(machine())
    with own_stage(_SETTINGS) as stage:
        stage.sink.answer_with(Answers(fails_every=_FAILS_EVERY))
        run = Run(stage)
        cases = play_all(run, arguments)
        rest = run.idle_bill(arguments.idle_minutes) if arguments.idle_minutes else {}
    say(f"\n{load()} at the end; {', '.join(f'{case.jobs:,} {case.name}' for case in cases)}\n")
    say(money([bill(each) for each in cases], [each.name for each in cases], unit="$ a million"))
    say(f"\n{quantities(cases)}\n")
    for case in cases:
        kept = ", ".join(
            f"{kind} {each.size_bytes / each.items:.0f} B, "
            f"in {each.entries // each.items} indexes {each.entries_bytes / each.items:.0f} B"
            for kind, each in case.usage.kept.items()
        )
        say(f"One of {case.name} leaves on average: {kept}")
    if rest:
        say(f"\n{money([rest], ['idle'], unit='$ a month')}")
    say("\nus-east-1, list prices: tests/rig/pricing/prices.py says from where and when")


if __name__ == "__main__":
    main()
