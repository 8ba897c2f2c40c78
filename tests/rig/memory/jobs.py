"""AWS in memory: kept to the same promises as the real one by tests/contract."""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeAlias, TypeVar

from chalicelib.errors import ServiceError
from chalicelib.model.channel import Queue
from chalicelib.model.instant import to_ms
from chalicelib.model.job import Job, Payload
from chalicelib.model.slots import Fitting, Occupied, Run, fitting, next_run
from chalicelib.ports.jobs import Stored
from tests.rig.memory.agenda import MemoryEntries
from tests.rig.memory.clock import MemoryClock

T = TypeVar("T")


#: What comes in the way of a call: it fails, or somebody else is faster; None is nothing.
Event: TypeAlias = ServiceError | Callable[[], object] | None


@dataclass(frozen=True, slots=True)
class Faults:
    """A world on a bad day: what comes in the way of the next calls, by the method's name."""

    coming: dict[str, deque[Event]] = field(default_factory=lambda: defaultdict(deque))

    def add(self, method: str, *events: Event) -> None:
        """Each event is for one call of the method, in this order."""
        self.coming[method].extend(events)

    def strike(self, method: str) -> None:
        """Let happen what is coming for this call."""
        event = events.popleft() if (events := self.coming.get(method)) else None
        if isinstance(event, ServiceError):
            raise event
        if event is not None:
            event()


@dataclass(slots=True)
class MemoryChance:
    """Seeded randomness."""

    random: Random = field(default_factory=lambda: Random(1))

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        return self.random.random()

    def new_id(self, *, at: datetime) -> str:
        """Sorts by millisecond."""
        return f"{to_ms(at):013X}{self.random.getrandbits(52):013X}"

    def seed(self) -> str:
        """As long as a real one."""
        return f"{self.random.getrandbits(128):032x}"


class Inline:
    """`ports.Offload` that runs the call where it is."""

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """Run it now."""
        return call(*args)


@dataclass(frozen=True, slots=True)
class Slow:
    """`ports.Offload` whose calls take their time; each has its effect half-way."""

    clock: MemoryClock
    takes: Callable[[], timedelta]

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """Run it after one half of its time, and answer after the other."""
        half = self.takes() / 2
        await self.clock.sleep_until(self.clock.now() + half)
        answer = call(*args)
        await self.clock.sleep_until(self.clock.now() + half)
        return answer


@dataclass(slots=True)
class MemoryJobStore:
    """`ports.JobStore` in a dict."""

    entries: MemoryEntries = field(default_factory=MemoryEntries)
    #: Payloads that were added before their jobs.
    payloads: dict[str, Payload] = field(default_factory=dict[str, Payload])
    faults: Faults = field(default_factory=Faults)

    def add(self, batch: Sequence[Stored]) -> None:
        """Keep new jobs."""
        self.faults.strike("add")
        self.entries.add({entry.job.id: entry for entry in batch})

    def add_payloads(self, batch: Sequence[Stored]) -> None:
        """Keep them apart."""
        self.faults.strike("add_payloads")
        self.payloads |= {entry.job.id: entry.payload for entry in batch}

    def add_jobs(self, jobs: Sequence[Job]) -> None:
        """Put them together with their payloads."""
        self.faults.strike("add_jobs")
        self.entries.add({job.id: Stored(job, self.payloads[job.id]) for job in jobs})

    def half_added(self, job_ids: Iterable[str]) -> Collection[str]:
        """Those whose payloads are alone."""
        self.faults.strike("half_added")
        return {job_id for job_id in job_ids if job_id in self.payloads.keys() - self.entries}

    def get(self, job_id: str) -> Stored | None:
        """A job as it is now."""
        self.faults.strike("get")
        return self.entries.get(job_id)

    def get_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Those that exist."""
        self.faults.strike("get_many")
        return {job_id: self.entries[job_id] for job_id in job_ids if job_id in self.entries}

    def get_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Those that exist."""
        self.faults.strike("get_jobs")
        return {i: self.entries[i].job for i in job_ids if i in self.entries}

    def recent_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Those that existed."""
        self.faults.strike("recent_many")
        return self.entries.recent(job_ids)

    def recent_jobs(self, job_ids: Iterable[str]) -> Mapping[str, Job]:
        """Those that existed."""
        self.faults.strike("recent_jobs")
        return {job_id: entry.job for job_id, entry in self.entries.recent(job_ids).items()}

    def move(self, before: Job, after: Job) -> bool:
        """Replace the state, if the version is still the same."""
        self.faults.strike("move")
        return self._update(before, after)

    def move_many(self, moves: Sequence[tuple[Job, Job]]) -> Sequence[bool]:
        """One after the other."""
        return [self.move(before, after) for before, after in moves]

    def delete(self, job: Job) -> bool:
        """Forget the entry, if the version is still the same."""
        self.faults.strike("delete")
        if not self._update(job, job):
            return False
        self.payloads.pop(job.id, None)
        return self.entries.pop(job.id, None) is not None

    def delete_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """One after the other."""
        return [self.delete(job) for job in jobs]

    def rewrite(self, before: Job, after: Stored) -> bool:
        """Replace the entry, if the version is still the same."""
        self.faults.strike("rewrite")
        if not self._update(before, after.job):
            return False
        self.entries[before.id] = after
        return True

    def touch(self, job: Job) -> bool:
        """Keep only what the agenda says."""
        self.faults.strike("touch")
        entry = self.entries.get(job.id)
        return entry is not None and self._update(
            job,
            replace(entry.job, attention_at=job.attention_at, handed_over=job.handed_over),
        )

    def touch_many(self, jobs: Sequence[Job]) -> Sequence[bool]:
        """One after the other."""
        return [self.touch(job) for job in jobs]

    def annotate(self, job: Job) -> bool:
        """Keep only the history."""
        self.faults.strike("annotate")
        entry = self.entries.get(job.id)
        return entry is not None and self._update(job, replace(entry.job, history=job.history))

    def needing_attention(
        self,
        queue: Queue,
        shard: int,
        *,
        since: datetime | None,
        until: datetime,
        limit: int | None,
    ) -> Sequence[str]:
        """Soonest first."""
        self.faults.strike("needing_attention")
        first = since or datetime.min.replace(tzinfo=UTC)
        return self.entries.between(queue, shard, since=first, until=until)[:limit]

    def _update(self, expected: Job, after: Job) -> bool:
        entry = self.entries.get(expected.id)
        if entry is None or entry.job.version != expected.version:
            return False
        self.entries[expected.id] = replace(entry, job=after)
        return True


@dataclass(slots=True)
class MemoryPace:
    """`ports.Pace` in a dict."""

    ends: dict[str, datetime] = field(default_factory=dict[str, datetime])
    faults: Faults = field(default_factory=Faults)

    def reserve(
        self,
        name: str,
        count: int,
        *,
        spacing: timedelta,
        not_before: datetime,
        not_after: datetime,
    ) -> Run | Occupied:
        """Append a run."""
        self.faults.strike("reserve")
        free_at = self.ends.get(name)
        run = next_run(free_at, not_before=not_before, spacing=spacing, count=count)
        if run.start_at > not_after:
            return Occupied(free_at=run.start_at)
        self.ends[name] = run.end_at
        return run

    def fit(
        self, name: str, slots: Sequence[datetime], *, spacing: timedelta, most: int
    ) -> Fitting:
        """Use what fits."""
        self.faults.strike("fit")
        found = fitting(self.ends.get(name), slots, spacing=spacing, most=most)
        if found.chosen and found.free_at is not None:
            self.ends[name] = found.free_at
        return found

    def free_at(self, names: Collection[str]) -> Mapping[str, datetime]:
        """Those that were reserved from."""
        self.faults.strike("free_at")
        return {name: self.ends[name] for name in names if name in self.ends}


@dataclass(slots=True)
class MemoryTimers:
    """`ports.Timers`: bucket to wake-up."""

    wake_ups: dict[datetime, datetime] = field(default_factory=dict[datetime, datetime])
    faults: Faults = field(default_factory=Faults)

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """A bucket that has a timer keeps it."""
        self.faults.strike("ensure")
        self.wake_ups.setdefault(bucket_at, wake_at)
