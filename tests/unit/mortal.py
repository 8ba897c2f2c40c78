"""A world in which a call can die at each of its writes, and leaves what it has written by then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chalicelib.model.idempotency import Record
from chalicelib.model.job import Job
from chalicelib.ports.delivery import Parcel
from chalicelib.ports.jobs import Stored
from tests.rig.memory.idempotency import MemoryIdempotencyRecords
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.memory.queues import MemoryQueues
from tests.rig.world import World


class DiedError(Exception):
    """The process is gone: nothing that it still tries has any effect."""


@dataclass(slots=True)
class Life:
    """How many writes are left to a call; None for as many as it wants."""

    left: int | None = None

    def spend(self) -> None:
        """One write."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise DiedError


@dataclass(slots=True)
class MortalStore(MemoryJobStore):
    """Writes new jobs one after the other, and may die between them."""

    life: Life = field(default_factory=Life)

    def add_payloads(self, batch: Sequence[Stored]) -> None:
        for entry in batch:
            self.life.spend()
            MemoryJobStore.add_payloads(self, [entry])

    def add_jobs(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self.life.spend()
            MemoryJobStore.add_jobs(self, [job])


@dataclass(slots=True)
class MortalRecords(MemoryIdempotencyRecords):
    """May die before it writes."""

    life: Life = field(default_factory=Life)

    def begin(self, record: Record) -> Record:
        self.life.spend()
        return MemoryIdempotencyRecords.begin(self, record)

    def replace(self, before: Record, after: Record) -> bool:
        self.life.spend()
        return MemoryIdempotencyRecords.replace(self, before, after)


@dataclass(slots=True)
class MortalQueues(MemoryQueues):
    """Sends envelopes one after the other, and may die between them."""

    life: Life = field(default_factory=Life)

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        for parcel in parcels:
            self.life.spend()
            MemoryQueues.send(self, [parcel])
        return []


class MortalWorld(World):
    """The world, with one life for all that schedules in it."""

    def __init__(self) -> None:
        self.life = Life()
        super().__init__(store=MortalStore(life=self.life), records=MortalRecords(life=self.life))

    @cached_property
    def queues(self) -> MemoryQueues:
        return MortalQueues(self.clock, life=self.life)
