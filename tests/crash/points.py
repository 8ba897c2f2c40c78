"""All points at which a flow can die, each in a world of its own, on as many cores as there are."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, redirect_stdout
from functools import cache
from importlib import import_module
from multiprocessing import get_context
from os import devnull
from pathlib import Path
from warnings import filterwarnings

from tests.crash.flow import Fate, Flow, fate
from tests.crash.flows import FLOWS
from tests.crash.kill_switch import KillSwitch, Point, Side, on_the_wire
from tests.crash.wrong_flows import WRONG_FLOWS

#: They leave nothing behind.
READS = frozenset({"BatchGetItem", "GetItem", "Query"})


def open_pool() -> ProcessPoolExecutor:
    """Processes in which time can be moved without anybody else's noticing."""
    return ProcessPoolExecutor(mp_context=get_context("spawn"))


def lived(pool: ProcessPoolExecutor, name: str) -> Fate:
    """What comes of the flow where nobody dies."""
    return pool.submit(fate_of, name, None).result()


def points_of(calls: Sequence[str]) -> list[Point]:
    """Those whose worlds differ: before the first call, and after each that leaves something.

    Who dies before a call, or after a read, leaves what the last call before that has left.
    """
    writes = [n for n, call in enumerate(calls, start=1) if operation(call) not in READS]
    return [Point(1, Side.BEFORE), *(Point(number, Side.AFTER) for number in writes)]


def all_points_of(calls: Sequence[str]) -> list[Point]:
    """Before and after each call."""
    return [Point(number, side) for number in range(1, len(calls) + 1) for side in Side]


def died(
    pool: ProcessPoolExecutor, name: str, points: Sequence[Point], *, deaths: int = 1
) -> Iterator[tuple[Point, Fate]]:
    """What came of each death, or of so many at the same call of one process after the other."""
    fates = [pool.submit(fate_of, name, point, deaths) for point in points]
    return ((point, each.result()) for point, each in zip(points, fates, strict=True))


def sentence(name: str, point: Point, told: Fate) -> str | None:
    """What went wrong where a flow died at a point; None where nothing did."""
    if not told.breaches:
        return None
    call = told.calls[-1] if told.has_died else "its end"
    return f"{name}: killed {point.side} call {point.number} ({call}): {'; '.join(told.breaches)}"


def missing(known: str, calls: Sequence[str]) -> list[str]:
    """The calls that a flow is known to make, and has not made in this order."""
    made = map(operation, calls)
    return [name for name in known.split() if name not in made]  # `in` reads on from there


def operation(call: str) -> str:
    """What is asked for, without whom."""
    return call.rpartition(".")[2]


def fate_of(name: str, point: Point | None, deaths: int = 1) -> Fate:
    """Of one world, in this process."""
    with Path(devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        return fate(_flow(name), _switch(), point, deaths=deaths)


def _flow(name: str) -> Flow:
    return FLOWS[name] if name in FLOWS else WRONG_FLOWS[name][0]


@cache
def _switch() -> KillSwitch:
    """One a process, for as long as it lives: its clients are made once."""
    import_module("tests.conftest")  # made-up credentials, and no network
    logging.disable()
    # Who dies leaves stories that nobody listens to.
    filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    switch, stack = KillSwitch(), ExitStack()
    stack.enter_context(on_the_wire(switch))
    _kept.append(stack)
    return switch


_kept: list[ExitStack] = []
