"""What a worker takes: the batch that it was invoked with, and more while it only waits."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from chalicelib.errors import ServiceError
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.work import LONGEST_WAIT, SERVICE_TIME, Work
from chalicelib.model.canary import canaries_in
from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Inbox
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.steering import Canaries
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

#: Who is served so much later than was thought stands in a flood, and goes behind the others of
#: their workspace.
LATE = timedelta(seconds=3)
#: Envelopes taken at a time (the most that SQS gives), and callbacks one worker has under way.
REFILL = 10
MOST_RUNNING = 400


@dataclass(frozen=True, slots=True)
class Intake:
    """The verbs."""

    clock: Clock
    store: JobStore
    give_back: GiveBack
    canaries: Canaries
    offload: Offload

    async def refill(self, work: Work) -> bool:
        """Take more envelopes, where there are any, and time to serve them."""
        latest = work.until - SERVICE_TIME - LONGEST_WAIT
        if work.inbox is None or self.clock.now() > latest or len(work.running) > MOST_RUNNING:
            return False
        try:
            envelopes = await self.offload(work.inbox.take, REFILL)
            entries = await self.opened(envelopes) if envelopes else []
        except ServiceError as error:
            _log.warning("taking no more from the queue: %s", error)
            return False
        work.taken.update(envelope.job_id for envelope in envelopes)
        work.line.join(entries)
        return bool(envelopes)

    async def finish(self, work: Work, inbox: Inbox | None) -> None:
        """Delete what was taken and served; what stays comes again, and is void by then."""
        if inbox is None or not work.taken:
            return
        try:
            await self.offload(inbox.finish, work.taken - work.unserved)
        except ServiceError as error:
            _log.warning("served messages will come again: %s", error)

    async def opened(self, envelopes: Sequence[Envelope]) -> list[Stored]:
        """The jobs of the envelopes that are still theirs: neither gone, final nor newer."""
        valid = {(envelope.job_id, envelope.version) for envelope in envelopes}
        found = await self._found(valid)
        await self._meet(canaries_in(envelopes))
        entries = [
            entry
            for entry in found
            if entry.job.status is Status.PENDING and (entry.job.id, entry.job.version) in valid
        ]
        now = self.clock.now()
        late = {each.job_id for each in envelopes if each.served_at and each.served_at < now - LATE}
        return await self.offload(self.give_back.flood, entries, late)

    async def _found(self, valid: Collection[tuple[str, int]]) -> list[Stored]:
        """The jobs of ids and versions, with as few consistent reads as will do.

        A job that has never moved has the content that it was accepted with, and whether it has
        moved by now, its claim finds out: as it was a moment ago will do. All others are read as
        they are now, with content that may have been rewritten.
        """
        job_ids = {job_id for job_id, _ in valid}
        recent = await self.offload(self.store.recent_many, job_ids)
        new = {
            job_id: entry
            for job_id, entry in recent.items()
            if entry.job.is_new and (job_id, entry.job.version) in valid
        }
        others = job_ids - new.keys()
        now = await self.offload(self.store.get_many, others) if others else dict[str, Stored]()
        return [*new.values(), *now.values()]

    async def _meet(self, canaries: Mapping[Queue, datetime]) -> None:
        """Say that the queues move: their envelopes come, and the jobs can be read."""
        for queue, visible_at in canaries.items():
            try:
                await self.offload(partial(self.canaries.meet, queue, visible_at=visible_at))
            except ServiceError as error:
                _log.warning("a canary was met, and nobody is told: %s", error)
