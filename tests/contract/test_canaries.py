"""Canaries: what was sent and met is known to whoever judges, and the newest of it stays."""

from datetime import datetime, timedelta

import pytest

from chalicelib.adapters.dynamodb_canaries import DynamoCanaries
from chalicelib.model.canary import Flock
from chalicelib.model.channel import Queue
from chalicelib.ports.steering import Canaries
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.canaries import MemoryCanaries

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def canaries(world: str) -> Canaries:
    return MemoryCanaries() if world == "memory" else DynamoCanaries(make_table("ControlTable"))


def test_before_the_first_ones_nothing_is_known(canaries: Canaries):
    assert canaries.flock() == Flock()


def test_the_last_ones_that_were_sent_are_known(canaries: Canaries):
    canaries.release(visible_at=NOON)
    canaries.release(visible_at=LATER)

    assert canaries.flock() == Flock(LATER)


def test_each_queue_has_met_its_own(canaries: Canaries):
    canaries.release(visible_at=LATER)
    canaries.meet(Queue.SEND_SMS, visible_at=LATER)
    canaries.meet(Queue.MY_QUEUE, visible_at=NOON)

    assert canaries.flock() == Flock(LATER, {Queue.SEND_SMS: LATER, Queue.MY_QUEUE: NOON})


@pytest.mark.parametrize("order", [(NOON, LATER), (LATER, NOON), (LATER, LATER)])
def test_of_what_was_met_the_newest_stays(canaries: Canaries, order: tuple[datetime, ...]):
    for visible_at in order:
        canaries.meet(Queue.SEND_EMAIL, visible_at=visible_at)

    assert canaries.flock().met == {Queue.SEND_EMAIL: LATER}
