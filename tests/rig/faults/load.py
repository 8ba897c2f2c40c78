"""What callers ask for amid a fault: broadcasts of two workspaces, and some who go on calling.

Each request has an Idempotency-Key and is repeated until it is answered, by the client that
applications copy: what it was answered is accepted, and nothing else may be called back.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from random import Random
from threading import Event, Lock, Thread
from typing import Any

from infra.clients.python.message_queue import MessageQueue, QueueError
from tests.rig.client import Channel
from tests.rig.measuring.clock import NS_PER_MS, Reading
from tests.rig.messages import a_message

CHANNELS: tuple[Channel, Channel] = ("sms", "email")
#: Where the backend is called (infra/stack/parameters.yaml).
PATHS: dict[Channel, str] = {"sms": "/send-sms", "email": "/api/email/send"}
#: Jobs that are due so late wait for a timer; `SETTINGS` make that soon.
SETTINGS = {"SQS_HORIZON_S": "80", "TIMER_LEAD_S": "5"}
BY_TIMER_MS = (85_000, 95_000)
#: Others wait in SQS.
IN_SQS_MS = (2_000, 25_000)
#: How long a caller repeats a request.
_PATIENCE_S = 300.0
_CALL_EVERY_S = 0.3
#: Of a caller's requests, every other one is a bulk of so many.
_BULK_COUNT = 10
#: Caller's names of the contract's fields, where they differ.
_NAMES = {"phoneNumber": "phone_number", "contactId": "contact_id"}


class Load:
    """The callers of one scenario."""

    def __init__(self, url: str, token: str, *, name: str, chance: Random) -> None:
        """Call as workspaces that nobody else is."""
        self.workspace_ids = (f"{name}-crowd", f"{name}-other")
        #: When each accepted job may be called back at the earliest.
        self.earliest_wall_ns: dict[str, int] = {}
        #: Why requests were given up.
        self.given_up: list[str] = []
        self._chance = chance
        self._queue = MessageQueue(url, token)
        self._queue.patience_s, self._queue.tries = _PATIENCE_S, 10_000
        self._numbers = itertools.count(1)
        self._lock = Lock()

    def close(self) -> None:
        """Close the connections."""
        self._queue.http.close()

    def broadcast(self, count: int, *, by_timer: bool) -> None:
        """Schedule so many of each channel: now, within seconds, and (a fifth) by a timer."""
        crowd, other = self.workspace_ids
        for channel in CHANNELS:
            later = count // 5
            self.bulk(channel, crowd, delays_ms=[0] * (count - 2 * later))
            self.bulk(channel, other, delays_ms=self._delays_ms(later, IN_SQS_MS))
            last = BY_TIMER_MS if by_timer else IN_SQS_MS
            self.bulk(channel, other, delays_ms=self._delays_ms(later, last))

    def by_timer(self, count: int) -> None:
        """Schedule so many of each channel that wait for a timer."""
        for channel in CHANNELS:
            delays_ms = self._delays_ms(count, BY_TIMER_MS)
            self.bulk(channel, self.workspace_ids[1], delays_ms=delays_ms)

    def bulk(self, channel: Channel, workspace_id: str, *, delays_ms: Sequence[int]) -> None:
        """Schedule a message for each delay by one request."""
        messages = [self._message(channel) | {"delay": each} for each in delays_ms]
        schedule = getattr(self._queue, f"schedule_{channel}_bulk")
        sent = Reading.now()
        try:
            job_ids = schedule(messages, workspace_id=workspace_id)
        except QueueError as error:
            self.given_up.append(str(error))
        else:
            self._accept(sent, dict(zip(job_ids, delays_ms, strict=True)))

    def single(self, channel: Channel, workspace_id: str) -> None:
        """Schedule one message for now."""
        schedule = getattr(self._queue, f"schedule_{channel}")
        sent = Reading.now()
        try:
            job_id = schedule(**self._message(channel), workspace_id=workspace_id)
        except QueueError as error:
            self.given_up.append(str(error))
        else:
            self._accept(sent, {job_id: 0})

    @contextmanager
    def going_on(self) -> Generator[None]:
        """Let two callers call meanwhile; at the end their last requests are answered."""
        over = Event()
        callers = [Thread(target=self._call, args=(each, over), daemon=True) for each in CHANNELS]
        for caller in callers:
            caller.start()
        try:
            yield
        finally:
            over.set()
            for caller in callers:
                caller.join()

    def _call(self, channel: Channel, over: Event) -> None:
        crowd, other = self.workspace_ids
        for number in itertools.count():
            if over.wait(_CALL_EVERY_S):
                return
            if number % 2:
                self.bulk(channel, other, delays_ms=[0] * _BULK_COUNT)
            else:
                self.single(channel, crowd)

    def _accept(self, sent: Reading, delays_ms: dict[str, int]) -> None:
        with self._lock:
            for job_id, delay_ms in delays_ms.items():
                self.earliest_wall_ns[job_id] = sent.wall_ns + delay_ms * NS_PER_MS

    def _delays_ms(self, count: int, bounds: tuple[int, int]) -> list[int]:
        return [self._chance.randint(*bounds) for _ in range(count)]

    def _message(self, channel: Channel) -> dict[str, Any]:
        message = a_message(channel, next(self._numbers))
        return {_NAMES.get(name, name): value for name, value in message.items()}
