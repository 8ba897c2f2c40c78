"""TallyLedger and TallyTotals: marks and deltas are written together or not at all."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.model.change import Change, deltas_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.ledger import Mark, Portion
from chalicelib.model.tally import Delta, MinuteKey, TallyKey, TotalKey, merged
from tests.contract.tallies import Tallies, open_tallies, without_zeros
from tests.rig.builders import NOON
from tests.rig.deliveries import Stream
from tests.rig.lives import lives

QUEUE = Queue.SEND_SMS
LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def tallies(world: str) -> Tallies:
    return open_tallies(world)


def a_mark(number: int = 0) -> Mark:
    return Mark(NOON, number, (b"digest%02d" % number, b"8 bytes."))


def adding(number: int, *, scope: str = "w1") -> dict[TallyKey, Delta]:
    delta = Delta()
    delta.count("accepted", number)
    return {TotalKey(scope, QUEUE): delta}


def test_a_bucket_that_nobody_counted_has_no_marks(tallies: Tallies):
    assert list(tallies.ledger.marks(NOON, since=0)) == []


def test_marks_come_back_in_order(tallies: Tallies):
    marks = [a_mark(number) for number in range(12)]
    for mark in marks:
        tallies.ledger.commit(Portion((mark,), adding(1)))

    assert list(tallies.ledger.marks(NOON, since=0)) == marks


def test_marks_are_read_from_a_number_on(tallies: Tallies):
    for number in range(4):
        tallies.ledger.commit(Portion((a_mark(number),), adding(1)))

    assert [mark.number for mark in tallies.ledger.marks(NOON, since=2)] == [2, 3]


def test_buckets_do_not_mix(tallies: Tallies):
    tallies.ledger.commit(Portion((a_mark(),), adding(1)))

    assert list(tallies.ledger.marks(LATER, since=0)) == []


def test_numbers_add_up(tallies: Tallies):
    tallies.ledger.commit(Portion((a_mark(0),), adding(2)))
    tallies.ledger.commit(Portion((a_mark(1),), adding(-5)))

    assert tallies.totals.of("w1") == {QUEUE: {"accepted": -3}}


def test_a_taken_number_refuses_all_of_it(tallies: Tallies):
    tallies.ledger.commit(Portion((a_mark(0),), adding(2)))
    late = Portion((Mark(LATER, 0, (b"another.",)), a_mark(0)), adding(7))

    assert tallies.ledger.commit(late) is False
    assert tallies.totals.of("w1") == {QUEUE: {"accepted": 2}}
    assert list(tallies.ledger.marks(LATER, since=0)) == []


def test_a_transaction_of_100_items_is_taken(tallies: Tallies):
    deltas = merged(adding(1, scope=f"w{n}") for n in range(99))

    assert tallies.ledger.commit(Portion((a_mark(),), deltas)) is True
    assert len(list(tallies.totals.everything())) == 99


def test_a_mark_without_deltas_is_kept(tallies: Tallies):
    tallies.ledger.commit(Portion((a_mark(),), {}))

    assert list(tallies.ledger.marks(NOON, since=0)) == [a_mark()]


def test_deltas_without_a_mark_are_kept(tallies: Tallies):
    tallies.ledger.commit(Portion((), adding(3)))

    assert tallies.totals.of("w1") == {QUEUE: {"accepted": 3}}


def test_an_instant_alone_is_kept(tallies: Tallies):
    delta = Delta()
    delta.happened("last_processed_at", NOON)

    assert tallies.ledger.commit(Portion((a_mark(),), {TotalKey("w1", QUEUE): delta})) is True


def test_totals_are_those_of_one_scope_by_queue(tallies: Tallies):
    other = {TotalKey("w1", Queue.MY_QUEUE): adding(4)[TotalKey("w1", QUEUE)]}
    parts = [adding(1), adding(2, scope="w2"), adding(3, scope="*"), other]
    tallies.ledger.commit(Portion((a_mark(),), merged(parts)))

    assert tallies.totals.of("w1") == {QUEUE: {"accepted": 1}, Queue.MY_QUEUE: {"accepted": 4}}
    assert tallies.totals.of("*") == {QUEUE: {"accepted": 3}}
    assert tallies.totals.of("unknown") == {}


def test_everything_is_every_total_and_no_minute(tallies: Tallies):
    minute = {MinuteKey("w1", Channel.SMS, NOON): adding(1)[TotalKey("w1", QUEUE)]}
    tallies.ledger.commit(Portion((a_mark(),), merged([adding(1), adding(2, scope="*"), minute])))

    assert dict(tallies.totals.everything()) == {
        TotalKey("w1", QUEUE): {"accepted": 1},
        TotalKey("*", QUEUE): {"accepted": 2},
    }


@given(changes=lives(most_jobs=4, most_moves=6), data=st.data())
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
def test_every_change_is_counted_once(world: str, changes: list[Change], data: st.DataObject):
    tallies = open_tallies(world)
    most_items = data.draw(st.integers(8, 100), label="most items")

    Stream(changes, tallies.ledger, most_items, data).run()

    whole = merged(deltas_of(change) for change in changes)
    expected = {key: dict(d.adds) for key, d in whole.items() if isinstance(key, TotalKey)}
    assert tallies.totals_without_zeros() == without_zeros(expected)
