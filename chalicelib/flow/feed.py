"""Feeds the workers from the backlogs: hands over what comes next, just before they run dry.

Nothing is written to the jobs that are fed: they stay where they are in the agenda until a worker
claims them. Who was fed in the last seconds is noted for the channel, by a mark of the place, so
that nobody is fed twice from one place; who is held back again stands at another one. Whoever is
fed and lost is found by the rescue, as all others are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.flow.breakers import CircuitBreaker
from chalicelib.flow.dispatch import Dispatch, parcel
from chalicelib.flow.held import Held, Lane, mark_of
from chalicelib.flow.turns import AHEAD, Turn
from chalicelib.model.backlog import Backlog
from chalicelib.model.breaker import State
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.priority import SHARES, Priority
from chalicelib.model.slots import Run
from chalicelib.ports.jobs import JobStore
from chalicelib.ports.steering import Backlogs
from chalicelib.ports.world import Clock

#: How often somebody looks whether the workers need more, and what they are given at a time.
EVERY = timedelta(seconds=0.5)
PORTION = timedelta(seconds=0.75)
#: How long a call may take before somebody else takes over: less than what the workers have, since
#: nobody is awake any more once they run dry. Where the tables are slow it has longer, as long as
#: so many of their calls take: two who feed at a time hand the same jobs over twice.
LEAD_FOR = timedelta(seconds=2)
LEAD_CALLS = 20
LONGEST_LEAD = timedelta(seconds=10)
#: Somebody is woken for whoever may go within this; for the others, the rescue is.
STAY_AWAKE = timedelta(seconds=60)
#: How long nobody is fed again from one place: longer than it takes until those who were fed are
#: claimed. After the second time it is longer: workers that lag are not to be flooded. Each second
#: of memory is a tenth of what noting costs.
PAUSE = timedelta(seconds=10)
NEXT_PAUSE = timedelta(seconds=40)
REMEMBERED = PAUSE + timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Feed:
    """The verb of whoever is awake: workers, releases, the rescue."""

    clock: Clock
    store: JobStore
    held: Held
    dispatch: Dispatch
    backlogs: Backlogs
    breaker: CircuitBreaker

    def __call__(self, channel: Channel) -> int | None:
        """Hand over what the workers have room for; answers how many jobs.

        None: somebody else does it, and may not know of who was held back just now.
        """
        now = self.clock.now()
        known = self.backlogs.of(channel)
        if not any(each.look_at <= now for each in known.values()):
            return 0
        took = self.clock.now() - now
        led_until = now + took + min(max(LEAD_FOR, LEAD_CALLS * took), LONGEST_LEAD)
        if not self.backlogs.lead(channel, at=now + took, until=led_until):
            return None
        try:
            return self._by_breaker(channel, known, led_until=led_until)
        finally:
            self.backlogs.rest(channel, until=self.clock.now() + EVERY / 2)

    def _by_breaker(
        self, channel: Channel, known: Mapping[Priority, Backlog], *, led_until: datetime
    ) -> int:
        """As the backend is: all go, or one as a probe, or nobody until it is time for one.

        While a probe is under way, its worker sees to what comes next.
        """
        breaker, now = self.breaker.of(channel), self.clock.now()
        if breaker.state(now) is State.CLOSED:
            return self._lead(channel, known, led_until=led_until, most=None)
        if breaker.may_probe(now):
            return self._lead(channel, known, led_until=led_until, most=1)
        if breaker.state(now) is State.OPEN:
            self._wait(channel, known, until=breaker.next_probe_at(now))
        return 0

    def _wait(
        self, channel: Channel, known: Mapping[Priority, Backlog], *, until: datetime
    ) -> None:
        """Have somebody look then: nobody has anything to do before."""
        for each in known.values():
            after = replace(each, look_at=max(each.look_at, until))
            self.backlogs.settle(channel, before=each, after=after)
        self.dispatch.wake(channel, at=until)

    def _lead(
        self,
        channel: Channel,
        known: Mapping[Priority, Backlog],
        *,
        led_until: datetime,
        most: int | None,
    ) -> int:
        """Portion by portion, while there is room and nobody else may lead."""
        count, is_full = 0, False
        size = most or PORTION // RATES[channel].spacing
        while known and not is_full and self.clock.now() < led_until:
            fed, is_full = self._portion(channel, known, size=size)
            count += fed
            is_full = is_full or most is not None
            known = self.backlogs.of(channel)
        if count < PORTION // RATES[channel].spacing:
            self._stay_awake(channel)
        return count

    def _stay_awake(self, channel: Channel) -> None:
        """Have somebody look when it is time, though the workers may have nothing to do then."""
        soon = self.clock.now() + EVERY  # not before the lead is free again
        known = self.backlogs.of(channel).values()
        look_at = min((each.look_at for each in known), default=None)
        if look_at is not None and look_at < soon + STAY_AWAKE:
            self.dispatch.wake(channel, at=max(soon, look_at))

    def look_again(self, queue: Queue) -> None:
        """Begin anew with a queue whose jobs were passed over while it was paused."""
        now = self.clock.now()
        for priority in Priority:
            turn_at = self.held.oldest_turn_at(queue, priority)
            if turn_at is not None:
                held = Backlog(priority, turn_at=turn_at, look_at=now, held_at=now)
                self.backlogs.hold(queue.channel, held)

    def _portion(
        self, channel: Channel, known: Mapping[Priority, Backlog], *, size: int
    ) -> tuple[int, bool]:
        """How many were handed over; whether the workers have enough, or nobody else may go."""
        now = self.clock.now()
        noted = self.backlogs.fed(channel, since=now - REMEMBERED)
        on_their_way = {mark for mark, at in noted.items() if at >= now - PAUSE}
        lanes = [
            self.held.lane(channel, each, size=size, but=on_their_way) for each in known.values()
        ]
        for lane in lanes:
            self._put_off(lane.pausing)
        room = AHEAD // RATES[channel].spacing - sum(lane.on_their_way for lane in lanes)
        chosen = by_shares(lanes, min(size, max(0, room)))
        run = self.dispatch.turns.fed(channel, len(chosen))
        going = chosen if run is not None else []
        refused = self._hand_over(going, run) if run is not None else set[str]()
        fed = [mark_of(job) for job in going if job.id not in refused]
        if fed:
            later = now + NEXT_PAUSE - PAUSE
            again = {mark: later if mark in noted else now for mark in fed}
            self.backlogs.remember(channel, dict(noted) | again)
        look_at = self.clock.now() + EVERY if run is None else run.end_at - AHEAD + EVERY
        for lane in lanes:
            count = sum(job.priority is lane.known.priority for job in going)
            self._settle(channel, lane, fed=count, look_at=look_at)
        return len(fed), run is None or len(going) < size

    def _settle(self, channel: Channel, lane: Lane, *, fed: int, look_at: datetime) -> None:
        after = lane.after(fed, now=self.clock.now(), look_at=look_at)
        self.backlogs.settle(channel, before=lane.known, after=after)

    def _put_off(self, jobs: Sequence[Job]) -> None:
        """Let jobs go behind a pause of their workspaces, and behind the others of theirs."""
        turns = self.dispatch.plan(jobs)
        kept = self.store.touch_many(self.dispatch.prepared(turns))
        self.dispatch.hand_over([turn for turn, ours in zip(turns, kept, strict=True) if ours])

    def _hand_over(self, jobs: Sequence[Job], run: Run) -> set[str]:
        """Send them; answers whom SQS did not take: the rescue finds them."""
        now = self.clock.now()
        turns = [Turn(job, max(at, job.due_at)) for job, at in zip(jobs, run, strict=True)]
        refused = self.dispatch.queues.send([parcel(turn, now=now) for turn in turns])
        return {each.envelope.job_id for each in refused}


def by_shares(lanes: Sequence[Lane], size: int) -> list[Job]:
    """Up to so many jobs of all priorities by their shares; what one leaves, the others take.

    Smooth weighted round robin: whoever has waited for most of its share is next.
    """
    left = {lane.known.priority: list(lane.ready) for lane in lanes if lane.ready}
    credit = dict.fromkeys(left, 0)
    chosen: list[Job] = []
    while left and len(chosen) < size:
        for priority in left:
            credit[priority] += SHARES[priority]
        priority = max(left, key=lambda each: credit[each])
        credit[priority] -= sum(SHARES[each] for each in left)
        chosen.append(left[priority].pop(0))
        if not left[priority]:
            del left[priority]
    return chosen
