"""The world in memory: every port, kept to the same promises as AWS by tests/contract."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar

from chalicelib.model.agenda import shard_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import to_ms
from chalicelib.model.job import Job
from chalicelib.model.outcome import Answer
from chalicelib.model.slots import Occupied, Run, next_run
from chalicelib.ports import Call, Parcel, Stored

T = TypeVar("T")


@dataclass(slots=True)
class MemoryClock:
    """Time that passes only by sleeping; a sleeper that is overtaken does not go back."""

    at: datetime = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The present instant."""
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        """Time passes at once."""
        self.at = max(self.at, at)


@dataclass(slots=True)
class MemoryChance:
    """Seeded randomness."""

    random: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - repeatable

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        return self.random.random()

    def new_id(self, *, at: datetime) -> str:
        """Sorts by millisecond."""
        return f"{to_ms(at):013X}{self.random.getrandbits(52):013X}"


class Inline:
    """`ports.Offload` that runs the call where it is."""

    async def __call__(self, call: Callable[..., T], /, *args: object) -> T:
        """Run it now."""
        return call(*args)


@dataclass(slots=True)
class MemoryJobStore:
    """`ports.JobStore` in a dict."""

    entries: dict[str, Stored] = field(default_factory=dict[str, Stored])

    def add(self, batch: Sequence[Stored]) -> None:
        """Keep new jobs."""
        self.entries |= {entry.job.id: entry for entry in batch}

    def get(self, job_id: str) -> Stored | None:
        """A job as it is now."""
        return self.entries.get(job_id)

    def get_many(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        """Those that exist."""
        return {job_id: self.entries[job_id] for job_id in job_ids if job_id in self.entries}

    def move(self, before: Job, after: Job) -> bool:
        """Replace the state, if the version is still the same."""
        return self._update(before, after)

    def touch(self, job: Job) -> bool:
        """Keep only the attention."""
        entry = self.entries.get(job.id)
        return entry is not None and self._update(
            job, replace(entry.job, attention_at=job.attention_at)
        )

    def annotate(self, job: Job) -> bool:
        """Keep only the history."""
        entry = self.entries.get(job.id)
        return entry is not None and self._update(job, replace(entry.job, history=job.history))

    def needing_attention(
        self, queue: Queue, shard: int, *, since: datetime | None, until: datetime, limit: int
    ) -> Sequence[str]:
        """Soonest first."""
        found = [
            (job.attention_at or job.due_at, job.id)
            for job in (entry.job for entry in self.entries.values())
            if job.status.is_open and job.queue is queue and shard_of(job.id) == shard
        ]
        first = since or datetime.min.replace(tzinfo=UTC)
        wanted = [(at, job_id) for at, job_id in found if first <= at < until]
        return [job_id for _, job_id in heapq.nsmallest(limit, wanted)]

    def _update(self, expected: Job, after: Job) -> bool:
        entry = self.entries.get(expected.id)
        if entry is None or entry.job.version != expected.version:
            return False
        self.entries[expected.id] = replace(entry, job=after)
        return True


@dataclass(slots=True)
class MemoryPace:
    """`ports.Pace` in a dict."""

    free_at: dict[str, datetime] = field(default_factory=dict[str, datetime])

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
        free_at = self.free_at.get(name)
        run = next_run(free_at, not_before=not_before, spacing=spacing, count=count)
        if run.start_at > not_after:
            return Occupied(free_at=run.start_at)
        self.free_at[name] = run.end_at
        return run


@dataclass(slots=True)
class MemoryQueues:
    """`ports.Queues` with delays; `refusing` stands for an SQS that does not answer."""

    clock: MemoryClock
    refusing: bool = False
    waiting: dict[Queue, list[tuple[datetime, Envelope]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Keep the envelopes until their delay is over."""
        if self.refusing:
            return parcels
        for parcel in parcels:
            visible_at = self.clock.now() + timedelta(seconds=parcel.delay_s)
            self.waiting[parcel.queue].append((visible_at, parcel.envelope))
        return []

    def receive(self, queue: Queue, most: int) -> list[Envelope]:
        """Take out up to so many visible envelopes, the longest waiting first."""
        due = sorted(
            (entry for entry in self.waiting[queue] if entry[0] <= self.clock.now()),
            key=lambda entry: entry[0],
        )[:most]
        for entry in due:
            self.waiting[queue].remove(entry)
        return [envelope for _, envelope in due]


@dataclass(slots=True)
class MemoryTimers:
    """`ports.Timers`: bucket to wake-up."""

    wake_ups: dict[datetime, datetime] = field(default_factory=dict[datetime, datetime])

    def ensure(self, bucket_at: datetime, *, wake_at: datetime) -> None:
        """A bucket that has a timer keeps it."""
        self.wake_ups.setdefault(bucket_at, wake_at)


@dataclass(slots=True)
class MemoryCallbacks:
    """`ports.Callbacks`: answers by the list in `answers`, then 200; remembers every call."""

    clock: MemoryClock
    answers: list[Answer] = field(default_factory=list[Answer])
    calls: list[tuple[datetime, Call]] = field(default_factory=list[tuple[datetime, Call]])

    async def post(self, call: Call) -> Answer:
        """The next answer."""
        self.calls.append((self.clock.now(), call))
        return self.answers.pop(0) if self.answers else Answer(200, "{}")


@dataclass(frozen=True, slots=True)
class MemoryBackends:
    """`ports.Backends`."""

    def base_url(self, channel: Channel) -> str:
        """A host a channel."""
        return f"https://{channel}.example"
