"""Metrics: what was counted since the last reset, over the world in memory."""

from datetime import timedelta

import pytest

from chalicelib.flow.analytics import ReadSeries
from chalicelib.flow.metrics import MEASURED, MOST_DETAILS, Place, ReadMetrics
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.ledger import Portion
from chalicelib.model.metrics import Total, since_reset, together
from chalicelib.model.series import Bucket
from chalicelib.model.tally import (
    EVERYONE,
    EXCEEDED_AT,
    PROCESSED_AT,
    Delta,
    MinuteKey,
    TallyKey,
    TotalKey,
)
from tests.rig.builders import NOON
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.meters import MemoryBatchLog, MemoryMeters
from tests.rig.memory.tallies import MemoryTallies

MINUTE = timedelta(minutes=1)


class Board:
    """Tallies in memory, and the verbs that read them."""

    def __init__(self) -> None:
        self.tallies = MemoryTallies()
        self.log = MemoryBatchLog()
        self.clock = MemoryClock(NOON)
        meters = MemoryMeters(self.tallies, self.log)
        self.read = ReadMetrics(clock=self.clock, meters=meters, batch_log=self.log)
        self.series = ReadSeries(meters)

    def count(self, workspace_id: str, queue: Queue = Queue.SEND_SMS, **figures: int) -> None:
        """Figures of a workspace, and the same of everyone."""
        for scope in (workspace_id, EVERYONE):
            self.add(TotalKey(scope, queue), **figures)

    def add(self, key: TallyKey, **figures: int) -> None:
        delta = Delta()
        for figure, number in figures.items():
            delta.count(figure, number)
        if isinstance(key, TotalKey):
            delta.happened(PROCESSED_AT, NOON)
            delta.happened(EXCEEDED_AT, NOON)
        self.tallies.commit(Portion((), {key: delta}))

    def sms(self, scopes: list[str] | None = None):
        return self.read(scopes, after=None, limit=100).channels[Channel.SMS]


@pytest.fixture
def board() -> Board:
    return Board()


def test_queues_of_a_channel_are_one(board: Board):
    board.count("w1", completed=2, failed=1, answered=4, duration_ms=400)
    board.count("w1", Queue.SCHEDULED_SMS, completed=1, rate_limited=5)
    board.count("w1", Queue.SEND_EMAIL, completed=9)

    total = board.sms().total

    assert (total.processed, total.completed, total.failed) == (4, 3, 1)
    assert (total.rate_limited, total.mean_ms, total.success_percent) == (5, 100.0, 75.0)


def test_nothing_processed_is_no_failure():
    assert (Total().success_percent, Total().mean_ms, Total().batches) == (100.0, 0.0, 0)


def test_everyones_batches_are_counted(board: Board):
    board.log.keep(Channel.SMS, [])

    assert board.sms().total.batches == 1
    assert board.sms().is_everyones
    assert not board.sms(["w1"]).is_everyones


def test_some_workspaces_are_summed_up(board: Board):
    for name, completed in (("w1", 1), ("w2", 2), ("w3", 4)):
        board.count(name, completed=completed)

    assert board.sms(["w1", "w2"]).total.processed == 3
    assert board.sms().total.processed == 7


def test_pages_are_busiest_first_and_miss_nobody(board: Board):
    for k in range(7):
        board.count(f"w{k}", completed=k % 3 + 1)
        board.count(f"w{k}", Queue.SEND_EMAIL, rate_limited=1)

    names, after = list[str](), None
    while True:
        page = board.read(None, after=after, limit=2)
        names += page.channels[Channel.SMS].workspaces
        after = page.next_place
        if after is None:
            break

    assert names == ["w2", "w5", "w1", "w4", "w0", "w3", "w6"]


def test_the_last_page_has_none_behind_it(board: Board):
    board.count("w1", completed=1)
    board.count("w2", completed=2)

    assert board.read(None, after=None, limit=2).next_place is None
    assert board.read(None, after=None, limit=1).next_place == Place(-2, "w2")


def test_an_idle_workspace_is_on_no_page(board: Board):
    board.count("w1", accepted=5)
    board.count("w2", Queue.SEND_EMAIL, rate_limited=1)

    page = board.read(None, after=Place(0, ""), limit=10)

    assert not page.channels[Channel.SMS].workspaces
    assert page.channels[Channel.EMAIL].workspaces.keys() == {"w2"}


def test_throughput_skips_minutes_without_work_and_the_one_under_way(board: Board):
    key = MinuteKey(EVERYONE, Channel.SMS, NOON)
    board.add(key, completed=600)
    board.add(MinuteKey(EVERYONE, Channel.SMS, NOON - MINUTE), accepted=9)
    board.add(MinuteKey(EVERYONE, Channel.SMS, NOON - 2 * MINUTE), completed=60, failed=30)
    board.add(MinuteKey(EVERYONE, Channel.SMS, NOON - 3 * MINUTE), completed=60)

    assert board.sms().throughput_per_s == 1.5


def test_minutes_of_several_workspaces_are_one(board: Board):
    board.count("w1", completed=1)
    board.count("w2", completed=1)
    board.count("w3", completed=1)
    for name in ("w1", "w2"):
        board.add(MinuteKey(name, Channel.SMS, NOON - MINUTE), completed=60)
    board.add(MinuteKey("w3", Channel.SMS, NOON - MINUTE), completed=600)

    assert board.sms(["w1", "w2"]).throughput_per_s == 2


def test_who_did_nothing_has_no_throughput(board: Board):
    assert board.sms().throughput_per_s == 0
    assert board.sms().total.processed == 0


def test_work_is_not_looked_for_beyond_an_hour_of_minutes(board: Board):
    for k in range(1, 61):
        board.add(MinuteKey(EVERYONE, Channel.SMS, NOON - k * MINUTE), accepted=1)
    board.add(MinuteKey(EVERYONE, Channel.SMS, NOON - 61 * MINUTE), completed=60)

    assert board.sms().throughput_per_s == 0


def test_a_reset_is_a_baseline_that_readers_subtract(board: Board):
    board.count("w1", completed=5, rate_limited=2)
    board.read.reset(MEASURED, None)
    board.count("w1", completed=1)

    assert board.sms().total.figures["completed"] == 1
    assert board.sms().total.rate_limited == 0
    assert board.tallies.figures[TotalKey("w1", Queue.SEND_SMS)]["completed"] == 6


def test_what_happened_before_a_reset_is_forgotten(board: Board):
    board.count("w1", completed=5)
    board.clock.run(board.clock.sleep_until(NOON + MINUTE))

    board.read.reset([Channel.SMS], ["w1"])

    assert board.sms(["w1"]).total.latest == {}
    assert board.sms().total.latest[PROCESSED_AT] == NOON


def test_a_repair_that_lowers_a_figure_makes_nothing_negative():
    total = since_reset(Total({"completed": 3}, {}, NOON), {"completed": 5})

    assert total.completed == 0


def test_what_happened_at_a_reset_is_older_than_it():
    total = Total({}, {PROCESSED_AT: NOON, EXCEEDED_AT: NOON + MINUTE}, NOON)

    assert since_reset(total, {}).latest == {EXCEEDED_AT: NOON + MINUTE}
    assert since_reset(total, {}).reset_at == NOON


def test_the_newest_reset_and_instants_of_several_tallies_count():
    whole = together(
        [
            Total({"completed": 1}, {PROCESSED_AT: NOON}, NOON),
            Total({"completed": 2}, {PROCESSED_AT: NOON - MINUTE}, NOON - MINUTE),
            Total(),
        ]
    )

    assert (whole.completed, whole.latest[PROCESSED_AT], whole.reset_at) == (3, NOON, NOON)


def test_details_are_the_newest_since_the_reset(board: Board):
    board.count("w1", rate_limited=150)
    for k in range(150):
        at = NOON + k * MINUTE
        board.log.keep(Channel.SMS, [Exceedance("w1", Channel.SMS, at, 75, f"{k}")])

    limits = board.read.of_workspace("w1")

    assert len(limits[Channel.SMS].details) == MOST_DETAILS
    assert limits[Channel.SMS].details[0].error == "149"
    assert limits[Channel.SMS].total.rate_limited == 150
    assert limits[Channel.EMAIL].details == []


def test_a_series_is_of_the_channels_that_are_asked_for(board: Board):
    for channel in Channel:
        board.add(MinuteKey("w1", channel, NOON), accepted=1)

    def accepted(*channels: Channel) -> int:
        (point,) = board.series(
            "w1", channels=channels, bucket=Bucket.HOUR, since=NOON, until=NOON + MINUTE
        )
        return point.figures.get("accepted", 0)

    assert (accepted(*Channel), accepted(Channel.EMAIL), accepted()) == (3, 1, 0)
