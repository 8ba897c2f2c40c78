"""What workers note about their batches."""

import pytest

from chalicelib.errors import RetryableError
from chalicelib.model.channel import Channel
from chalicelib.model.outcome import Answer
from tests.rig.builders import a_job
from tests.rig.world import World

LIMITED = Answer(429, text="Too many requests", retry_after="600")


@pytest.fixture
def world() -> World:
    return World()


def test_a_served_batch_is_counted(world: World):
    world.serve(world.add(a_job(), a_job()))

    assert world.batch_log.batches == {Channel.SMS: 1}
    assert world.batch_log.exceedances == []


def test_a_batch_without_a_callback_is_not(world: World):
    world.serve([])

    assert not world.batch_log.batches


def test_each_workspace_that_was_told_to_slow_down_is_noted_once(world: World):
    world.callbacks.answers += [LIMITED, Answer(200), LIMITED]  # they take turns
    jobs = [a_job(workspace_id=name) for name in ("w1", "w1", "w2")]

    world.serve(world.add(*jobs))

    (noted,) = world.batch_log.exceedances
    assert (noted.workspace_id, noted.channel, noted.batch_size) == ("w1", Channel.SMS, 2)
    assert noted.error == "The backend answered 429: Too many requests"


def test_notes_that_cannot_be_kept_do_not_harm_the_batch(world: World):
    world.batch_log.faults.add("keep", RetryableError("DynamoDB is busy"))

    assert world.serve(world.add(a_job())) == set()
    assert not world.batch_log.batches
