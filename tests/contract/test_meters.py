"""`ports.Meters` and `ports.BatchLog`: metrics' view of the tallies, in memory and on DynamoDB."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb_batch_log import DynamoBatchLog
from chalicelib.adapters.dynamodb_ledger import DynamoLedger
from chalicelib.adapters.dynamodb_meters import DynamoMeters
from chalicelib.adapters.dynamodb_tallies import DynamoTotals
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.ledger import Portion
from chalicelib.model.tally import (
    EVERYONE,
    EXCEEDED_AT,
    PROCESSED_AT,
    Delta,
    MinuteKey,
    TallyKey,
    TotalKey,
)
from chalicelib.ports.counting import BatchLog, Meters, TallyLedger, TallyTotals
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.meters import MemoryBatchLog, MemoryMeters
from tests.rig.memory.tallies import MemoryTallies

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Board:
    """The tallies by port."""

    ledger: TallyLedger
    totals: TallyTotals
    meters: Meters
    log: BatchLog

    def add(self, key: TallyKey, **figures: int) -> None:
        """Count figures; a total is as of noon."""
        delta = Delta()
        for figure, number in figures.items():
            delta.count(figure, number)
        if isinstance(key, TotalKey):
            delta.happened(PROCESSED_AT, NOON)
        assert self.ledger.commit(Portion((), {key: delta}))


@pytest.fixture
def board(world: str) -> Board:
    if world == "memory":
        tallies, log = MemoryTallies(), MemoryBatchLog()
        return Board(tallies, tallies, MemoryMeters(tallies, log), log)
    table = make_table("TalliesTable")
    return Board(
        DynamoLedger(table), DynamoTotals(table), DynamoMeters(table), DynamoBatchLog(table)
    )


def exceeded(k: int = 0, workspace_id: str = "w1", channel: Channel = Channel.SMS) -> Exceedance:
    return Exceedance(workspace_id, channel, NOON + k * MINUTE, 75, f"Rate limit exceeded: {k}")


def test_the_queues_of_a_channel_are_one(board: Board):
    board.add(TotalKey("w1", Queue.SEND_SMS), completed=1, now_completed=1)
    board.add(TotalKey("w1", Queue.SCHEDULED_SMS), completed=2, failed=1)
    board.add(TotalKey("w1", Queue.SEND_EMAIL), completed=9)

    total = board.meters.totals(Channel.SMS, ["w1"])["w1"]

    assert (total.completed, total.failed, total.reset_at) == (3, 1, None)
    assert total.latest == {PROCESSED_AT: NOON}


def test_only_the_scopes_that_are_asked_for_come(board: Board):
    for k in range(120):
        board.add(TotalKey(f"w{k}", Queue.SEND_SMS), completed=k + 1)

    some = board.meters.totals(Channel.SMS, [f"w{k}" for k in range(60)] + ["unknown"])

    assert {name: total.completed for name, total in some.items()} == {
        f"w{k}": k + 1 for k in range(60)
    }
    assert board.meters.totals(Channel.SMS, []) == {}


def test_all_scopes_come_with_everyones_batches(board: Board):
    board.add(TotalKey("w1", Queue.SEND_SMS), completed=1)
    board.add(TotalKey(EVERYONE, Queue.SEND_SMS), completed=1)
    board.log.keep(Channel.SMS, [])
    board.log.keep(Channel.SMS, [])
    board.log.keep(Channel.EMAIL, [])

    found = board.meters.totals(Channel.SMS, None)

    assert found.keys() == {"w1", EVERYONE}
    assert (found[EVERYONE].completed, found[EVERYONE].batches) == (1, 2)


@pytest.mark.parametrize("scopes", [None, ["w1"]])
def test_a_reset_lets_readers_begin_at_zero(board: Board, scopes: list[str] | None):
    board.add(TotalKey("w1", Queue.SEND_SMS), completed=5, rate_limited=2)
    board.add(TotalKey("w1", Queue.SCHEDULED_SMS), failed=1)

    board.meters.reset(Channel.SMS, scopes, at=NOON)
    board.add(TotalKey("w1", Queue.SEND_SMS), completed=1)

    total = board.meters.totals(Channel.SMS, ["w1"])["w1"]
    assert (total.completed, total.failed, total.rate_limited) == (1, 0, 0)
    assert (total.latest, total.reset_at) == ({}, NOON)


def test_a_reset_leaves_the_tallies_and_the_others_alone(board: Board):
    board.add(TotalKey("w1", Queue.SEND_SMS), completed=5)
    board.add(TotalKey("w2", Queue.SEND_SMS), completed=7)
    board.add(TotalKey("w1", Queue.SEND_EMAIL), completed=9)

    board.meters.reset(Channel.SMS, ["w1"], at=NOON)

    assert board.totals.of("w1")[Queue.SEND_SMS]["completed"] == 5
    assert board.meters.totals(Channel.SMS, ["w2"])["w2"].completed == 7
    assert board.meters.totals(Channel.EMAIL, ["w1"])["w1"].completed == 9


def test_a_reset_of_everyone_takes_the_batches_with_it(board: Board):
    board.log.keep(Channel.SMS, [])
    board.meters.reset(Channel.SMS, None, at=NOON)
    board.log.keep(Channel.SMS, [])

    assert board.meters.totals(Channel.SMS, None)[EVERYONE].batches == 1


def test_a_reset_of_nothing_makes_nothing(board: Board):
    board.meters.reset(Channel.SMS, ["unknown"], at=NOON)
    board.meters.reset(Channel.SMS, None, at=NOON)

    assert dict(board.totals.everything()) == {}


def test_what_happens_after_a_reset_is_told(board: Board):
    key = TotalKey("w1", Queue.SEND_SMS)
    board.add(key, completed=1)
    board.meters.reset(Channel.SMS, None, at=NOON)
    later = Delta()
    later.happened(EXCEEDED_AT, NOON + MINUTE)
    board.ledger.commit(Portion((), {key: later}))

    total = board.meters.totals(Channel.SMS, ["w1"])["w1"]

    assert total.latest == {EXCEEDED_AT: NOON + MINUTE}


def test_minutes_come_in_order_within_their_bounds(board: Board):
    for k in (3, 1, 2, 0, 4):
        board.add(MinuteKey("w1", Channel.SMS, NOON + k * MINUTE), completed=k + 1)
    board.add(MinuteKey("w2", Channel.SMS, NOON + MINUTE), completed=9)
    board.add(MinuteKey("w1", Channel.EMAIL, NOON + MINUTE), completed=9)

    found = board.meters.minutes("w1", Channel.SMS, since=NOON + MINUTE, until=NOON + 4 * MINUTE)

    assert [(at, figures["completed"]) for at, figures in found] == [
        (NOON + MINUTE, 2),
        (NOON + 2 * MINUTE, 3),
        (NOON + 3 * MINUTE, 4),
    ]


def test_the_newest_minutes_come_newest_first(board: Board):
    for k in range(5):
        board.add(MinuteKey("w1", Channel.SMS, NOON + k * MINUTE), completed=k + 1)

    found = board.meters.newest_minutes("w1", Channel.SMS, until=NOON + 4 * MINUTE, most=2)

    assert [at for at, _ in found] == [NOON + 3 * MINUTE, NOON + 2 * MINUTE]


def test_exceedances_come_newest_first_and_bounded(board: Board):
    for k in range(5):
        board.log.keep(Channel.SMS, [exceeded(k), exceeded(k, "w2")])
    board.log.keep(Channel.EMAIL, [exceeded(9, channel=Channel.EMAIL)])

    found = board.log.newest("w1", Channel.SMS, since=None, most=3)

    assert list(found) == [exceeded(4), exceeded(3), exceeded(2)]


def test_exceedances_of_one_instant_are_all_kept(board: Board):
    board.log.keep(Channel.SMS, [exceeded()])
    board.log.keep(Channel.SMS, [exceeded()])

    assert len(board.log.newest("w1", Channel.SMS, since=None, most=10)) == 2


def test_only_exceedances_after_an_instant_come(board: Board):
    for k in range(3):
        board.log.keep(Channel.SMS, [exceeded(k)])

    found = board.log.newest("w1", Channel.SMS, since=NOON + MINUTE, most=10)

    assert list(found) == [exceeded(2)]
