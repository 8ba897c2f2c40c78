"""Reads that are a moment behind: nobody is lost by them, called early, or told what was before."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import Channel
from chalicelib.model.job import Job
from chalicelib.model.priority import Priority
from chalicelib.ports.jobs import Stored
from tests.rig.builders import NOON, a_job, a_payload, an_envelope, stored
from tests.rig.memory.agenda import MemoryEntries
from tests.rig.memory.jobs import MemoryJobStore
from tests.rig.world import SECOND, World


class Behind(MemoryEntries):
    """Entries of which some reads know only what is in `known`."""

    def __init__(self, known: Iterable[Stored]) -> None:
        super().__init__()
        self.known = {each.job.id: each for each in known}

    def recent(self, job_ids: Iterable[str]) -> Mapping[str, Stored]:
        return {each: self.known[each] for each in job_ids if each in self.known}


def a_world(*known: Stored) -> World:
    """In which nothing else is known of what was stored a moment ago."""
    return World(store=MemoryJobStore(Behind(known)))


def lane_of(world: World) -> list[Job]:
    """Who is held back and may go."""
    known = Backlog(Priority.NORMAL, turn_at=NOON, look_at=NOON, held_at=NOON)
    return [*world.feed.held.lane(Channel.SMS, known, size=10, but=()).ready]


def test_a_worker_serves_a_job_that_came_just_now():
    world = a_world()
    job = a_job()
    world.serve(world.add(job))

    assert world.called == [job.id]


@pytest.mark.parametrize("is_job_seen", [False, True])
def test_a_job_that_was_rewritten_just_now_is_called_with_its_new_content(*, is_job_seen: bool):
    job = a_job()
    later = job.amend(at=NOON, due_at=NOON)
    world = a_world(stored(later if is_job_seen else job, a_payload(message="before")))
    world.store.add([stored(later, a_payload(message="after"))])
    world.serve([an_envelope(later)])

    ((_, call),) = world.callbacks.calls
    assert b'"message":"after"' in call.body


def test_a_job_that_was_cancelled_just_now_is_not_called():
    job = a_job()
    world = a_world(stored(job))
    world.store.add([stored(job.cancel(at=NOON))])

    assert world.serve([an_envelope(job)]) == set()
    assert world.starts == []


@pytest.mark.parametrize("is_there", [False, True])
def test_who_is_held_back_since_just_now_is_fed(*, is_there: bool):
    job = replace(a_job(), attention_at=NOON, handed_over=False)
    before = [stored(replace(job, handed_over=True))] if is_there else []
    world = a_world(*before)
    world.store.add([stored(job)])

    assert lane_of(world) == [job]


def test_who_has_gone_just_now_is_not_fed():
    job = replace(a_job(), attention_at=NOON, handed_over=False)
    world = a_world(stored(replace(job, handed_over=True)))
    world.store.add([stored(replace(job, handed_over=True))])

    assert lane_of(world) == []


def test_who_was_held_back_and_is_cancelled_gets_an_envelope_that_is_void():
    job = replace(a_job(), attention_at=NOON - SECOND, handed_over=False)
    world = a_world(stored(job))
    world.store.add([stored(job)])

    (fed,) = lane_of(world)
    world.store.move(job, job.cancel(at=NOON))

    assert world.serve([an_envelope(fed)]) == set()
    assert world.starts == []
