"""Buckets, groups and portions; and who counts gives way to others, but not for ever."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import RetryableError
from chalicelib.flow.count import KEPT_BUCKETS, Count
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.model.ledger import Known, Mark, Portion, bucket_of, entries_of, groups
from tests.rig.builders import NOON, a_claimed_job, a_job
from tests.rig.lives import lives
from tests.rig.memory.tallies import MemoryTallies

SECOND = timedelta(seconds=1)


def news(event_id: str, *, at: datetime = NOON, workspace_id: str = "w1") -> Change:
    return Change(event_id, at, None, a_job(workspace_id=workspace_id))


class Busy:
    """A ledger whose numbers are always taken by somebody else."""

    def marks(self, bucket_at: datetime, *, since: int) -> Sequence[Mark]:
        return [Mark(bucket_at, since, (b"another.",))]

    def commit(self, portion: Portion) -> bool:  # noqa: ARG002 - taken, whatever it is
        return False


class Skipping(MemoryTallies):
    """Tallies whose first query misses the first mark, which is written while it runs."""

    missed = False

    def marks(self, bucket_at: datetime, *, since: int) -> Sequence[Mark]:
        found = super().marks(bucket_at, since=since)
        if found and not self.missed:
            self.missed = True
            return found[1:]
        return found


@pytest.mark.parametrize(("second", "start"), [(0, 0), (9, 0), (10, 10), (59, 50)])
def test_a_bucket_takes_ten_seconds(second: int, start: int):
    at = datetime(2026, 12, 1, 12, 0, second, 999, tzinfo=UTC)

    assert bucket_of(at) == datetime(2026, 12, 1, 12, 0, start, tzinfo=UTC)


def test_a_change_that_adds_nothing_is_no_entry():
    job = a_job()

    assert entries_of([Change("e1", NOON, job, job.with_attention(NOON + SECOND))]) == []


def test_a_change_that_came_twice_is_one_entry():
    assert len(entries_of([news("e1"), news("e1"), news("e2")])) == 2


def test_an_entry_has_the_bucket_of_its_own_instant_and_a_short_digest():
    (entry,) = entries_of([news("e1", at=NOON + 19 * SECOND)])

    assert (entry.bucket_at, len(entry.digest)) == (NOON + 10 * SECOND, 8)


def test_marks_are_learned_in_their_order_and_none_beyond_a_gap():
    known = Known()
    for number in (0, 1, 3, 2):
        known.learn(Mark(NOON, number, (b"%d" % number,)))

    assert known == Known(3, {b"0", b"1", b"2"})


@given(changes=lives(), most_items=st.integers(8, 40))
def test_groups_keep_every_entry_and_the_limit(changes: list[Change], most_items: int):
    entries = entries_of(changes)

    found = list(groups(entries, most_items=most_items))

    assert [entry for group in found for entry in group] == entries
    for group in found:
        items = {entry.bucket_at for entry in group} | {k for e in group for k in e.deltas}
        assert len(items) <= most_items


def test_an_entry_that_needs_more_than_the_limit_is_a_group_of_its_own():
    entries = entries_of([news("e1"), news("e2")])

    assert [len(group) for group in groups(entries, most_items=1)] == [1, 1]


def test_a_group_may_be_as_large_as_the_limit():
    entries = entries_of([news("e1"), news("e2", workspace_id="w2")])
    needed = len({NOON} | {key for entry in entries for key in entry.deltas})

    assert [len(group) for group in groups(entries, most_items=needed)] == [2]
    assert [len(group) for group in groups(entries, most_items=needed - 1)] == [1, 1]


def test_a_batch_that_nets_to_nothing_is_marked_all_the_same():
    tallies = MemoryTallies()
    job, claimed = a_job(id="job-1"), a_claimed_job(id="job-1")
    batch = [Change("e1", NOON, job, claimed), Change("e2", NOON, claimed, job)]

    assert Count(tallies)(batch) == 2
    assert Count(tallies)(batch[:1]) == 0
    assert not any(any(figures.values()) for figures in tallies.figures.values())


def test_a_large_batch_is_counted_in_several_transactions():
    tallies = MemoryTallies()

    counted = Count(tallies)([news(f"e{n}", workspace_id=f"w{n}") for n in range(100)])

    assert counted == 100
    assert len(tallies.ledger) == 3
    assert tallies.of("*")[Queue.SEND_SMS]["accepted"] == 100


def test_who_finds_every_number_taken_gives_up_for_now():
    with pytest.raises(RetryableError, match="ledger"):
        Count(Busy())([news("e1")])


def test_a_mark_that_a_query_skipped_is_read_before_anything_is_counted():
    tallies = Skipping()
    Count(tallies)([news("e1")])
    Count(tallies)([news("e2")])
    tallies.missed = False

    assert Count(tallies)([news("e1"), news("e2")]) == 0


def test_nothing_to_count_reads_and_writes_nothing():
    assert Count(Busy())([]) == 0


def test_old_buckets_are_forgotten_and_read_again():
    tallies = MemoryTallies()
    count = Count(tallies)
    batch = [news(f"e{n}", at=NOON + 10 * n * SECOND) for n in range(KEPT_BUCKETS + 5)]

    assert [count(batch), count(batch), count(batch)] == [len(batch), 0, 0]
