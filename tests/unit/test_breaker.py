"""The circuit breaker: a backend that is down costs no attempts, and is found to be well again."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.breakers import ROUNDS
from chalicelib.flow.schedule import Draft
from chalicelib.model.breaker import (
    BURST,
    LONGEST_WAIT,
    PROBE_FOR,
    WINDOW,
    Breaker,
    State,
    is_failure,
)
from chalicelib.model.channel import Channel
from chalicelib.model.outcome import Answer
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_payload, an_outcome
from tests.rig.world import SECOND, World
from tests.unit.test_fairness import live

HOST = "sms.example"
DOWN = Answer(None, error="The connection failed.")


def an_open_breaker() -> Breaker:
    return Breaker().counted(failed=BURST, answered=0, at=NOON)


def test_a_burst_of_failures_opens_it():
    breaker = Breaker()
    for i in range(BURST):
        assert breaker.state(NOON) is State.CLOSED
        breaker = breaker.counted(failed=1, answered=0, at=NOON + i * SECOND / 10)

    assert breaker.state(NOON + 2 * SECOND) is State.OPEN


def test_failures_among_answers_or_far_apart_do_not():
    mixed = Breaker().counted(failed=10 * BURST, answered=10 * BURST, at=NOON)
    slow = Breaker()
    for i in range(5 * BURST):
        slow = slow.counted(failed=1, answered=0, at=NOON + i * WINDOW / (BURST - 1))

    assert mixed.state(NOON) is slow.state(NOON) is State.CLOSED


def test_one_probe_at_a_time_by_ever_longer_waits():
    breaker, now, waits = an_open_breaker(), NOON, list[timedelta]()
    for _ in range(8):
        assert breaker.probe_at is not None
        assert not breaker.may_probe(breaker.probe_at - SECOND / 1000)
        waits.append(breaker.probe_at - now)
        now = breaker.probe_at
        assert breaker.may_probe(now)
        breaker = breaker.probing(now)
        assert not breaker.may_probe(now)
        assert breaker.state(now) is State.HALF_OPEN
        assert breaker.may_probe(now + PROBE_FOR)
        breaker = breaker.probed(is_well=False, at=now)

    assert waits == [wait_s * SECOND for wait_s in (2, 4, 8, 16, 30, 30, 30, 30)]
    assert breaker.probed(is_well=True, at=now) == Breaker()
    assert breaker.probed(is_well=False, at=now).state(now) is State.OPEN


@pytest.mark.parametrize(
    ("failed", "answered", "state"),
    [
        (BURST, 0, State.OPEN),
        (BURST - 1, 0, State.CLOSED),
        (BURST, BURST // 4, State.OPEN),
        (BURST, BURST // 4 + 1, State.CLOSED),
    ],
)
def test_it_opens_where_enough_failed_and_few_were_answered(
    failed: int, answered: int, state: State
):
    assert Breaker().counted(failed=failed, answered=answered, at=NOON).state(NOON) is state


def test_the_first_probe_goes_two_seconds_after_it_opened():
    assert an_open_breaker() == Breaker(opened_at=NOON, probe_at=NOON + 2 * SECOND)


def test_failures_and_answers_of_one_window_are_counted_together():
    breaker = Breaker().counted(failed=1, answered=2, at=NOON)
    later = NOON + WINDOW - SECOND

    assert breaker.counted(failed=3, answered=4, at=later) == Breaker(NOON, 4, 6)
    assert breaker.counted(failed=3, answered=4, at=NOON + WINDOW) == Breaker(NOON + WINDOW, 3, 4)


def test_it_is_worth_to_look_again_when_a_probe_may_go_or_has_ended():
    breaker = an_open_breaker()

    assert breaker.next_probe_at(NOON) == NOON + 2 * SECOND
    assert breaker.next_probe_at(NOON + 5 * SECOND) == NOON + 5 * SECOND
    assert breaker.probing(NOON + 2 * SECOND).next_probe_at(NOON) == NOON + 2 * SECOND + PROBE_FOR


@pytest.mark.parametrize(("status", "fails"), [(None, True), (500, True), (499, False)])
def test_a_backend_fails_that_does_not_answer_or_is_at_fault(status: int | None, *, fails: bool):
    assert is_failure(an_outcome(status)) is fails


def test_a_probe_of_a_breaker_that_was_closed_meanwhile_changes_nothing():
    assert Breaker().probed(is_well=False, at=NOON) == Breaker()
    assert an_open_breaker().counted(failed=9, answered=0, at=NOON) == an_open_breaker()


def broadcast(world: World, count: int, channel: Channel = Channel.SMS) -> list[str]:
    """Jobs of some workspaces, by their ids."""
    drafts = [Draft(channel, f"w{n % 3}", a_payload()) for n in range(count)]
    return [job.id for job in world.schedule(drafts)]


def down_until(world: World, at: datetime, answer: Answer = DOWN) -> None:
    """Let the backend of SMS answer nothing before that instant."""
    world.callbacks.manners = lambda call: (
        answer if HOST in call.url and world.clock.now() < at else None
    )


@pytest.mark.parametrize("answer", [DOWN, Answer(503), Answer(500)])
def test_an_outage_uses_no_attempts_and_all_jobs_go_through_after_it(answer: Answer):
    world = World()
    down_until(world, NOON + 50 * SECOND, answer)
    ids = broadcast(world, 400)
    live(world, seconds=150)
    jobs = [world.store.entries[job_id].job for job_id in ids]
    during = [at for at in world.starts if NOON + 5 * SECOND < at < NOON + 50 * SECOND]

    assert {job.status for job in jobs} == {Status.COMPLETED}
    assert len(during) <= 10
    assert Counter(job.attempts for job in jobs)[1] > 250
    assert world.breakers.breakers[HOST] == Breaker()


def test_after_the_outage_the_rate_is_back_within_its_longest_wait():
    world = World()
    down_until(world, NOON + 50 * SECOND)
    broadcast(world, 1000)
    live(world, seconds=100)
    probe_at = next(at for at in world.starts if at >= NOON + 50 * SECOND)
    after = [at for at in world.starts if at >= probe_at + 2 * SECOND]

    assert probe_at <= NOON + 50 * SECOND + LONGEST_WAIT
    assert len([at for at in after if at < probe_at + 7 * SECOND]) >= 5 * 45


@pytest.mark.parametrize("outage_s", [3, 8, 12])
def test_after_a_short_outage_nobody_waits_for_the_rescue(outage_s: int):
    world = World()
    down_until(world, NOON + outage_s * SECOND)
    ids = broadcast(world, 120)
    live(world, seconds=45)

    assert {world.store.entries[job_id].job.status for job_id in ids} == {Status.COMPLETED}


def test_jobs_that_are_scheduled_during_an_outage_wait_and_other_channels_go_on():
    world = World()
    down_until(world, NOON + 30 * SECOND)
    broadcast(world, 100)
    later: list[str] = []

    def meanwhile() -> None:
        later.extend(broadcast(world, 20))
        later.extend(broadcast(world, 10, Channel.EMAIL))

    live(world, seconds=90, at_s=15, do=meanwhile, channels=(Channel.SMS, Channel.EMAIL))
    jobs = [world.store.entries[job_id].job for job_id in later]

    assert {job.status for job in jobs} == {Status.COMPLETED}
    assert {job.attempts for job in jobs} == {1}
    emails = [job for job in jobs if job.channel is Channel.EMAIL]
    assert all((job.started_at or NOON) < NOON + 20 * SECOND for job in emails)


def test_a_probe_that_nobody_heard_of_again_does_not_keep_it_open():
    world = World()
    broadcast(world, 50)
    known = an_open_breaker()
    world.breakers.breakers[HOST] = known.probing(NOON)
    live(world, seconds=120)

    assert len(world.called) == 50
    assert world.breakers.breakers[HOST] == Breaker()


def test_a_backend_that_refuses_its_callers_is_not_down():
    world = World()
    world.callbacks.manners = lambda _: Answer(404)
    ids = broadcast(world, 100)
    live(world, seconds=10)

    assert {world.store.entries[job_id].job.status for job_id in ids} == {Status.FAILED}


def test_who_counts_at_the_same_time_as_another_counts_too():
    world = World()
    rival = an_open_breaker()

    def meanwhile() -> None:
        world.breakers.breakers[HOST] = Breaker().counted(failed=5, answered=0, at=NOON)

    world.breakers.faults.add("put", meanwhile)
    found = world.circuit_breaker.count(Channel.SMS, failed=BURST - 5, answered=0)

    assert found == rival
    assert world.circuit_breaker.is_open(Channel.SMS)


def test_it_is_open_while_a_probe_is_under_way():
    world = World()
    world.breakers.breakers[HOST] = an_open_breaker().probing(NOON)

    assert world.circuit_breaker.is_open(Channel.SMS)


def test_a_breaker_that_others_keep_changing_is_left_for_later():
    world = World()
    counts = iter(range(1, 99))

    def meanwhile() -> None:
        world.breakers.breakers[HOST] = Breaker(NOON, failed=next(counts) % 10, answered=99)

    world.breakers.faults.add("put", *[meanwhile] * ROUNDS)

    with pytest.raises(RetryableError):
        world.circuit_breaker.count(Channel.SMS, failed=1, answered=0)


def test_a_table_that_does_not_answer_stops_no_callback():
    world = World()
    world.breakers.faults.add("get", *[RetryableError("busy")] * 9)
    ids = broadcast(world, 20)
    live(world, seconds=10)

    assert {world.store.entries[job_id].job.status for job_id in ids} == {Status.COMPLETED}
