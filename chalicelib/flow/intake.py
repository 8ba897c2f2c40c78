"""What a worker takes: the batch that it was invoked with, and more while it only waits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.errors import ServiceError
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.work import LONGEST_WAIT, SERVICE_TIME, Work
from chalicelib.model.envelope import Envelope
from chalicelib.model.status import Status
from chalicelib.ports.delivery import Inbox
from chalicelib.ports.jobs import JobStore, Stored
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
        found = await self.offload(self.store.get_many, {job_id for job_id, _ in valid})
        entries = [
            entry
            for entry in found.values()
            if entry.job.status is Status.PENDING and (entry.job.id, entry.job.version) in valid
        ]
        now = self.clock.now()
        late = {each.job_id for each in envelopes if each.served_at and each.served_at < now - LATE}
        return await self.offload(self.give_back.flood, entries, late)
