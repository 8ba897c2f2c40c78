"""A call with a key dies at any of its writes: the next one finishes it, and no job goes twice."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.flow.schedule_once import Receipt
from chalicelib.model.channel import Queue
from chalicelib.model.idempotency import LEASE
from chalicelib.model.status import Status
from tests.rig.builders import a_keyed_request
from tests.rig.world import SECOND
from tests.unit.mortal import DiedError, MortalWorld
from tests.unit.test_schedule_once import drafts_at

COUNT, CHUNK = 8, 3
#: The record; for each chunk payloads, a note, jobs and envelopes; the end of the record.
WRITES = 1 + 3 * COUNT + 3 + 1
QUEUE = Queue.SEND_SMS


def call(world: MortalWorld, *, dies_after: int | None = None) -> Receipt | None:
    """A bulk of 8 in chunks of 3; None where the call died before it could answer."""
    world.life.left = dies_after
    once = replace(world.schedule_once, chunk=CHUNK)
    with suppress(DiedError):
        at = world.clock.now()
        return once(a_keyed_request(count=COUNT), lambda at: drafts_at(at, count=COUNT), at=at)
    world.life.left = None
    return None


def live(world: MortalWorld, span: timedelta) -> None:
    """Workers and the rescue, for a while."""
    world.life.left = None
    until: datetime = world.clock.now() + span
    world.run(world.live(QUEUE, until=until, workers=2))


def finished(world: MortalWorld) -> Receipt:
    """The call, again after the lease."""
    world.clock.at += LEASE
    receipt = call(world)
    assert receipt is not None
    return receipt


def test_the_writes_of_a_call_are_as_many_as_these_tests_kill():
    assert call(MortalWorld(), dies_after=WRITES - 1) is None
    assert call(MortalWorld(), dies_after=WRITES) is not None


@pytest.mark.parametrize("dies_after", range(WRITES))
def test_a_call_that_died_is_finished(dies_after: int):
    world = MortalWorld()
    call(world, dies_after=dies_after)
    receipt = finished(world)
    live(world, 60 * SECOND)

    assert sorted(world.store.entries) == sorted(receipt.job_ids)
    assert Counter(world.called) == dict.fromkeys(receipt.job_ids, 1)


@pytest.mark.parametrize("dies_after", range(WRITES))
def test_what_was_served_or_deleted_meanwhile_is_not_made_again(dies_after: int):
    world = MortalWorld()
    call(world, dies_after=dies_after)
    live(world, 180 * SECOND)  # what the dead call handed over, and what the rescue finds
    served = [entry.job for entry in world.store.entries.values()]
    deleted = [job for job in served[::2] if world.store.delete(job)]
    receipt = finished(world)
    live(world, 60 * SECOND)

    assert {job.status for job in served} <= {Status.COMPLETED}
    assert Counter(world.called) == dict.fromkeys(receipt.job_ids, 1)
    assert set(world.store.entries) == set(receipt.job_ids) - {job.id for job in deleted}


@pytest.mark.parametrize("dies_after", range(WRITES))
def test_what_was_cancelled_meanwhile_stays_so(dies_after: int):
    world = MortalWorld()
    call(world, dies_after=dies_after)
    there = [entry.job for entry in world.store.entries.values()]
    for job in there:
        world.store.move(job, job.cancel(at=world.clock.now()))
    receipt = finished(world)
    live(world, 60 * SECOND)

    cancelled = {job.id for job in there}
    assert Counter(world.called) == dict.fromkeys(set(receipt.job_ids) - cancelled, 1)


@given(lives=st.lists(st.integers(0, WRITES), max_size=6), is_served=st.booleans())
def test_however_many_calls_die_each_message_goes_out_once(lives: list[int], *, is_served: bool):
    world = MortalWorld()
    for dies_after in lives:
        call(world, dies_after=dies_after)
        world.clock.at += LEASE
        if is_served:
            live(world, 20 * SECOND)
    receipt = finished(world)
    live(world, 120 * SECOND)

    assert sorted(world.store.entries) == sorted(receipt.job_ids)
    assert Counter(world.called) == dict.fromkeys(receipt.job_ids, 1)
