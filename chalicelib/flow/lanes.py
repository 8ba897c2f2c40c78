"""The notices that a worker has in hand, a lane for each URL: a slow one stands in nobody's way."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.flow.destinations import Destination
from chalicelib.model.notice import Notice
from chalicelib.model.trace import Trace

#: A receiver that takes longer than this is slow, and stays so for a while.
SLOW = timedelta(seconds=2)
SLOW_FOR = timedelta(minutes=1)
#: Posts of one worker to one URL at a time.
MOST_AT_ONCE, MOST_AT_ONCE_SLOW = 10, 2
#: To slow ones a worker posts at its start only: what it waits for last is somebody fast.
SLOW_STARTS = timedelta(seconds=8)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A notice with what its post needs."""

    notice: Notice
    url: str
    destination: Destination
    metadata: Mapping[str, Any]
    trace: Trace


@dataclass(slots=True)
class Lane:
    """One URL: who waits, and when the posts under way have started."""

    waiting: deque[Ticket] = field(default_factory=deque[Ticket])
    running: list[datetime] = field(default_factory=list[datetime])


@dataclass(slots=True)
class SlowUrls:
    """Which URLs were slow lately, as far as this process knows."""

    until: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def learn(self, url: str, *, started_at: datetime, now: datetime) -> None:
        """An answer came, or none in time."""
        if now - started_at > SLOW:
            self.until[url] = now + SLOW_FOR
        else:
            self.until.pop(url, None)

    def has(self, url: str, lane: Lane, *, now: datetime) -> bool:
        """Whether it was slow, or is being so."""
        slowest = min(lane.running, default=now)
        return now - slowest > SLOW or self.until.get(url, now) > now


@dataclass(slots=True)
class Lanes:
    """All lanes of one invocation, which takes nothing on after `last_start_at`."""

    began_at: datetime
    last_start_at: datetime
    slow: SlowUrls
    by_url: dict[str, Lane] = field(default_factory=dict[str, Lane])

    def __bool__(self) -> bool:
        return any(lane.waiting for lane in self.by_url.values())

    def join(self, tickets: list[Ticket]) -> None:
        """Each in the lane of its URL."""
        for ticket in tickets:
            self.by_url.setdefault(ticket.url, Lane()).waiting.append(ticket)

    def start(self, now: datetime) -> list[Ticket]:
        """Those that may be posted now; they are under way from here on."""
        started: list[Ticket] = []
        for url, lane in self.by_url.items():
            room = self._room(url, lane, now=now)
            while lane.waiting and len(lane.running) < room:
                lane.running.append(now)
                started.append(lane.waiting.popleft())
        return started

    def end(self, ticket: Ticket, *, started_at: datetime, now: datetime) -> None:
        """A post is no longer under way."""
        self.by_url[ticket.url].running.remove(started_at)
        self.slow.learn(ticket.url, started_at=started_at, now=now)

    def turn_away(self, now: datetime) -> tuple[list[Ticket], list[Ticket]]:
        """Those that must not wait here: of slow receivers, and of others for lack of time."""
        slow: list[Ticket] = []
        late: list[Ticket] = []
        for url, lane in self.by_url.items():
            if self.slow.has(url, lane, now=now):
                slow += lane.waiting
                lane.waiting.clear()
            elif now > self.last_start_at:
                late += lane.waiting
                lane.waiting.clear()
        return slow, late

    def _room(self, url: str, lane: Lane, *, now: datetime) -> int:
        if now > self.last_start_at:
            return 0
        if not self.slow.has(url, lane, now=now):
            return MOST_AT_ONCE
        return MOST_AT_ONCE_SLOW if now <= self.began_at + SLOW_STARTS else 0
