"""Which jobs of a queue were completed, as the stream tells it: batch by batch."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.cursor import place
from chalicelib.model.job import Job
from chalicelib.model.status import Status


@dataclass(frozen=True, slots=True)
class Completions:
    """Some of a queue's completions; `places` are those of their ends, at least one."""

    queue: Queue
    places: tuple[str, ...]

    @property
    def newest(self) -> str:
        """The place of the last end: no two batches have the same one."""
        return max(self.places)


def completions_of(changes: Iterable[Change]) -> list[Completions]:
    """What some changes say was completed, one for each queue."""
    found: dict[Queue, set[str]] = defaultdict(set)
    for change in changes:
        job = change.after
        if job is not None and _is_completed(job) and not _is_completed(change.before):
            found[job.queue].add(ended_at(job))
    return [Completions(queue, tuple(sorted(places))) for queue, places in found.items()]


def in_order(batches: Iterable[Completions]) -> Iterator[str]:
    """The places of batches that come by their newest ones, the newest first.

    Batches of several shards overlap: no more of them is read than the next place needs.
    """
    waiting: list[str] = []
    for batch in batches:
        yield from sorted((each for each in waiting if each > batch.newest), reverse=True)
        waiting = [each for each in waiting if each <= batch.newest]
        waiting += batch.places
    yield from sorted(waiting, reverse=True)


def ended_at(job: Job) -> str:
    """The place of a job's end."""
    return place(job.completed_at or job.updated_at, job.id)


def _is_completed(job: Job | None) -> bool:
    return job is not None and job.status is Status.COMPLETED
