"""The worker: takes a batch of envelopes through slots to callbacks, never above the rate."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from chalicelib.errors import ServiceError
from chalicelib.flow import labels
from chalicelib.flow.attempt import Attempts
from chalicelib.flow.batch_notes import write_down
from chalicelib.flow.breakers import BackendWatch
from chalicelib.flow.feed import Feed
from chalicelib.flow.feeding import Feeding
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.intake import Intake
from chalicelib.flow.line import Ticket
from chalicelib.flow.pause import PauseWatch
from chalicelib.flow.reins import Reins
from chalicelib.flow.starts import RUN_LENGTH, Starts
from chalicelib.flow.work import Served, Work
from chalicelib.model.channel import RATES, Channel
from chalicelib.model.envelope import Envelope
from chalicelib.model.outcome import Kind
from chalicelib.model.slots import Occupied, Run
from chalicelib.ports.counting import BatchLog
from chalicelib.ports.delivery import Inbox, Pace, Pauses
from chalicelib.ports.steering import Restraints
from chalicelib.ports.world import Clock, Offload

_log = logging.getLogger(__name__)

#: How often a worker that only waits looks for more to do.
REFILL_EVERY = timedelta(seconds=0.25)

#: Waits for the instant to start in; None where there is none any more.
Turn = Callable[[], Awaitable[datetime | None]]


@dataclass(frozen=True, slots=True)
class Deliver:
    """The verb behind every SQS worker."""

    clock: Clock
    intake: Intake
    pace: Pace
    pauses: Pauses
    restraints: Restraints
    give_back: GiveBack
    attempts: Attempts
    feed: Feed
    batch_log: BatchLog
    offload: Offload

    async def __call__(
        self,
        channel: Channel,
        envelopes: Sequence[Envelope],
        *,
        until: datetime,
        inbox: Inbox | None = None,
    ) -> Served:
        """Serve the envelopes; answers the job ids that SQS should deliver again, and figures.

        `until` is when the invocation is ended from outside: no slot is taken that could not be
        served and recorded before. While only answers are outstanding, more is taken from the
        `inbox`: five workers then use the whole rate, however slow the backend is.
        """
        watch = PauseWatch(self.clock, self.pauses, self.offload)
        reins = Reins(channel, self.clock, self.pace, self.restraints, self.offload)
        backend = BackendWatch(channel, self.clock, self.feed.breaker, self.offload)
        work = Work(channel, until, watch, reins, backend, inbox=inbox)
        feeding = Feeding(self.feed, channel, self.offload, until)
        await self.attempts.callbacks.prepare()
        async with AsyncExitStack() as stack:
            for beside in (watch, reins, backend, feeding):
                await stack.enter_async_context(beside.while_working())
            work.line.join(await self.intake.opened(envelopes))
            await self._serve(work)
        await self.intake.finish(work, inbox)
        await write_down(work.notes, channel, batch_log=self.batch_log, offload=self.offload)
        return Served(work.unserved, work.notes.figures(channel))

    async def _serve(self, work: Work) -> None:
        """Until nobody waits, and nothing is under way."""
        while work.line or work.running:
            try:
                wake_at = await self._start_next(work)
            except ServiceError as error:
                wake_at = _abandon(work, error)
            if wake_at is not None:
                await self.clock.sleep_until(wake_at)
            elif not await self.intake.refill(work):
                await _an_end(work)

    async def _start_next(self, work: Work) -> datetime | None:
        """Put the next jobs onto slots; answers when to look again, None where at an end of one."""
        await self._park(work, work.line.leave_queues(work.pauses.paused))
        if work.line and work.backend.is_down and not work.line.has_probe:
            return await self._wait_for_backend(work)
        lead = work.leads.of_run
        most = max(1, int(RUN_LENGTH / RATES[work.channel].spacing))
        await self._rein_in(work, self.clock.now() + lead, most=most)
        now = self.clock.now()
        count = min(most, work.line.count(due_by=now + lead))
        if not count:
            return await self._until_due(work, now + lead)
        run = await self._reserve(work, count, not_before=now + lead)
        if isinstance(run, Occupied):
            await self._send_back(work, work.line.leave(), free_at=run.free_at)
            return None
        tickets = work.line.take(count, due_by=now + lead)
        pairs, refused = await work.reins.assigned(tickets, list(run))
        for ticket in refused:
            work.line.put_back(ticket)
        starts = Starts(self.clock, list(run))
        work.run(starts.give())
        for ticket, slot_at in pairs:
            turn = partial(starts.turn, slot_at, is_bound=work.reins.is_restrained(ticket))
            step = self._attempt(work, ticket, slot_at=slot_at, turn=turn)
            work.run(self._contained(work, ticket, step=step))
        if all(map(work.reins.is_restrained, tickets)):
            return now  # the others wait for their workspaces already, not for the channel
        return run.end_at - work.leads.of_run

    async def _wait_for_backend(self, work: Work) -> datetime | None:
        """Hold the jobs back while the backend is down, but for one that goes as a probe."""
        now = self.clock.now()
        first, *others = work.line.leave()
        if await work.backend.take_probe():
            work.line.put_back(replace(first, is_probe=True))
            wake_at = now
        elif work.backend.probe_at <= work.last_slot_at(now):
            work.line.put_back(first)
            wake_at = now + REFILL_EVERY
        else:
            others, wake_at = [first, *others], None
        await self._contained_all(work, others, step=self.give_back.hold(others))
        return wake_at

    async def _contained_all(
        self, work: Work, tickets: Sequence[Ticket], *, step: Awaitable[None]
    ) -> None:
        """A step of several jobs: where it fails, SQS delivers them again."""
        try:
            await step
        except ServiceError as error:
            work.unserved.update(ticket.stored.job.id for ticket in tickets)
            _log.warning("%d jobs are left to be delivered again: %s", len(tickets), error)

    async def _rein_in(self, work: Work, first_at: datetime, *, most: int) -> None:
        """Give the jobs of restrained workspaces their places; who gets none goes back in line."""
        await work.reins.know(work.line.workspace_ids)
        waiting: dict[str, list[Ticket]] = defaultdict(list)
        for ticket in work.line:
            if ticket.not_before is None and work.reins.is_restrained(ticket):
                waiting[ticket.stored.job.workspace_id].append(ticket)
        for tickets in waiting.values():
            placed, left = await work.reins.places(
                tickets, first_at=first_at, last_at=work.last_slot_at(first_at)
            )
            work.line.put_in_place(placed, without=left)
            if left:
                await self._contained_all(work, left, step=self.give_back.anew(left))
        run = Run(first_at, RATES[work.channel].spacing, most)
        due = [ticket for ticket in work.line if ticket.due_at <= first_at]
        work.line.put_in_place(await work.reins.held_off(due, run), without=())

    async def _until_due(self, work: Work, first_at: datetime) -> datetime | None:
        """When the next job can be put onto a slot; those that are due too late for us go back."""
        if not work.line:
            return None
        due_at = work.line.next_due_at
        if due_at > work.last_slot_at(first_at):
            await self._send_back(work, work.line.leave(), free_at=first_at)
            return None
        if await self.intake.refill(work):
            return self.clock.now()
        wake_at = due_at - work.leads.of_run
        return wake_at if work.inbox is None else min(wake_at, self.clock.now() + REFILL_EVERY)

    async def _reserve(self, work: Work, count: int, *, not_before: datetime) -> Run | Occupied:
        spacing = RATES[work.channel].spacing
        latest = work.last_slot_at(not_before)
        if latest < not_before:
            return Occupied(free_at=not_before)

        def reserve() -> Run | Occupied:
            return self.pace.reserve(
                work.reins.slots_name,
                count,
                spacing=spacing,
                not_before=not_before,
                not_after=latest,
            )

        asked_at = self.clock.now()
        run = await self.offload(reserve)
        work.leads.reservations.append(self.clock.now() - asked_at)
        work.notes.slot_count += 0 if isinstance(run, Occupied) else run.count
        return run

    async def _contained(self, work: Work, ticket: Ticket, *, step: Awaitable[None]) -> None:
        """A step of one job: what goes wrong with it stays with it.

        A job that was not claimed is delivered again by SQS; one that was, by the rescue.
        """
        try:
            await step
        except ServiceError as error:
            job, payload = ticket.stored.job, ticket.stored.payload
            work.unserved.add(job.id)
            said = labels.of_job(job, payload)
            _log.warning("a job is left to be delivered again: %s", error, extra=said)

    async def _attempt(self, work: Work, ticket: Ticket, *, slot_at: datetime, turn: Turn) -> None:
        """Claim just before the slot, start in it or in another one of the run, record after it."""
        job = ticket.claimed or ticket.stored.job
        await self.clock.sleep_until(slot_at - work.leads.of_claim)
        if job.queue in work.pauses.paused:
            await self.give_back.park(ticket)
            return
        if work.reins.is_paused(ticket):
            work.line.put_back(replace(ticket, not_before=None))
            return
        asked_at = self.clock.now()
        claimed = await self.attempts.claim(job, slot_at=slot_at)
        work.leads.claims.append(self.clock.now() - asked_at)
        if claimed is None:
            return
        call = self.attempts.call_of(claimed, ticket.stored.payload)
        start_at = await turn()
        if start_at is None:
            work.line.put_back(replace(ticket, claimed=claimed, not_before=None))
            return
        claimed = claimed.starting(at=start_at)
        probing = work.backend if ticket.is_probe else None
        outcome = await self.attempts.run(claimed, call, probing=probing)
        work.backend.note(outcome)
        if ticket.is_probe:  # whoever is held back goes now, or the next probe goes when it may
            wake_at = work.backend.probe_at
            await self.offload(lambda: self.feed.dispatch.wake(work.channel, at=wake_at))
        if outcome.kind is Kind.RATE_LIMITED:
            await work.reins.look_again({claimed.workspace_id})
        work.notes.add(replace(ticket.stored, job=claimed), outcome, at=self.clock.now())

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


async def _an_end(work: Work) -> None:
    """Wait until something ends, or it is time to look for more to do."""
    if work.running:
        await asyncio.wait(
            work.running,
            timeout=REFILL_EVERY.total_seconds() if work.inbox else None,
            return_when=asyncio.FIRST_COMPLETED,
        )


def _abandon(work: Work, error: ServiceError) -> None:
    """Leave the line to SQS; what is under way already is brought to its end."""
    left = [ticket.stored.job.id for ticket in work.line.leave()]
    work.unserved.update(left)
    _log.warning("%d jobs are left to be delivered again: %s", len(left), error)
