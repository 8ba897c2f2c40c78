"""What is done to some jobs at once; each by the same rules as one alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.flow.dispatch import Dispatch
from chalicelib.model.job import Job
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.world import Clock


@dataclass(frozen=True, slots=True)
class Many:
    """The verbs; each answers how many of the jobs it changed: others were faster with the rest."""

    clock: Clock
    store: JobStore
    dispatch: Dispatch

    def retry(self, jobs: Sequence[Job]) -> int:
        """Start them over; they take their turns under the same limits as all others."""
        now = self.clock.now()
        return self._go(jobs, [job.retry(at=now) for job in jobs])

    def promote(self, jobs: Sequence[Job]) -> int:
        """Let pending jobs be due now."""
        now = self.clock.now()
        return self._go(jobs, [job.amend(at=now, due_at=now) for job in jobs])

    def cancel(self, jobs: Sequence[Job]) -> int:
        """End them."""
        now = self.clock.now()
        return sum(self.store.move_many([(job, job.cancel(at=now)) for job in jobs]))

    def delete(self, jobs: Sequence[Job]) -> int:
        """Take them away, with their payloads and histories."""
        return sum(self.store.delete_many(jobs))

    def _go(self, before: Sequence[Job], after: Sequence[Job]) -> int:
        turns = self.dispatch.plan(after)
        moves = zip(before, self.dispatch.prepared(turns), strict=True)
        kept = self.store.move_many(list(moves))
        self.dispatch.hand_over([turn for turn, moved in zip(turns, kept, strict=True) if moved])
        return sum(kept)
