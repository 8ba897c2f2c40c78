"""Fairness, limits, 429s and priorities on one local cloud: what may be, and what was."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial

from infra.bench import (
    fair_backlog,
    fair_limit,
    fair_priorities,
    fair_retry_after,
    fair_sharing,
    fair_slow_down,
)
from infra.bench.tenants import HEADER, Figure
from tests.rig.cloud.local import LOG_FOLDER
from tests.rig.cloud.stage import Stage, own_stage
from tests.rig.measuring.report import conditions, load, machine, say, table
from tests.rig.sink.answers import Answers

_BACKLOG = 100_000

Play = Callable[[Stage], list[Figure]]


def cases(backlog: int) -> Mapping[str, Play]:
    """Return all cases by name; the backlog is the last, since it is not waited for."""
    return {
        "sharing": fair_sharing.play,
        "limit": fair_limit.play,
        "priorities": fair_priorities.play,
        "slow-down": fair_slow_down.play,
        "retry-after": fair_retry_after.play,
        "backlog": partial(fair_backlog.play, count=backlog),
    }


def show(stage: Stage, name: str, *, play: Play) -> None:
    """Play a case, keep its arrivals, print its table."""
    stage.sink.clear()
    stage.sink.answer_with(Answers())
    say(f"\n{name}: {load()} before")
    figures = play(stage)
    stage.sink.save(LOG_FOLDER / f"fairness-{name}.jsonl")
    say(f"\n## {name}\n\n{table(HEADER, figures)}\n\n{conditions(stage.sink.lag())}")


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.fairness", description=__doc__)
    described.add_argument("--case", choices=cases(0), action="append", help="default: all")
    described.add_argument(
        "--backlog", type=int, default=_BACKLOG, help="jobs of the backlog; default 100,000"
    )
    return described


def main() -> None:
    """Run the cases, a table each."""
    arguments = parser().parse_args()
    chosen: list[str] | None = arguments.case
    say(machine())
    with own_stage() as stage:
        for name, play in cases(arguments.backlog).items():
            if chosen is None or name in chosen:
                show(stage, name, play=play)


if __name__ == "__main__":
    main()
