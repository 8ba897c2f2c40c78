"""Posts notices to the webhooks of workspaces, again and again, and none at another's cost."""

import asyncio
import logging
import math
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.errors import ServiceError
from chalicelib.flow import labels
from chalicelib.flow.destinations import Destination, Destinations
from chalicelib.flow.lanes import Lanes, SlowUrls, Ticket
from chalicelib.flow.receivers import Receivers
from chalicelib.model.job import Payload
from chalicelib.model.notice import WAITS_S, Notice
from chalicelib.model.outcome import Answer, retry_after_s
from chalicelib.model.trace import trace_of_job
from chalicelib.ports.delivery import Call, Callbacks
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.webhooks import Letter, NoticeInbox, Notices, Signer
from chalicelib.ports.world import Chance, Clock, Offload

_log = logging.getLogger(__name__)

#: From the start of a post to what is written down of it, at the worst.
SERVICE_TIME = timedelta(seconds=12)
#: A notice that comes so much early is posted: clocks differ.
EARLY = timedelta(seconds=1)
#: How old what is known of a workspace may be.
FRESH = timedelta(seconds=1)
#: The longest delay of SQS; a longer wait hops.
LONGEST_HOP_S = 900
#: How often a worker that waits for answers looks for more to do, and how much it takes.
REFILL_EVERY = timedelta(seconds=0.25)
REFILL = 10
MOST_RUNNING = 100
#: Answers whose `Retry-After` says when to come again (RFC 9110, 10.2.3; RFC 6585, 4).
_ASKING = frozenset({429, 503})


@dataclass(slots=True)
class Report:
    """What came of an invocation: which ids SQS should deliver again, and what was given up."""

    unserved: set[str] = field(default_factory=set[str])
    given_up: int = 0
    disabled: int = 0


@dataclass(slots=True)
class Work:
    """What one invocation has in hand."""

    lanes: Lanes
    inbox: NoticeInbox | None
    next_refill_at: datetime
    report: Report = field(default_factory=Report)
    running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    taken: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True)
class PostNotices:
    """The verb behind the notices' queue."""

    clock: Clock
    chance: Chance
    store: JobStore
    destinations: Destinations
    receivers: Receivers
    notices: Notices
    callbacks: Callbacks
    signer: Signer
    offload: Offload
    #: Seconds between a notice's tries; the last one goes on.
    waits_s: Sequence[int] = WAITS_S
    _slow: SlowUrls = field(default_factory=SlowUrls, init=False)

    async def __call__(
        self, notices: Sequence[Notice], *, until: datetime, inbox: NoticeInbox | None = None
    ) -> Report:
        """Post what is due, and see to the rest; `until` is when the invocation is ended."""
        now = self.clock.now()
        work = Work(Lanes(now, until - SERVICE_TIME, self._slow), inbox, next_refill_at=now)
        await self.callbacks.prepare()
        await self._contained(work, notices, step=self._join(work, notices))
        while work.lanes or work.running:
            await self._go_on(work)
            if not await self._refill(work):
                await _an_end(work)
        if inbox is not None and work.taken:
            finish = self._finish(inbox, work.taken - work.report.unserved)
            await self._contained(work, [], step=finish)
        return work.report

    async def _go_on(self, work: Work) -> None:
        """Start what may start; send away what must not wait."""
        now = self.clock.now()
        for ticket in work.lanes.start(now):
            step = self._contained(work, [ticket.notice], step=self._post(work, ticket, at=now))
            task = asyncio.create_task(step)
            work.running.add(task)
            task.add_done_callback(work.running.discard)
        slow, late = work.lanes.turn_away(now)
        away = [t.notice.turn_away(at=now, chance=self.chance.fraction()) for t in slow]
        await self._send(work, [*away, *(ticket.notice for ticket in late)])

    async def _refill(self, work: Work) -> bool:
        """Take more, while others are waited for: who is slow must not hold up the queue."""
        now = self.clock.now()
        is_time = work.next_refill_at <= now <= work.lanes.last_start_at
        if work.inbox is None or not is_time or not 0 < len(work.running) <= MOST_RUNNING:
            return False
        try:
            notices = await self.offload(work.inbox.take, REFILL)
        except ServiceError as error:
            _log.warning("taking no more notices for now: %s", error)
            work.next_refill_at = now + REFILL_EVERY
            return False
        if len(notices) < REFILL:
            work.next_refill_at = now + REFILL_EVERY
        work.taken.update(notice.id for notice in notices)
        await self._contained(work, notices, step=self._join(work, notices))
        return bool(notices)

    async def _finish(self, inbox: NoticeInbox, served: set[str]) -> None:
        await self.offload(inbox.finish, served)

    async def _join(self, work: Work, notices: Sequence[Notice]) -> None:
        """Those that are due stand in line; the others hop on."""
        latest = self.clock.now() + EARLY
        await self._send(work, [notice for notice in notices if notice.not_before > latest])
        due = [notice for notice in notices if notice.not_before <= latest]
        if due:
            work.lanes.join(await self.offload(self._tickets, due))

    def _tickets(self, notices: Sequence[Notice]) -> list[Ticket]:
        """Of those that are still wanted; what a deleted job's metadata was, nobody knows."""
        since = self.clock.now() - FRESH
        wanted = [
            (notice, found, found.url)
            for notice in notices
            if (found := self.destinations.wanting(notice.workspace_id, notice.event, since=since))
        ]
        jobs = self.store.get_many({notice.job_id for notice, _, _ in wanted})
        payloads = {job_id: stored.payload for job_id, stored in jobs.items()}
        return [
            _ticket(notice, found, url=url, payload=payloads.get(notice.job_id))
            for notice, found, url in wanted
            if url is not None
        ]

    async def _post(self, work: Work, ticket: Ticket, *, at: datetime) -> None:
        notice = ticket.notice
        body = notice.body(ticket.metadata)
        signed = self.signer.headers(notice.id, at=at, body=body)
        traceparent = ticket.trace.header(f"{notice.id}#{notice.tries}")
        headers = {"Content-Type": "application/json", "traceparent": traceparent, **signed}
        try:
            answer = await self.callbacks.post(Call(ticket.url, headers, body))
        finally:
            work.lanes.end(ticket, started_at=at, now=self.clock.now())
        _log.info("a webhook was called", extra=_labels(ticket) | {"status": answer.status})
        if answer.status is not None and 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's 2xx
            await self._succeeded(ticket)
        else:
            await self._failed(work, ticket, answer=answer)

    async def _succeeded(self, ticket: Ticket) -> None:
        try:
            health = ticket.destination.health
            await self.offload(self.receivers.succeeded, ticket.notice.workspace_id, health)
        except ServiceError as error:  # the receiver has it: it must not get it again for this
            _log.warning("a receiver is well, and still marked as failing: %s", error)

    async def _failed(self, work: Work, ticket: Ticket, *, answer: Answer) -> None:
        notice, now = ticket.notice, self.clock.now()
        failed = partial(self.receivers.failed, notice.workspace_id, ticket.url, answer=answer)
        if await self.offload(failed):
            work.report.disabled += 1
            return
        asked = retry_after_s(answer.retry_after, now=now) if answer.status in _ASKING else None
        chance = self.chance.fraction()
        again = notice.tried(at=now, asked_s=asked or 0.0, chance=chance, waits_s=self.waits_s)
        if again is None:
            _log.error("a webhook is given up", extra=_labels(ticket))
            work.report.given_up += 1
            return
        await self._send(work, [again])

    async def _send(self, work: Work, notices: Sequence[Notice]) -> None:
        """Back to the queue, for as long as SQS can."""
        if not notices:
            return
        now = self.clock.now()
        letters = [Letter(notice, _delay_s(notice, now)) for notice in notices]
        refused = await self.offload(self.notices.send, letters)
        work.report.unserved.update(letter.notice.id for letter in refused)

    async def _contained(
        self, work: Work, notices: Sequence[Notice], *, step: Coroutine[Any, Any, None]
    ) -> None:
        """What goes wrong with some notices stays with them: SQS delivers them again."""
        try:
            await step
        except ServiceError as error:
            work.report.unserved.update(notice.id for notice in notices)
            _log.warning("%d notices are left to be delivered again: %s", len(notices), error)
        except Exception:  # noqa: BLE001 - nobody waits for the task: the notice would be lost
            work.report.unserved.update(notice.id for notice in notices)
            _log.exception("%d notices are left to be delivered again", len(notices))


async def _an_end(work: Work) -> None:
    """Wait until a post ends, or it is time to look for more to do."""
    if work.running:
        every_s = REFILL_EVERY.total_seconds()
        await asyncio.wait(work.running, timeout=every_s, return_when="FIRST_COMPLETED")


def _ticket(
    notice: Notice, destination: Destination, *, url: str, payload: Payload | None
) -> Ticket:
    """Of a deleted job, metadata and trace are gone with its payload."""
    if payload is None:
        return Ticket(notice, url, destination, {}, trace_of_job(notice.job_id))
    metadata: dict[str, Any] = payload.body.get("metadata") or {}
    return Ticket(notice, url, destination, metadata, payload.trace_of(notice.job_id))


def _labels(ticket: Ticket) -> dict[str, object]:
    notice = ticket.notice
    said = {"trace_id": ticket.trace.id, "event": notice.event.value, "attempt": notice.tries + 1}
    return labels.of_jobs([notice]) | said


def _delay_s(notice: Notice, now: datetime) -> int:
    rest_s = math.ceil((notice.not_before - now).total_seconds())
    return min(max(rest_s, 0), LONGEST_HOP_S)
