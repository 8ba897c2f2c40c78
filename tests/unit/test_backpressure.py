"""A backend that says it is too much: its workspace pauses and slows down, and nobody else does."""

from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.model.channel import RATES, Channel
from chalicelib.model.outcome import Answer
from chalicelib.model.status import Status
from tests.rig.builders import NOON
from tests.rig.world import SECOND, World
from tests.unit.moody import FINE, moody_world
from tests.unit.test_fairness import SMS, broadcast, starts_of
from tests.unit.test_rate import most_in_a_second

RATE = RATES[Channel.SMS].per_s


#: By when all workers know of a pause, and have started what had its slot by then.
KNOWN_AFTER = 2 * SECOND


@pytest.mark.parametrize(
    ("retry_after", "pause_s"),
    [
        ("20", 20),
        ("6.5", 6.5),
        ("Tue, 01 Dec 2026 12:00:30 GMT", 29),
        ("315360000", 3600),
        ("Mon, 01 Dec 2036 12:00:00 GMT", 3600),
        ("1.5", 0),
        ("Tue, 01 Dec 2026 11:59:00 GMT", 0),
        ("-5", 0),
        ("soon", 0),
        (None, 0),
    ],
)
def test_the_channel_of_the_workspace_pauses_for_as_long_as_is_asked(
    retry_after: str | None, pause_s: float
):
    busy = Answer(429, "slow down", retry_after=retry_after)
    world, backend = moody_world(
        lambda workspace_id, at: busy if workspace_id == "w1" and at < NOON + SECOND else FINE
    )
    mine, others = broadcast(world, "w1", 60), broadcast(world, "w2", 400)
    world.run(world.live(*SMS, until=NOON + (pause_s + 60) * SECOND))
    first_refusal_at = backend.refused[0][0]
    at = starts_of(world, mine)

    assert min(each for each in at if each > first_refusal_at + KNOWN_AFTER) >= (
        first_refusal_at + pause_s * SECOND
    )
    assert max(at) < NOON + (pause_s + 15) * SECOND
    assert len(at) == len(mine) + len(backend.refused)
    assert {(world.now(job).status, world.now(job).attempts) for job in mine} == {
        (Status.COMPLETED, 1)
    }
    assert starts_of(world, others)[-1] < NOON + 14 * SECOND
    assert most_in_a_second(world.starts) <= RATE


def test_the_other_channel_of_the_workspace_goes_on():
    busy = Answer(429, retry_after="600")
    world, _ = moody_world(lambda _, at: busy if at < NOON + SECOND else FINE)
    broadcast(world, "w1", 5)
    world.run(world.live(*SMS, until=NOON + 3 * SECOND))

    assert world.restraints.of(Channel.SMS, ["w1"])["w1"].paused_until(world.clock.now())
    assert not world.restraints.of(Channel.EMAIL, ["w1"])["w1"].restrains(world.clock.now())


def test_the_pace_falls_while_a_backend_refuses_and_is_back_within_half_a_minute():
    ill_from, ill_until = NOON + 5 * SECOND, NOON + 11 * SECOND
    world, backend = moody_world(lambda _, at: Answer(429) if ill_from <= at < ill_until else FINE)
    jobs = broadcast(world, "w1", 3000)
    world.run(world.live(*SMS, until=NOON + 70 * SECOND))

    def per_s(since_s: float, until_s: float) -> float:
        since, until = NOON + since_s * SECOND, NOON + until_s * SECOND
        return sum(since <= at < until for at in world.starts) / (until_s - since_s)

    assert per_s(2, 5) > 0.9 * RATE
    assert per_s(8, 11) < 0.35 * RATE
    assert len(backend.refused) < 0.6 * 6 * RATE
    assert per_s(41, 51) > 0.9 * RATE
    assert all(world.now(job).attempts <= 1 for job in jobs)
    assert most_in_a_second(world.starts) <= RATE


def test_a_backend_that_is_ill_for_long_is_asked_now_and_then():
    world, backend = moody_world(lambda _, __: Answer(429))
    broadcast(world, "w1", 300)
    world.run(world.live(*SMS, until=NOON + 60 * SECOND))
    late = [at for at, _ in backend.refused if at > NOON + 30 * SECOND]

    assert 3 <= len(late) <= 0.2 * 30 * RATE


def test_where_a_refusal_cannot_be_noted_the_job_waits_alone():
    busy = Answer(429, retry_after="30")
    world, _ = moody_world(lambda _, at: busy if at < NOON + SECOND else FINE)
    world.restraints.faults.add("refuse", RetryableError("busy"))
    (job,) = broadcast(world, "w1", 1)
    world.run(world.live(*SMS, until=NOON + 2 * SECOND))

    assert not world.restraints.of(Channel.SMS, ["w1"])["w1"].restrains(world.clock.now())
    assert NOON + 30 * SECOND <= world.now(job).due_at <= NOON + 32 * SECOND
    assert world.now(job).attempts == 0


def test_what_comes_for_a_pausing_workspace_is_served_after_the_pause():
    world = World()
    world.restraints.refuse(Channel.SMS, "w1", at=NOON, wait_s=20)
    mine, others = broadcast(world, "w1", 100), broadcast(world, "w2", 100)
    world.run(world.live(*SMS, until=NOON + timedelta(minutes=2)))

    at = starts_of(world, mine)
    assert min(at) >= NOON + 20 * SECOND
    assert len(at) == 100
    assert max(at) < NOON + 30 * SECOND
    assert max(starts_of(world, others)) < NOON + 5 * SECOND
