"""The replaced service and this one, one after the other in each case; a table of both."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx

from infra.bench.peers import faults, pacing
from infra.bench.peers.accepting import accept
from infra.bench.peers.install import install, versions
from infra.bench.peers.ours import ours
from infra.bench.peers.punctual import delays
from infra.bench.peers.replaced import replaced
from infra.bench.peers.side import Starter
from tests.rig.client import RefusedError
from tests.rig.comparing.comparison import OURS, REPLACED, Comparison, markdown
from tests.rig.comparing.figure import Figure
from tests.rig.measuring.report import conditions, machine, say
from tests.rig.messages import messages
from tests.rig.sink.answers import Answers
from tests.rig.sink.process import SinkProcess

_SIDES: Mapping[str, Starter] = {OURS: ours, REPLACED: replaced()}
_REDIS_ALONE: Mapping[str, Starter] = {REPLACED: replaced()}
_REDIS_WITH_LOG: Mapping[str, Starter] = {
    REPLACED: replaced("--appendonly", "yes", "--appendfsync", "everysec")
}
_WARM_UP_COUNT = 60


class TooBusyError(Exception):
    """A side was not warm in time: its figures would be the machine's."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is played, on which sides."""

    title: str
    play: Callable[..., Sequence[Figure]]
    sides: Mapping[str, Starter] = field(default_factory=lambda: _SIDES)


CASES: Mapping[str, Case] = {
    "fast": Case("2,000 SMS, backend 0 ms", pacing.fast),
    "slow": Case("2,000 SMS, backend 300 ms", pacing.slow),
    "slower": Case("2,000 SMS, backend 2 s", pacing.slower),
    "two-queues": Case("500 immediate and 500 scheduled SMS", pacing.two_queues),
    "window-edge": Case("100 SMS around a window's edge", pacing.window_edge),
    "delays": Case("150 delays of 1–10 s", delays),
    "accept": Case("accepting", accept),
    "idle": Case("idle", pacing.idle),
    "worker": Case("a worker killed -9", faults.worker_killed),
    "redis": Case("Redis killed -9, no snapshot yet", faults.store_killed, _REDIS_ALONE),
    "redis-snapshot": Case(
        "Redis killed -9, a snapshot at the start",
        faults.store_killed_after_snapshot,
        _REDIS_ALONE,
    ),
    "redis-aof": Case("Redis killed -9, AOF everysec", faults.store_killed, _REDIS_WITH_LOG),
}


def play(case: Case, starter: Starter, *, sink: SinkProcess) -> Sequence[Figure]:
    """Start a side, warm it up, play the case, end the side."""
    with starter(sink) as side:
        sink.answer_with(Answers())
        sink.clear()
        pacing.send(side, messages("sms", _WARM_UP_COUNT))
        if len(pacing.wait(sink, _WARM_UP_COUNT, label="warm-up")) < _WARM_UP_COUNT:
            raise TooBusyError("The warm-up did not end: is the machine busy with something else?")
        sink.clear()
        return case.play(side, sink)


def figures_of(case: Case, starter: Starter, *, sink: SinkProcess) -> Sequence[Figure]:
    """Play it; say why, and have no figures, where a service did not answer as it should."""
    try:
        return play(case, starter, sink=sink)
    except (TooBusyError, RefusedError, httpx.TransportError, aiohttp.ClientError) as error:
        say(f"No figures: {error!r}")
        return ()


def play_all(names: Sequence[str], *, runs: int) -> list[Comparison]:
    """Play the cases, each on its sides one after the other."""
    comparisons: list[Comparison] = []
    with SinkProcess() as sink:
        for name in names:
            case = CASES[name]
            comparisons.append(Comparison(case.title))
            for run in range(runs):
                for side, starter in case.sides.items():
                    say(f"{name}, {side}, run {run + 1} of {runs}")
                    comparisons[-1].add(side, figures_of(case, starter, sink=sink))
            say(f"{markdown(comparisons[-1:])}\n{conditions(sink.lag())}\n")
    return comparisons


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    described = argparse.ArgumentParser(prog="python -m infra.bench.peers", description=__doc__)
    described.add_argument(
        "--case", choices=CASES, action="append", help="only this one; repeatable"
    )
    described.add_argument("--runs", type=int, default=1, help="of each case and side")
    return described


def main() -> None:
    """Run it and print the table."""
    arguments: Any = parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    install()
    begun_s = time.monotonic()
    say(machine())
    say(", ".join(f"{name} {version}" for name, version in versions().items()))
    comparisons = play_all(arguments.case or [*CASES], runs=arguments.runs)
    command = " ".join(["python -m infra.bench.peers", *sys.argv[1:]])
    say(f"{markdown(comparisons)}\n\n{command}: {(time.monotonic() - begun_s) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
