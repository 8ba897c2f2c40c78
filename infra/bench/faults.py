"""The local cloud under faults, one after the other; exits with 1 where a promise was broken."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import closing
from random import Random

from tests.rig.cloud.stage import Stage, own_stage
from tests.rig.faults.load import SETTINGS, Load
from tests.rig.faults.scenarios import SCENARIOS, play
from tests.rig.faults.scene import NothingHappensError, Scene
from tests.rig.faults.verdict import Struck, Verdict
from tests.rig.faults.weather import Weather
from tests.rig.measuring.report import Row, conditions, machine, say, table

_HEADER = (
    "scenario",
    "what was done",
    "accepted",
    "lost",
    "failed",
    "called more than once (unrecorded)",
    "early",
    "counters off",
    "dead letters",
    "most SMS, emails a second",
    "the fault took, s",
    "first callback after it, s",
    "all done, s",
)


def row_of(name: str, struck: Struck, *, verdict: Verdict) -> Row:
    """Write a scenario's row."""
    return (
        name,
        struck.what,
        str(verdict.accepted),
        str(verdict.never_called + verdict.still_open),
        str(verdict.failed),
        f"{verdict.called_again} ({verdict.unrecorded})",
        str(verdict.early),
        str(verdict.counters_off),
        str(verdict.dead_letters),
        ", ".join(map(str, verdict.peaks.values())),
        f"{verdict.fault_s:.1f}",
        f"{verdict.first_again_s:.1f}",
        f"{verdict.all_done_s:.1f}",
    )


def played(stage: Stage, name: str, *, chosen: argparse.Namespace) -> tuple[Row, list[str]]:
    """Play one scenario; its row, and which promises it broke."""
    chance = Random(f"{chosen.seed} {name}")
    load = Load(stage.cloud.url, stage.cloud.token, name=name, chance=chance)
    scene = Scene(stage, load, Weather(stage.cloud.url), chance, chosen.count)
    try:
        with closing(load):
            struck, verdict = play(scene, SCENARIOS[name], by_timer=not chosen.quick)
    except NothingHappensError as error:
        return (name, str(error), *"–" * (len(_HEADER) - 2)), [str(error)]
    row, broken = row_of(name, struck, verdict=verdict), verdict.broken()
    for header, cell in zip(_HEADER, row, strict=True):
        say(f"  {header}: {cell}")
    return row, broken


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.faults", description=__doc__)
    described.add_argument("--seed", type=int, default=1)
    described.add_argument("--count", type=int, default=600, help="messages a channel, at least")
    described.add_argument("--quick", action="store_true", help="fewer, and none by a timer")
    described.add_argument(
        "--only", action="append", choices=SCENARIOS, help="this scenario; may be repeated"
    )
    return described


def chosen_names(chosen: argparse.Namespace) -> Sequence[str]:
    """Return the scenarios that were asked for."""
    return chosen.only or list(SCENARIOS)


def main() -> None:
    """Run them and print the table."""
    chosen = parser().parse_args()
    chosen.count = 200 if chosen.quick else chosen.count
    say(f"{machine()}\nseed {chosen.seed}, {chosen.count} messages a channel and more")
    rows: list[Row] = []
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as state:
        settings = {**SETTINGS, "LOCAL_STATE": state, "AWS_FAULTS": "true"}
        with own_stage(settings) as stage:
            for name in chosen_names(chosen):
                say(f"\n{name} …")
                row, broke = played(stage, name, chosen=chosen)
                rows.append(row)
                broken += [f"{name}: {each}" for each in broke]
            say(f"\n{table(_HEADER, rows)}\n\n{conditions(stage.sink.lag())}")
    for each in broken:
        say(f"BROKEN: {each}")
    raise SystemExit(1 if broken else 0)


if __name__ == "__main__":
    main()
