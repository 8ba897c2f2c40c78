"""Pace of a workspace: which of the channel's slots it may use, and from when on it is free."""

from datetime import datetime, timedelta

import pytest

from chalicelib.adapters.dynamodb_pace import DynamoPace
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.slots import TOLERANCE, Fitting, Run
from chalicelib.ports.delivery import Pace
from tests.contract.faulty_aws import DENIED, UNKNOWN, Json, Reply, an_error, handling
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.jobs import MemoryPace

STEP = timedelta(milliseconds=20, microseconds=400)
GAP = timedelta(milliseconds=100)
SLOTS = list(Run(NOON, STEP, 13))


@pytest.fixture
def on_aws(aws: None) -> DynamoPace:  # noqa: ARG001 - a fixture that has to be there
    return DynamoPace(make_table("ControlTable"))


def fit(pace: Pace, slots: list[datetime], *, name: str = "start#w1", most: int = 99) -> Fitting:
    return pace.fit(name, slots, spacing=GAP, most=most)


def test_an_idle_pace_uses_slots_a_gap_apart(pace: Pace):
    found = fit(pace, SLOTS)

    assert found.chosen == (SLOTS[0], SLOTS[4], SLOTS[9])
    assert found.free_at == NOON + 3 * GAP
    assert pace.free_at(["start#w1"]) == {"start#w1": NOON + 3 * GAP}


def test_no_more_than_are_asked_for(pace: Pace):
    assert fit(pace, SLOTS, most=2).chosen == (SLOTS[0], SLOTS[4])
    assert pace.free_at(["start#w1"]) == {"start#w1": NOON + 2 * GAP}


def test_who_asks_next_goes_on_where_the_last_one_ended(pace: Pace):
    fit(pace, SLOTS[:6])
    found = fit(pace, SLOTS[6:])

    assert found == Fitting((SLOTS[9],), NOON + 3 * GAP)


def test_where_no_slot_fits_nothing_is_used_and_the_next_instant_is_told(pace: Pace):
    fit(pace, SLOTS[:1])
    found = fit(pace, SLOTS[1:4])

    assert found == Fitting((), NOON + GAP)
    assert pace.free_at(["start#w1"]) == {"start#w1": NOON + GAP}


@pytest.mark.parametrize(("slots", "most"), [([], 9), (SLOTS, 0)])
def test_asking_for_nothing_uses_nothing(pace: Pace, slots: list[datetime], most: int):
    assert not fit(pace, slots, most=most).chosen
    assert pace.free_at(["start#w1"]) == {}


def test_a_slot_may_be_a_step_early(pace: Pace):
    fit(pace, [NOON])
    early = NOON + GAP - TOLERANCE

    assert not fit(pace, [early - timedelta(microseconds=1)]).chosen
    assert fit(pace, [early]) == Fitting((early,), NOON + 2 * GAP)


def test_a_pace_that_was_idle_does_not_make_up_for_it(pace: Pace):
    fit(pace, [NOON])
    later = [slot_at + timedelta(minutes=1) for slot_at in SLOTS]

    assert len(fit(pace, later).chosen) == len(fit(pace, SLOTS, name="start#w2").chosen)


def test_without_a_spacing_all_slots_fit(pace: Pace):
    assert pace.fit("start#w1", SLOTS, spacing=timedelta(), most=99).chosen == tuple(SLOTS)


def test_names_have_a_pace_each(pace: Pace):
    fit(pace, SLOTS)

    assert fit(pace, SLOTS, name="start#w2").chosen == (SLOTS[0], SLOTS[4], SLOTS[9])


def test_when_many_paces_are_free_is_read_in_one_call(pace: Pace):
    names = [f"start#w{number}" for number in range(230)]
    for number, name in enumerate(names):
        if number % 2:
            fit(pace, [NOON + number * STEP], name=name)

    assert pace.free_at(names) == {
        name: NOON + number * STEP + GAP for number, name in enumerate(names) if number % 2
    }
    assert pace.free_at([]) == {}


def test_a_reserved_run_and_a_fit_move_the_same_pace(pace: Pace):
    pace.reserve("slots#sms", 10, spacing=STEP, not_before=NOON, not_after=NOON)

    assert pace.free_at(["slots#sms"]) == {"slots#sms": NOON + 10 * STEP}
    assert fit(pace, SLOTS, name="slots#sms").chosen == (SLOTS[9],)


def test_a_rival_between_read_and_write_takes_a_slot_and_nobody_shares_it(on_aws: DynamoPace):
    theirs: list[datetime] = []

    def rival(_request: Json) -> None:
        theirs.extend(fit(on_aws, SLOTS, most=2).chosen)

    with handling("dynamodb", "UpdateItem", rival, by_moto):
        mine = fit(on_aws, SLOTS)

    assert theirs == [SLOTS[0], SLOTS[4]]
    assert mine == Fitting((SLOTS[9],), NOON + 3 * GAP)


def test_a_rival_who_takes_all_leaves_nothing_to_use(on_aws: DynamoPace):
    def rival(_request: Json) -> None:
        fit(on_aws, SLOTS)

    with handling("dynamodb", "UpdateItem", rival, by_moto):
        mine = fit(on_aws, SLOTS)

    assert mine == Fitting((), NOON + 3 * GAP)


def test_memory_meets_a_rival_as_well():
    pace = MemoryPace()
    pace.faults.add("fit", lambda: fit(pace, SLOTS, most=2))

    assert fit(pace, SLOTS).chosen == (SLOTS[9],)


def test_a_pace_that_keeps_changing_is_tried_again_later(on_aws: DynamoPace):
    with (
        handling("dynamodb", "UpdateItem", an_error("ConditionalCheckFailedException")),
        pytest.raises(RetryableError, match="keeps changing"),
    ):
        fit(on_aws, SLOTS)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ProvisionedThroughputExceededException", RetryableError),
        (UNKNOWN, RetryableError),
        (DENIED, OperatorError),
    ],
)
def test_a_pace_speaks_our_errors(on_aws: DynamoPace, code: str, expected: type[Exception]):
    with handling("dynamodb", "UpdateItem", an_error(code)), pytest.raises(expected, match=code):
        fit(on_aws, SLOTS)
    with handling("dynamodb", "BatchGetItem", an_error(code)), pytest.raises(expected, match=code):
        on_aws.free_at(["start#w1"])


def by_moto(_request: Json) -> Reply | None:
    """Nothing of our own."""
