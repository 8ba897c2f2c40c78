"""CompletionLog: what was completed, batch by batch."""

from random import Random

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.dynamodb_completions import DynamoCompletionLog
from chalicelib.model.channel import Queue
from chalicelib.model.completions import Completions
from chalicelib.model.cursor import place
from chalicelib.model.ulid import RANDOM_BITS, ulid
from chalicelib.ports.counting import CompletionLog
from infra.local.units import item_bytes, write_units
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.completions import MemoryCompletionLog
from tests.rig.world import SECOND

HERE = Queue.SEND_SMS


@pytest.fixture
def log(world: str) -> CompletionLog:
    if world == "memory":
        return MemoryCompletionLog()
    return DynamoCompletionLog(make_table("TalliesTable"))


def a_batch(at_s: float, *, count: int = 2, queue: Queue = HERE) -> Completions:
    """The completions of as many thousandths of a second."""
    at = NOON + at_s * SECOND
    places = [place(at + n * SECOND / 1000, f"job-{n}") for n in range(count)]
    return Completions(queue, tuple(places))


def test_batches_come_by_their_newest_places(log: CompletionLog):
    batches = [a_batch(at_s) for at_s in range(25)]
    log.keep([batches[3]])
    log.keep([a_batch(1, queue=Queue.SCHEDULED_SMS)])
    for each in batches:
        log.keep([each])

    assert list(log.newest(HERE)) == batches[::-1]


def test_the_batches_of_several_queues_are_kept_at_once(log: CompletionLog):
    here, there = a_batch(1), a_batch(1, queue=Queue.SCHEDULED_SMS)
    log.keep([here, there])

    assert list(log.newest(HERE)) == [here]
    assert list(log.newest(Queue.SCHEDULED_SMS)) == [there]


def test_the_same_batch_again_changes_nothing(log: CompletionLog):
    log.keep([a_batch(1)])
    log.keep([a_batch(1)])

    assert list(log.newest(HERE)) == [a_batch(1)]


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(log: CompletionLog):
    log.keep([a_batch(1), a_batch(2)])

    log.forget(a_batch(2))
    log.forget(a_batch(2))

    assert list(log.newest(HERE)) == [a_batch(1)]


def test_what_was_completed_in_three_seconds_of_a_broadcast_is_one_write_unit(aws: None):
    del aws
    log = DynamoCompletionLog(make_table("TalliesTable"))
    # Of one shard of four, at 50 a second; ids as they are in earnest.
    chance = Random(1)
    instants = [NOON + n * 80 * SECOND / 1000 for n in range(38)]
    places = [place(at, ulid(at, chance.getrandbits(RANDOM_BITS))) for at in instants]
    log.keep([Completions(HERE, tuple(places))])

    (item,) = client("dynamodb").scan(TableName="TalliesTable")["Items"]

    assert write_units(item_bytes(item)) == 1
