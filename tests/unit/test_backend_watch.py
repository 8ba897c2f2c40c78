"""What one worker knows of its backend and says of it, by the instant."""

from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.breakers import FRESH_FOR, BackendWatch
from chalicelib.model.breaker import BURST, FIRST_WAIT, Breaker
from chalicelib.model.channel import Channel
from tests.rig.builders import NOON, an_outcome
from tests.rig.world import SECOND, World

HOST = "sms.example"
OPEN = Breaker().counted(failed=BURST, answered=0, at=NOON)


@pytest.fixture
def world() -> World:
    return World()


def watch_of(world: World, known: Breaker | None = None) -> BackendWatch:
    """A worker's, who knows what is known."""
    watch = BackendWatch(Channel.SMS, world.clock, world.circuit_breaker, world.offload)
    if known is not None:
        world.breakers.breakers[HOST] = watch.known = known
    return watch


def works(world: World, watch: BackendWatch, *statuses: int, for_s: float = 0) -> None:
    """An invocation whose callbacks were answered so."""

    async def story() -> None:
        async with watch.while_working():
            for status in statuses:
                watch.note(an_outcome(status))
            await world.clock.sleep_until(world.clock.now() + for_s * SECOND)

    world.run(story())


def test_a_worker_knows_how_its_backend_is_from_the_start(world: World):
    world.breakers.breakers[HOST] = OPEN
    watch = watch_of(world)
    works(world, watch)

    assert watch.known == OPEN
    assert watch.is_down


def test_and_again_twice_a_second(world: World):
    watch = watch_of(world)

    async def story() -> list[bool]:
        async with watch.while_working():
            world.breakers.breakers[HOST] = OPEN
            await world.clock.sleep_until(NOON + FRESH_FOR - timedelta(milliseconds=1))
            before = watch.is_down
            await world.clock.sleep_until(NOON + FRESH_FOR + timedelta(milliseconds=1))
            return [before, watch.is_down]

    assert world.run(story()) == [False, True]


def test_failures_and_answers_are_told_together(world: World):
    works(world, watch_of(world), 503, 200, 404, 500)

    assert world.breakers.breakers[HOST] == Breaker(NOON, failed=2, answered=2)


def test_they_are_told_once(world: World):
    watch = watch_of(world)
    works(world, watch, 503, 200, for_s=2)

    assert world.breakers.breakers[HOST].failed == 1
    assert (watch.failed, watch.answered) == (0, 0)


def test_answers_alone_are_not_worth_a_write(world: World):
    world.breakers.faults.add("put", RetryableError("nobody has to write"))
    works(world, watch_of(world), 200, 200, for_s=2)

    assert world.breakers.breakers == {}


def test_a_probe_is_taken_when_its_time_has_come(world: World):
    watch = watch_of(world, OPEN)

    assert watch.probe_at == NOON + FIRST_WAIT
    assert world.run(watch.take_probe()) is False
    world.clock.at += FIRST_WAIT
    assert world.run(watch.take_probe()) is True
    assert world.breakers.breakers[HOST] == OPEN.probing(NOON + FIRST_WAIT)


def test_nobody_asks_for_a_probe_whose_time_has_not_come(world: World):
    watch = watch_of(world, OPEN)
    world.breakers.faults.add("get", RetryableError("nobody has to ask"))

    assert world.run(watch.take_probe()) is False


def test_a_probe_that_another_worker_took_is_not_ours(world: World):
    watch = watch_of(world, OPEN)
    world.clock.at += FIRST_WAIT
    world.breakers.breakers[HOST] = OPEN.probing(world.clock.now())

    assert world.run(watch.take_probe()) is False


@pytest.mark.parametrize(("status", "is_down"), [(200, False), (404, False), (503, True)])
def test_what_a_probe_came_to_is_known_at_once(world: World, status: int, *, is_down: bool):
    watch = watch_of(world, OPEN.probing(NOON))
    world.run(watch.end_probe(an_outcome(status)))

    assert watch.is_down is is_down
    assert watch.known == world.breakers.breakers[HOST]


def test_a_failed_probe_makes_the_next_one_go_later(world: World):
    world.clock.at += FIRST_WAIT
    world.breakers.breakers[HOST] = OPEN.probing(world.clock.now())
    after = world.circuit_breaker.end_probe(Channel.SMS, is_well=False)

    assert after.probe_at == NOON + FIRST_WAIT + 4 * SECOND
    assert after.next_probe_at(NOON) == after.probe_at
    assert after.probing_until is None


def test_counts_of_now_belong_to_the_window_of_now(world: World):
    world.clock.at += 60 * SECOND
    found = world.circuit_breaker.count(Channel.SMS, failed=1, answered=2)

    assert found == Breaker(NOON + 60 * SECOND, failed=1, answered=2)
    assert world.breakers.breakers[HOST] == found
