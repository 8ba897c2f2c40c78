"""The agenda: shards that are even, and attention a grace after the turn."""

from collections import Counter

from chalicelib.model.agenda import GRACE, SHARDS, attention_after_hand_over, shard_of
from tests.rig.builders import NOON
from tests.rig.memory.jobs import MemoryChance


def test_a_job_stays_on_its_shard():
    assert shard_of("01JDZ4S0000000000000000000") == shard_of("01JDZ4S0000000000000000000")


def test_shards_are_even_over_ids_of_one_instant():
    chance = MemoryChance()
    counts = Counter(shard_of(chance.new_id(at=NOON)) for _ in range(4000))

    assert set(counts) == set(range(SHARDS))
    assert all(800 < count < 1200 for count in counts.values())


def test_a_job_that_was_handed_over_is_looked_after_a_grace_later():
    assert attention_after_hand_over(NOON) == NOON + GRACE
