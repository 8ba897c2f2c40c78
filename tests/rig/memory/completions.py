"""What was completed, in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.model.channel import Queue
from chalicelib.model.completions import Completions


@dataclass(slots=True)
class MemoryCompletionLog:
    """`ports.CompletionLog` in a dict."""

    batches: dict[tuple[Queue, str], Completions] = field(
        default_factory=dict[tuple[Queue, str], Completions]
    )

    def keep(self, completions: Sequence[Completions]) -> None:
        """By their newest places."""
        self.batches |= {(each.queue, each.newest): each for each in completions}

    def newest(self, queue: Queue) -> Iterator[Completions]:
        """As they were when the first was asked for."""
        found = [each for each in self.batches.values() if each.queue is queue]
        yield from sorted(found, key=lambda each: each.newest, reverse=True)

    def forget(self, batch: Completions) -> None:
        """Take it out."""
        self.batches.pop((batch.queue, batch.newest), None)
