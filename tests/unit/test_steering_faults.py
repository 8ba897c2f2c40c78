"""What steers does not answer: nobody is lost, limits are kept, and the others go on."""

from dataclasses import replace

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel, Queue, Rate
from chalicelib.model.envelope import Envelope
from chalicelib.model.workspace import WorkspaceSettings
from tests.rig.builders import NOON, a_job, a_payload, an_envelope
from tests.rig.world import SECOND, World
from tests.unit.test_fairness import SMS, broadcast
from tests.unit.test_rate import most_in_a_second

BUSY = RetryableError("busy")


def a_limited_world(per_s: int) -> World:
    world = World()
    chosen = WorkspaceSettings(limits={Channel.SMS: Rate(per_s)})
    world.restraints.workspaces.put("w1", chosen)
    return world


def test_turns_are_given_without_a_look_at_the_backlogs():
    world = World()
    broadcast(world, "big", 500)
    world.backlogs.faults.add("of", BUSY)
    jobs = broadcast(world, "w1", 50)
    world.run(world.live(*SMS, until=NOON + 15 * SECOND))

    assert {job.id for job in jobs} <= set(world.called)


def test_turns_that_were_given_without_a_look_at_limits_keep_them_all_the_same():
    world = a_limited_world(10)
    world.restraints.faults.add("of", BUSY)
    jobs = broadcast(world, "w1", 100)
    world.run(world.live(*SMS, until=NOON + 90 * SECOND))

    assert sorted(world.called) == sorted(job.id for job in jobs)
    assert most_in_a_second(world.starts) <= 10


def test_a_worker_goes_on_with_the_limits_that_it_knows():
    world = a_limited_world(10)
    jobs = [a_job() for _ in range(20)]
    envelopes = world.add(*jobs)
    world.restraints.faults.add("of", None, *[BUSY] * 3)
    world.serve(envelopes)

    assert len(world.called) == 20
    assert most_in_a_second(world.starts) <= 10


def test_a_channel_that_cannot_be_fed_keeps_no_other_from_it():
    world = World()
    world.schedule([Draft(Channel.EMAIL, "w1", a_payload())] * 400)
    waiting = len(world.waiting(Queue.SEND_EMAIL))
    world.backlogs.faults.add("of", BUSY)

    with pytest.raises(RetryableError):
        world.release.rescue()
    assert len(world.waiting(Queue.SEND_EMAIL)) > waiting


@pytest.mark.parametrize("fault", ["reserve", "touch"])
def test_who_finds_no_place_under_a_limit_and_cannot_go_back_is_delivered_again(fault: str):
    world = a_limited_world(1)
    jobs = [a_job() for _ in range(20)]
    envelopes = world.add(*jobs)
    if fault == "reserve":
        world.pace.faults.add("reserve", None, BUSY)
    else:
        world.store.faults.add("touch", BUSY)
    unserved = world.serve(envelopes)

    assert len(unserved) >= 10
    assert not unserved & set(world.called)
    assert most_in_a_second(world.starts) <= 1


def test_who_finds_no_place_and_was_cancelled_meanwhile_is_not_held_back():
    world = a_limited_world(1)
    jobs = [a_job() for _ in range(20)]
    envelopes = world.add(*jobs)

    def cancel_all() -> None:
        for job in jobs:
            world.store.move(world.now(job), world.now(job).cancel(at=NOON))

    world.store.faults.add("touch", cancel_all)
    world.serve(envelopes)

    assert world.backlogs.of(Channel.SMS) == {}
    assert len(world.called) <= 1


def test_a_slot_that_somebody_else_made_unfit_is_left_and_another_one_taken():
    world = a_limited_world(2)
    (job,) = [a_job()]
    envelopes = world.add(job)
    start = "start#sms#w1"
    world.pace.faults.add("fit", lambda: world.pace.ends.update({start: NOON + 3 * SECOND}))
    world.serve(envelopes)

    (at,) = world.starts
    assert NOON + 2.9 * SECOND <= at <= NOON + 5 * SECOND


def test_an_envelope_says_when_it_was_to_be_served_where_that_is_known():
    plain = an_envelope()
    timed = replace(plain, served_at=NOON + SECOND)

    assert Envelope.from_json(plain.to_json()).served_at is None
    assert Envelope.from_json(timed.to_json()).served_at == NOON + SECOND
