"""The promises hold in 2,000 worlds where all goes wrong, a part a commit; cheats are found."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from chalicelib.model.job import Job
from chalicelib.model.slots import Run
from chalicelib.ports.jobs import Stored
from tests.rig.memory.jobs import MemoryJobStore, MemoryPace
from tests.rig.tier import part_of
from tests.simulation.blocks import broken
from tests.simulation.promises import breaches
from tests.simulation.simulation import Simulation

SEEDS = 2_000
#: A commit's tests play every so many-th; twenty commits play them all, and each night does.
PARTS = 20
#: A cheat is found out within so many worlds.
WORLDS = 40


#: A process that dies leaves stories that nobody listens to.
unheard = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


def test_the_promises_hold():
    found = dict(broken(part_of(range(SEEDS), parts=PARTS)))

    assert found == {}, "replay one by: python -m tests.simulation --from <seed> --seeds 1"


@unheard
def test_a_seed_takes_the_same_course_each_time():
    courses = [
        [(start.at, start.job_id) for start in Simulation(7).run().shared.backend.starts]
        for _ in range(2)
    ]

    assert courses[0] == courses[1] != []


class CarelessStore(MemoryJobStore):
    """Moves jobs whatever their version is."""

    def move(self, before: Job, after: Job) -> bool:
        """Last one wins."""
        entry = self.entries.get(before.id)
        if entry is None:
            return False
        self.entries[before.id] = Stored(after, entry.payload)
        return True


class ForgetfulStore(MemoryJobStore):
    """Says that it has stored what it has not."""

    def add(self, batch: Sequence[Stored]) -> None:
        """All but the first."""
        MemoryJobStore.add(self, batch[1:])


class EagerPace(MemoryPace):
    """Gives every worker the same slots."""

    def reserve(
        self,
        name: str,
        count: int,
        *,
        spacing: timedelta,
        not_before: datetime,
        not_after: datetime,  # noqa: ARG002 - of the port
    ) -> Run:
        """From now on."""
        del name
        return Run(not_before, spacing, count)


def careless(world: Simulation) -> None:
    """Its store has no conditions."""
    world.shared.store = CarelessStore(world.shared.entries)


def forgetful(world: Simulation) -> None:
    """Its store loses jobs."""
    world.shared.store = ForgetfulStore(world.shared.entries)


def eager(world: Simulation) -> None:
    """Its pace is everybody's own."""
    world.shared.pace = EagerPace()


@unheard
@pytest.mark.parametrize(
    ("cheat", "word"),
    [
        (careless, "called"),
        (forgetful, "was accepted and is gone"),
        (eager, "in one second"),
    ],
)
def test_who_cheats_is_found_out(cheat: Callable[[Simulation], None], word: str):
    assert any(word in told for seed in range(WORLDS) for told in told_of(cheat, seed))


def told_of(cheat: Callable[[Simulation], None], seed: int) -> list[str]:
    """The breaches of one world made wrong."""
    world = Simulation(seed)
    cheat(world)
    return breaches(world.run())
