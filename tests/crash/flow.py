"""A flow whose process dies at each of its calls, and what came of a world in which it did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tests.crash.kill_switch import KillSwitch, Point
from tests.crash.promises import breaches
from tests.crash.world import World, a_world

Step: TypeAlias = Callable[[World], None]


@dataclass(frozen=True, slots=True)
class Flow:
    """What happens before, and the act: the first process that it starts is the one that dies."""

    prepare: Step
    act: Step
    #: Calls that it is known to make, in this order among others: an enumeration of nothing fails.
    known: str


@dataclass(frozen=True, slots=True)
class Fate:
    """What a process had called when it ended or died, and the promises that were broken."""

    calls: Sequence[str]
    has_died: bool
    breaches: Sequence[str]


def fate(flow: Flow, switch: KillSwitch, point: Point | None, *, deaths: int = 1) -> Fate:
    """Of a world of its own in which the flow's process dies there, and so do some after it."""
    with a_world(switch) as world:
        flow.prepare(world)
        world.processes.point, world.processes.deaths = point, deaths
        flow.act(world)
        calls, has_died = world.processes.calls, world.processes.has_died
        world.look_for_strangers()
        world.drain()
        return Fate(calls, has_died, breaches(world))
