"""One feeding, by the instant: how many go, what is noted, and when somebody looks again."""

from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.feed import EVERY, LEAD_FOR, NEXT_PAUSE, PAUSE, PORTION, STAY_AWAKE
from chalicelib.flow.held import mark_of
from chalicelib.flow.turns import AHEAD
from chalicelib.model.backlog import SEEN_AFTER, Backlog
from chalicelib.model.breaker import BURST, Breaker
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from tests.rig.builders import NOON, a_job
from tests.rig.world import SECOND, World

SLOT = RATES[Channel.SMS].spacing
HOST = "sms.example"
#: What is given to the workers at a time, and at most.
SOME, MOST = PORTION // SLOT, AHEAD // SLOT


@pytest.fixture
def world() -> World:
    return World()


def waiting(world: World, count: int, *, look_at: datetime = NOON, **changes: object) -> list[Job]:
    """Jobs of the store that are held back one millisecond apart, and their backlog."""
    fields: dict[str, object] = {"priority": Priority.NORMAL}
    fields |= changes
    jobs = [
        a_job(attention_at=NOON + n * timedelta(milliseconds=1), **fields) for n in range(count)
    ]
    world.add(*jobs)
    held = Backlog(jobs[0].priority, turn_at=NOON, look_at=look_at, held_at=NOON - SEEN_AFTER)
    world.backlogs.hold(Channel.SMS, held)
    return jobs


def sent(world: World) -> list[str]:
    return [envelope.job_id for _, envelope in world.waiting()]


def calls(world: World) -> list[float]:
    """In how many seconds somebody is called."""
    now = world.clock.now()
    return [
        (visible_at - now) / SECOND
        for visible_at, envelope in world.queues.waiting[Queue.SEND_SMS]
        if not envelope.version
    ]


def backlog(world: World, priority: Priority = Priority.NORMAL) -> Backlog | None:
    return world.backlogs.of(Channel.SMS).get(priority)


def test_before_it_is_time_nobody_looks(world: World):
    waiting(world, 1, look_at=NOON + timedelta(milliseconds=1))

    assert world.feed(Channel.SMS) == 0
    assert world.backlogs.led_until == {}


def test_while_somebody_leads_nobody_else_does(world: World):
    waiting(world, 1)
    world.backlogs.led_until[Channel.SMS] = NOON + timedelta(milliseconds=1)

    assert world.feed(Channel.SMS) is None
    assert sent(world) == []


def test_who_feeds_leads_for_two_seconds_at_most_and_rests_for_a_moment(world: World):
    waiting(world, 1)
    led: list[datetime] = []
    note = lambda: led.append(world.backlogs.led_until[Channel.SMS])  # noqa: E731
    world.backlogs.faults.add("remember", note)
    world.feed(Channel.SMS)

    assert led == [NOON + LEAD_FOR]
    assert world.backlogs.led_until[Channel.SMS] == NOON + EVERY / 2


def test_who_fails_rests_too(world: World):
    waiting(world, 1)
    world.backlogs.faults.add("remember", RetryableError("busy"))

    with pytest.raises(RetryableError):
        world.feed(Channel.SMS)
    assert world.backlogs.led_until[Channel.SMS] == NOON + EVERY / 2


def test_the_workers_are_given_three_seconds_of_work_and_no_more(world: World):
    jobs = waiting(world, 200)

    assert world.feed(Channel.SMS) == MOST
    assert sent(world) == [job.id for job in jobs[:MOST]]
    assert world.pace.ends["fed#sms"] == NOON + MOST * SLOT
    look_at = NOON + MOST * SLOT - AHEAD + EVERY
    turn_at = jobs[MOST].attention_at
    assert turn_at is not None
    assert backlog(world) == Backlog(Priority.NORMAL, turn_at, look_at, NOON - SEEN_AFTER)
    assert calls(world) == []


def test_envelopes_say_when_they_are_to_be_served(world: World):
    waiting(world, 2)
    waiting(world, 1, due_at=NOON + 2 * SECOND)
    world.feed(Channel.SMS)
    served = sorted(each.served_at or NOON for _, each in world.waiting())

    assert served == [NOON, NOON + 2 * SLOT, NOON + 2 * SECOND]  # the last had the place between


def test_who_is_on_the_way_takes_room(world: World):
    jobs = waiting(world, 200)
    world.feed(Channel.SMS)
    world.clock.at = NOON + EVERY
    fed = world.feed(Channel.SMS)

    assert fed == 0
    assert sent(world) == [job.id for job in jobs[:MOST]]


def test_who_was_fed_ten_seconds_ago_and_was_not_claimed_may_be_fed_again(world: World):
    (job,) = waiting(world, 1)
    world.backlogs.remember(Channel.SMS, {mark_of(job): NOON - PAUSE})
    assert world.feed(Channel.SMS) == 0
    world.backlogs.led_until.clear()
    world.backlogs.hold(Channel.SMS, Backlog(Priority.NORMAL, NOON, NOON, NOON))
    world.backlogs.remember(Channel.SMS, {mark_of(job): NOON - PAUSE - timedelta(milliseconds=1)})

    assert world.feed(Channel.SMS) == 1
    assert world.backlogs.noted[Channel.SMS] == {mark_of(job): NOON + NEXT_PAUSE - PAUSE}


def test_those_who_are_fed_are_noted_beside_those_who_were(world: World):
    jobs = waiting(world, 2)
    world.backlogs.remember(Channel.SMS, {"another": NOON - SECOND})
    world.feed(Channel.SMS)

    assert world.backlogs.noted[Channel.SMS] == {
        "another": NOON - SECOND,
        **{mark_of(job): NOON for job in jobs},
    }


def test_whom_sqs_does_not_take_is_not_noted(world: World):
    waiting(world, 2)
    world.queues.refusing = True

    assert world.feed(Channel.SMS) == 0
    assert world.backlogs.noted[Channel.SMS] == {}


def test_where_the_workers_have_enough_somebody_looks_again_soon(world: World):
    (job,) = waiting(world, 1)
    world.pace.ends["fed#sms"] = NOON + AHEAD + SECOND

    assert world.feed(Channel.SMS) == 0
    known = backlog(world)
    assert known is not None
    assert (known.turn_at, known.look_at) == (job.attention_at, NOON + EVERY)


def test_a_lane_that_has_gone_is_closed(world: World):
    waiting(world, 3)

    assert world.feed(Channel.SMS) == 3
    assert backlog(world) is None
    assert calls(world) == []


def test_a_lane_that_may_not_have_been_seen_whole_is_looked_at_again(world: World):
    waiting(world, 3)
    world.backlogs.hold(Channel.SMS, Backlog(Priority.NORMAL, NOON, NOON, NOON))
    world.feed(Channel.SMS)

    assert calls(world) == [1]  # EVERY from now, in SQS's whole seconds
    known = backlog(world)
    assert known is not None
    assert known.look_at == NOON + 3 * SLOT - AHEAD + EVERY


@pytest.mark.parametrize(
    ("due_in", "called_in_s"),
    [
        (10 * SECOND, [7]),
        (STAY_AWAKE + AHEAD + EVERY - timedelta(milliseconds=1), [61]),
        (STAY_AWAKE + AHEAD + EVERY, []),
    ],
)
def test_somebody_is_called_for_whoever_may_go_within_a_minute(
    world: World, due_in: timedelta, called_in_s: list[float]
):
    at = NOON + due_in
    world.add(a_job(due_at=at, attention_at=at))
    world.backlogs.hold(Channel.SMS, Backlog(Priority.NORMAL, NOON, NOON, NOON))
    world.feed(Channel.SMS)

    assert calls(world) == called_in_s


def test_priorities_share_what_is_given(world: World):
    low = waiting(world, 100, priority=Priority.LOW)
    high = waiting(world, 100, priority=Priority.HIGH)
    world.pace.ends["fed#sms"] = NOON + AHEAD
    world.feed(Channel.SMS)
    ids = set(sent(world))

    assert len(ids) == SOME
    assert len(ids & {job.id for job in low}) == 3  # of 36, one in thirteen
    assert ids - {job.id for job in low} <= {job.id for job in high}
    for priority, lane, gone in ((Priority.LOW, low, 3), (Priority.HIGH, high, SOME - 3)):
        known = backlog(world, priority)
        assert known is not None
        assert known.turn_at == lane[gone].attention_at


def test_those_whose_workspace_pauses_get_turns_behind_the_pause(world: World):
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=60)
    jobs = waiting(world, 2)
    (other,) = waiting(world, 1, workspace_id="w2")

    assert world.feed(Channel.SMS) == 1
    assert sent(world)[-1] == other.id
    turns = [world.now(job).attention_at for job in jobs]
    assert all(at is not None and at >= NOON + 60 * SECOND for at in turns)


def test_one_who_was_cancelled_meanwhile_is_not_put_off(world: World):
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=60)
    (job,) = waiting(world, 1)
    cancel = lambda: world.store.move(job, job.cancel(at=NOON))  # noqa: E731
    world.store.faults.add("touch", cancel)
    world.feed(Channel.SMS)

    assert sent(world) == []


def an_open_breaker(world: World, at: datetime) -> Breaker:
    known = Breaker().counted(failed=BURST, answered=0, at=at)
    world.breakers.breakers[HOST] = known
    return known


def test_while_the_backend_is_down_nobody_goes_and_somebody_looks_when_a_probe_may(world: World):
    waiting(world, 2)
    waiting(world, 1, priority=Priority.LOW, look_at=NOON + 9 * SECOND)
    known = an_open_breaker(world, NOON)

    assert world.feed(Channel.SMS) == 0
    looks = {each: lane.look_at for each, lane in world.backlogs.of(Channel.SMS).items()}
    assert looks == {Priority.NORMAL: known.probe_at, Priority.LOW: NOON + 9 * SECOND}
    assert calls(world) == [2]


def test_one_goes_when_a_probe_may(world: World):
    jobs = waiting(world, 5)
    an_open_breaker(world, NOON - 2 * SECOND)

    assert world.feed(Channel.SMS) == 1
    assert sent(world) == [jobs[0].id]


def test_while_a_probe_is_under_way_its_worker_sees_to_what_comes_next(world: World):
    waiting(world, 5)
    world.breakers.breakers[HOST] = an_open_breaker(world, NOON - 2 * SECOND).probing(NOON)
    before = world.backlogs.of(Channel.SMS)

    assert world.feed(Channel.SMS) == 0
    assert (sent(world), calls(world)) == ([], [])
    assert world.backlogs.of(Channel.SMS) == before


def test_a_queue_that_was_resumed_is_begun_anew(world: World):
    for n, priority in ((7, Priority.NORMAL), (5, Priority.HIGH)):
        world.add(a_job(attention_at=NOON + n * SECOND, priority=priority))
    world.feed.look_again(Queue.SEND_SMS)

    assert world.backlogs.of(Channel.SMS) == {
        priority: Backlog(priority, turn_at=NOON + n * SECOND, look_at=NOON, held_at=NOON)
        for n, priority in ((7, Priority.NORMAL), (5, Priority.HIGH))
    }
