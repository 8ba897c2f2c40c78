"""The worker: takes a batch of envelopes through slots to callbacks, never above the rate."""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.errors import ServiceError
from chalicelib.flow.attempt import Attempts
from chalicelib.flow.batch_notes import BatchNotes, write_down
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.line import Line, Ticket
from chalicelib.flow.pause import PauseWatch
from chalicelib.model.channel import RATES, Channel
from chalicelib.model.envelope import Envelope
from chalicelib.model.slots import Occupied, Run
from chalicelib.model.status import Status
from chalicelib.ports.counting import BatchLog
from chalicelib.ports.delivery import Inbox, Pace, Pauses
from chalicelib.ports.jobs import JobStore, Stored
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

#: A run starts so far ahead of its reservation that its first jobs can be read and claimed.
LEAD = timedelta(milliseconds=250)
#: How long before its slot a job is claimed.
CLAIM_LEAD = timedelta(milliseconds=200)
#: A job that missed slots is claimed so many leads earlier for its next one: a slow table would
#: make it miss for ever.
MOST_LEADS = 4
#: A slot that could not be used within this is given up: starts must not bunch. Of the 20 ms of
#: jitter that the spacing forgives, the rest is for the way to the backend.
MISSED_BY = timedelta(milliseconds=6)
#: Slots reserved at a time, as time: short, so that workers take turns.
RUN_LENGTH = timedelta(milliseconds=255)
#: A pace that is taken for longer than this sends the jobs back to their queue.
LONGEST_WAIT = timedelta(seconds=6)
#: What a job needs from its slot to its recorded outcome, at the worst.
SERVICE_TIME = timedelta(seconds=14)
#: How often a worker that only waits for answers looks for more to do.
REFILL_EVERY_S = 0.25
#: Envelopes taken at a time (the most that SQS gives), and callbacks one worker has under way.
REFILL = 10
MOST_RUNNING = 400


@dataclass(slots=True)
class Work:
    """What one invocation has in hand."""

    channel: Channel
    until: datetime
    pauses: PauseWatch
    inbox: Inbox | None = None
    line: Line = field(default_factory=Line)
    running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    unserved: set[str] = field(default_factory=set[str])
    taken: set[str] = field(default_factory=set[str])
    notes: BatchNotes = field(default_factory=BatchNotes)

    def last_slot_at(self, first_at: datetime) -> datetime:
        """The last slot worth waiting for, and with time to serve it, from a first one on."""
        return min(first_at + LONGEST_WAIT, self.until - SERVICE_TIME)


@dataclass(frozen=True, slots=True)
class Deliver:
    """The verb behind every SQS worker."""

    clock: Clock
    store: JobStore
    pace: Pace
    pauses: Pauses
    give_back: GiveBack
    attempts: Attempts
    batch_log: BatchLog
    offload: Offload

    async def __call__(
        self,
        channel: Channel,
        envelopes: Sequence[Envelope],
        *,
        until: datetime,
        inbox: Inbox | None = None,
    ) -> set[str]:
        """Serve the envelopes; answers the job ids that SQS should deliver again.

        `until` is when the invocation is ended from outside: no slot is taken that could not be
        served and recorded before. While only answers are outstanding, more is taken from the
        `inbox`: five workers then use the whole rate, however slow the backend is.
        """
        watch = PauseWatch(self.clock, self.pauses, self.offload)
        work = Work(channel=channel, until=until, pauses=watch, inbox=inbox)
        await self.attempts.callbacks.prepare()
        async with watch.keeping_fresh():
            work.line.join(await self._open(envelopes))
            await self._serve(work)
        await self._finish(work, inbox)
        await write_down(work.notes, channel, batch_log=self.batch_log, offload=self.offload)
        return work.unserved

    async def _serve(self, work: Work) -> None:
        """Until nobody waits, and nothing is under way."""
        while work.line or work.running:
            try:
                wake_at = await self._start_next(work)
            except ServiceError as error:
                wake_at = _abandon(work, error)
            if wake_at is not None:
                await self.clock.sleep_until(wake_at)
            elif not await self._refill(work):
                await _an_end(work)

    async def _refill(self, work: Work) -> bool:
        """Take more envelopes, where there are any, and time to serve them."""
        latest = work.until - SERVICE_TIME - LEAD
        if work.inbox is None or self.clock.now() > latest or len(work.running) > MOST_RUNNING:
            return False
        try:
            envelopes = await self.offload(work.inbox.take, REFILL)
            entries = await self._open(envelopes) if envelopes else []
        except ServiceError as error:
            _log.warning("taking no more from the queue: %s", error)
            return False
        work.taken.update(envelope.job_id for envelope in envelopes)
        work.line.join(entries)
        return bool(envelopes)

    async def _finish(self, work: Work, inbox: Inbox | None) -> None:
        """Delete what was taken and served; what stays comes again, and is void by then."""
        if inbox is None or not work.taken:
            return
        try:
            await self.offload(inbox.finish, work.taken - work.unserved)
        except ServiceError as error:
            _log.warning("served messages will come again: %s", error)

    async def _open(self, envelopes: Sequence[Envelope]) -> list[Stored]:
        """The jobs of the envelopes that are still theirs: neither gone, final nor newer."""
        valid = {(envelope.job_id, envelope.version) for envelope in envelopes}
        found = await self.offload(self.store.get_many, {job_id for job_id, _ in valid})
        return [
            entry
            for entry in found.values()
            if entry.job.status is Status.PENDING and (entry.job.id, entry.job.version) in valid
        ]

    async def _start_next(self, work: Work) -> datetime | None:
        """Put the next jobs onto slots; answers when to look again, None where at an end of one."""
        await self._park(work, work.line.leave_queues(work.pauses.paused))
        now = self.clock.now()
        lead = LEAD * _leads(work.line.misses)
        most = max(1, int(RUN_LENGTH / RATES[work.channel].spacing))
        count = min(most, work.line.count(due_by=now + lead))
        if not count:
            return await self._until_due(work, now + lead)
        run = await self._reserve(work, count, not_before=now + lead)
        if isinstance(run, Occupied):
            await self._send_back(work, work.line.leave(), free_at=run.free_at)
            return None
        tickets = work.line.take(count, due_by=now + lead)
        for ticket, slot_at in zip(tickets, run, strict=True):
            step = self._attempt(work, ticket, slot_at=slot_at)
            task = asyncio.create_task(self._contained(work, ticket, step=step))
            work.running.add(task)
            task.add_done_callback(work.running.discard)
        return run.end_at - LEAD

    async def _until_due(self, work: Work, first_at: datetime) -> datetime | None:
        """When the next job can be put onto a slot; those that are due too late for us go back."""
        if not work.line:
            return None
        due_at = work.line.next_due_at
        if due_at > work.last_slot_at(first_at):
            await self._send_back(work, work.line.leave(), free_at=first_at)
            return None
        return due_at - LEAD

    async def _reserve(self, work: Work, count: int, *, not_before: datetime) -> Run | Occupied:
        spacing = RATES[work.channel].spacing
        latest = work.last_slot_at(not_before)
        if latest < not_before:
            return Occupied(free_at=not_before)

        def reserve() -> Run | Occupied:
            return self.pace.reserve(
                f"slots#{work.channel}",
                count,
                spacing=spacing,
                not_before=not_before,
                not_after=latest,
            )

        return await self.offload(reserve)

    async def _contained(self, work: Work, ticket: Ticket, *, step: Awaitable[None]) -> None:
        """A step of one job: what goes wrong with it stays with it.

        A job that was not claimed is delivered again by SQS; one that was, by the rescue.
        """
        try:
            await step
        except ServiceError as error:
            job_id = ticket.stored.job.id
            work.unserved.add(job_id)
            _log.warning("job %s is left to be delivered again: %s", job_id, error)

    async def _attempt(self, work: Work, ticket: Ticket, *, slot_at: datetime) -> None:
        """Claim just before the slot, start in it, record after it."""
        job = ticket.claimed or ticket.stored.job
        await self.clock.sleep_until(slot_at - CLAIM_LEAD * _leads(ticket.misses))
        if job.queue in work.pauses.paused:
            await self.give_back.park(ticket)
            return
        claimed = await self.attempts.claim(job, slot_at=slot_at)
        if claimed is None:
            return
        call = self.attempts.call_of(claimed, ticket.stored.payload)
        await self.clock.sleep_until(slot_at)
        if self.clock.now() > slot_at + MISSED_BY:
            work.line.put_back(Ticket(ticket.stored, claimed, ticket.misses + 1))
            return
        outcome = await self.attempts.run(claimed, call)
        work.notes.add(claimed, outcome, at=self.clock.now())

    async def _send_back(self, work: Work, tickets: Sequence[Ticket], *, free_at: datetime) -> None:
        """Return jobs to their queue until the pace is free; nothing sleeps in a paid Lambda.

        Nothing more is taken from the inbox either: it would be the very same jobs.
        """
        work.inbox = None
        steps = [
            self._contained(work, ticket, step=self.give_back.until(ticket, free_at))
            for ticket in tickets
        ]
        await asyncio.gather(*steps)

    async def _park(self, work: Work, tickets: Sequence[Ticket]) -> None:
        """Put the jobs of paused queues aside."""
        steps = [self._contained(work, each, step=self.give_back.park(each)) for each in tickets]
        await asyncio.gather(*steps)


def _leads(misses: int) -> int:
    return min(1 + misses, MOST_LEADS)


async def _an_end(work: Work) -> None:
    """Wait until something ends, or it is time to look for more to do."""
    if work.running:
        await asyncio.wait(
            work.running,
            timeout=REFILL_EVERY_S if work.inbox else None,
            return_when=asyncio.FIRST_COMPLETED,
        )


def _abandon(work: Work, error: ServiceError) -> None:
    """Leave the line to SQS; what is under way already is brought to its end."""
    left = [ticket.stored.job.id for ticket in work.line.leave()]
    work.unserved.update(left)
    _log.warning("%d jobs are left to be delivered again: %s", len(left), error)
