"""What all processes of the world share: AWS in memory, the backend, and fate."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from tests.rig.builders import NOON
from tests.rig.memory.breakers import MemoryBreakers
from tests.rig.memory.canaries import MemoryCanaries
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.idempotency import MemoryIdempotencyRecords
from tests.rig.memory.jobs import MemoryChance, MemoryJobStore, MemoryPace
from tests.rig.memory.meters import MemoryBatchLog
from tests.rig.memory.queue_lists import MemoryPauses
from tests.rig.memory.steering import MemoryBacklogs, MemoryRestraints
from tests.simulation.backend import SimulatedBackend
from tests.simulation.fates import Fates
from tests.simulation.index import LaggingEntries
from tests.simulation.sqs import SimulatedSqs

#: EventBridge Scheduler is exact to a minute.
PRECISION = timedelta(seconds=60)
LOST, TWICE = 0.03, 0.05


@dataclass(slots=True)
class SimulatedTimers:
    """`ports.Timers`: late, twice, or never."""

    clock: MemoryClock
    fates: Fates
    pending: set[datetime] = field(default_factory=set[datetime])
    #: When to wake whom; sorted by nobody.
    alarms: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """A bucket that has a timer keeps it."""
        if bucket_at in self.pending:
            return
        self.pending.add(bucket_at)
        at = max(wake_at, self.clock.now())
        if not self.fates.strikes("timer lost", LOST):
            self.alarms.append((at + self.fates.up_to(PRECISION / 6), bucket_at))
        if self.fates.strikes("timer twice", TWICE):
            self.alarms.append((at + self.fates.up_to(PRECISION), bucket_at))

    def due(self) -> list[datetime]:
        """The buckets whose timers fire now."""
        now = self.clock.now()
        fired = [bucket_at for at, bucket_at in self.alarms if at <= now]
        self.alarms = [alarm for alarm in self.alarms if alarm[0] > now]
        self.pending -= set(fired)
        return fired


@dataclass(slots=True)
class Infrastructure:
    """One world's."""

    seed: int
    fates: Fates
    clock: MemoryClock = field(default_factory=lambda: MemoryClock(NOON))
    pace: MemoryPace = field(default_factory=MemoryPace)
    breakers: MemoryBreakers = field(default_factory=MemoryBreakers)
    backlogs: MemoryBacklogs = field(default_factory=MemoryBacklogs)
    restraints: MemoryRestraints = field(default_factory=MemoryRestraints)
    pauses: MemoryPauses = field(default_factory=MemoryPauses)
    records: MemoryIdempotencyRecords = field(default_factory=MemoryIdempotencyRecords)
    batch_log: MemoryBatchLog = field(default_factory=MemoryBatchLog)
    canaries: MemoryCanaries = field(default_factory=MemoryCanaries)
    chance: MemoryChance = field(init=False)
    entries: LaggingEntries = field(init=False)
    store: MemoryJobStore = field(init=False)
    sqs: SimulatedSqs = field(init=False)
    timers: SimulatedTimers = field(init=False)
    backend: SimulatedBackend = field(init=False)

    def __post_init__(self) -> None:
        """Put together what needs the clock and the dice."""
        self.chance = MemoryChance(Random(self.seed))
        self.entries = LaggingEntries(self.clock, self.fates)
        self.store = MemoryJobStore(self.entries)
        self.sqs = SimulatedSqs(self.clock, self.fates)
        self.timers = SimulatedTimers(self.clock, self.fates)
        self.backend = SimulatedBackend(self.clock, self.fates)
