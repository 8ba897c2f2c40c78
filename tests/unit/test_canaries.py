"""Canaries: a queue that is stuck is told within 90 seconds, and no other ever is."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.canaries import canary_figures
from chalicelib.flow.schedule import Draft
from chalicelib.model.breaker import BURST, Breaker
from chalicelib.model.canary import AFTER, Flock, canaries_in, canary_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.figure import Name
from chalicelib.ports.delivery import Backends
from tests.rig.builders import NOON, a_job, a_payload, an_envelope
from tests.rig.world import SECOND, World

MINUTE = timedelta(minutes=1)
STUCK = Queue.SEND_SMS
PROMISED = 90 * SECOND


@pytest.fixture
def world() -> World:
    return World()


def test_a_canary_looks_like_no_job_of_anybody():
    canary = canary_of(STUCK, visible_at=NOON)

    assert (canary.version, canary.workspace_id) == (0, "canary")
    assert canaries_in([canary]) == {STUCK: NOON}


def test_a_canary_has_twenty_seconds_to_be_met():
    flock = Flock(NOON)

    assert flock.is_flying(NOON + 20 * SECOND - timedelta(milliseconds=1))
    assert not flock.is_flying(NOON + 20 * SECOND)
    assert not Flock().is_flying(NOON)


def test_a_queue_is_late_that_met_none_or_an_older_one_only():
    met = dict.fromkeys(Queue, NOON) | {STUCK: NOON - SECOND}
    del met[Queue.MY_QUEUE]

    assert Flock(NOON, met).late() == [each for each in Queue if each in {STUCK, Queue.MY_QUEUE}]
    assert Flock(None, met).late() == []


def told(world: World, *, until: datetime, works_until: datetime | None = None) -> list[datetime]:
    """When the ticks say that a queue is stuck; its workers take nothing from an instant on."""
    found: list[datetime] = []

    async def ticks() -> None:
        while world.clock.now() < until:
            if STUCK in world.watch_queues():
                found.append(world.clock.now())
            await world.clock.sleep_until(world.clock.now() + MINUTE)

    async def story() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(ticks())
            for _ in range(5):
                tasks.create_task(world.work(STUCK, until=works_until or until))

    world.run(story())
    return found


@pytest.mark.parametrize("second", range(0, 120, 3))
def test_a_queue_that_gets_stuck_at_any_instant_is_told_within_90_seconds(second: int):
    stuck_at = NOON + second * SECOND
    found = told(World(), until=NOON + 5 * MINUTE, works_until=stuck_at)

    assert stuck_at < found[0] <= stuck_at + PROMISED


def test_a_queue_that_moves_is_never_told():
    assert told(World(), until=NOON + 5 * MINUTE) == []


def test_nor_one_whose_workers_have_all_that_they_can_do():
    world = World()
    world.callbacks.takes = lambda: 9 * SECOND
    world.schedule([Draft(Channel.SMS, "w1", a_payload())] * 2_500)

    assert told(world, until=NOON + 2 * MINUTE) == []
    assert len(world.starts) == 2_500


def test_nor_one_that_is_paused():
    world = World()
    world.pauses.pause(STUCK, at=NOON)
    world.schedule([Draft(Channel.SMS, "w1", a_payload())] * 20)

    assert told(world, until=NOON + 3 * MINUTE) == []
    assert world.starts == []


def test_nor_one_whose_backend_is_down(world: World):
    opened = Breaker().counted(failed=BURST, answered=0, at=NOON)
    backends: Backends = world.circuit_breaker.backends
    host = backends.base_url(Channel.SMS).removeprefix("https://")
    world.breakers.put(host, before=Breaker(), after=opened)

    assert told(world, until=NOON + MINUTE) == []
    assert world.circuit_breaker.is_open(Channel.SMS)


def test_a_canary_uses_no_slot_and_is_no_batch(world: World):
    told(world, until=NOON + 2 * MINUTE)

    assert (world.pace.ends, world.starts, world.batch_log.batches) == ({}, [], {})


def test_a_tick_that_comes_twice_sends_no_more_and_tells_nothing(world: World):
    told_of = [world.watch_queues(), world.watch_queues()]

    assert told_of == [[], []]
    assert [len(world.queues.waiting[queue]) for queue in Queue] == [1] * len(Queue)


def test_every_queue_that_met_none_is_told_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.watch_queues()
    world.canaries.meet(Queue.MY_QUEUE, visible_at=NOON + AFTER)
    world.clock.at = NOON + MINUTE
    with caplog.at_level(logging.ERROR):
        late = world.watch_queues()

    assert late == [queue for queue in Queue if queue is not Queue.MY_QUEUE]
    assert [vars(record)["queue"] for record in caplog.records] == [each.value for each in late]


def test_a_queue_that_takes_no_canary_is_stuck(world: World, caplog: pytest.LogCaptureFixture):
    world.queues.refusing = True
    world.watch_queues()
    world.clock.at = NOON + MINUTE

    assert world.watch_queues() == list(Queue)
    assert "a canary was not taken" in caplog.text


def test_a_canary_of_yesterday_is_no_sign_of_life(world: World):
    world.canaries.meet(STUCK, visible_at=NOON - timedelta(days=1))
    world.watch_queues()
    world.clock.at = NOON + MINUTE

    assert STUCK in world.watch_queues()


def test_a_canary_that_cannot_be_noted_harms_no_job(world: World, caplog: pytest.LogCaptureFixture):
    world.canaries.faults.add("meet", RetryableError("DynamoDB is busy"))
    envelopes = [canary_of(STUCK, visible_at=NOON), *world.add(a_job())]

    assert world.serve(envelopes) == set()
    assert len(world.starts) == 1
    assert "a canary was met, and nobody is told" in caplog.text


def test_jobs_that_cannot_be_read_are_no_sign_of_life(world: World):
    world.store.faults.add("get_many", RetryableError("DynamoDB is busy"))

    with pytest.raises(RetryableError):
        world.serve([canary_of(STUCK, visible_at=NOON)])
    assert world.canaries.known.met == {}


def test_of_a_pile_of_canaries_the_newest_counts():
    pile = [canary_of(STUCK, visible_at=NOON + n * MINUTE) for n in (1, 2, 0)]

    assert canaries_in([an_envelope(), *pile]) == {STUCK: NOON + 2 * MINUTE}


def test_a_canary_of_no_queue_is_none():
    stray = replace(canary_of(STUCK, visible_at=NOON), job_id="canary@elsewhere")

    assert canaries_in([stray]) == {}


@pytest.mark.parametrize(
    ("late", "counts"),
    [([], [0, 0, 0]), ([Queue.SEND_EMAIL], [0, 1, 0]), (list(Queue), [2, 2, 1])],
)
def test_every_channel_tells_how_many_of_its_queues_are_stuck(
    late: Sequence[Queue], counts: list[int]
):
    figures = canary_figures(late)

    assert [(each.name, each.channel) for each in figures] == [
        (Name.CANARIES_LATE, channel) for channel in Channel
    ]
    assert [each.values for each in figures] == [(count,) for count in counts]
