"""`ports.Backlogs`: where jobs are held back, who feeds the workers, and whom they have fed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.adapters.dynamodb_backlogs import DynamoBacklogs
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.backlog import SAID_EVERY, Backlog
from chalicelib.model.channel import Channel
from chalicelib.model.priority import Priority
from chalicelib.ports.steering import Backlogs
from tests.contract.faulty_aws import DENIED, UNKNOWN, Json, Reply, an_error, handling
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.steering import MemoryBacklogs

SMS, EMAIL = Channel.SMS, Channel.EMAIL
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def backlogs(world: str) -> Backlogs:
    return MemoryBacklogs() if world == "memory" else DynamoBacklogs(make_table("ControlTable"))


@pytest.fixture
def on_aws(aws: None) -> DynamoBacklogs:  # noqa: ARG001 - a fixture that has to be there
    return DynamoBacklogs(make_table("ControlTable"))


def a_backlog(priority: Priority = Priority.NORMAL, **changes: datetime) -> Backlog:
    """One that begins at noon, is looked at then, and had somebody join it then."""
    return replace(Backlog(priority, turn_at=NOON, look_at=NOON, held_at=NOON), **changes)


def test_at_first_nobody_is_held_back(backlogs: Backlogs):
    assert backlogs.of(SMS) == {}


def test_who_is_held_back_is_found_to_the_microsecond(backlogs: Backlogs):
    held = a_backlog(turn_at=NOON + MICROSECOND, look_at=NOON - 3 * MICROSECOND)
    backlogs.hold(SMS, held)

    assert backlogs.of(SMS) == {Priority.NORMAL: held}


def test_priorities_and_channels_have_backlogs_of_their_own(backlogs: Backlogs):
    high, low = a_backlog(Priority.HIGH), a_backlog(Priority.LOW, turn_at=NOON + SECOND)
    backlogs.hold(SMS, high)
    backlogs.hold(SMS, low)
    backlogs.hold(EMAIL, a_backlog())

    assert backlogs.of(SMS) == {Priority.HIGH: high, Priority.LOW: low}
    assert backlogs.of(EMAIL) == {Priority.NORMAL: a_backlog()}


@pytest.mark.parametrize("field", ["turn_at", "look_at"])
def test_a_backlog_begins_and_is_looked_at_no_later_than_anybody_asks(
    backlogs: Backlogs, field: str
):
    early, late = {field: NOON - SECOND}, {field: NOON + SECOND}
    for changes in (late, early, {}, late):
        backlogs.hold(SMS, a_backlog(**changes))

    assert backlogs.of(SMS) == {Priority.NORMAL: a_backlog(**early)}


def test_the_earlier_of_both_is_kept_for_each_instant(backlogs: Backlogs):
    backlogs.hold(SMS, a_backlog(look_at=NOON + SECOND))
    backlogs.hold(SMS, a_backlog(turn_at=NOON + SECOND))

    assert backlogs.of(SMS) == {Priority.NORMAL: a_backlog()}


def test_who_joins_again_and_again_is_noted_now_and_then(backlogs: Backlogs):
    backlogs.hold(SMS, a_backlog())
    backlogs.hold(SMS, a_backlog(held_at=NOON + SAID_EVERY))
    soon = backlogs.of(SMS)
    backlogs.hold(SMS, a_backlog(held_at=NOON + SAID_EVERY + MICROSECOND))

    assert soon == {Priority.NORMAL: a_backlog()}
    assert backlogs.of(SMS) == {Priority.NORMAL: a_backlog(held_at=NOON + SAID_EVERY + MICROSECOND)}


def test_a_clock_that_is_behind_does_not_take_back_when_somebody_joined(backlogs: Backlogs):
    joined = a_backlog(turn_at=NOON + SECOND, held_at=NOON + 10 * SECOND)
    backlogs.hold(SMS, joined)
    backlogs.hold(SMS, a_backlog())

    assert backlogs.of(SMS)[Priority.NORMAL].held_at == joined.held_at


def test_a_backlog_moves_on(backlogs: Backlogs):
    before, after = a_backlog(), a_backlog(turn_at=NOON + SECOND)
    backlogs.hold(SMS, before)

    assert backlogs.settle(SMS, before=before, after=after)
    assert backlogs.of(SMS) == {Priority.NORMAL: after}


@pytest.mark.parametrize("after", [a_backlog(turn_at=NOON + SECOND), None])
@pytest.mark.parametrize("field", ["turn_at", "look_at", "held_at"])
def test_a_backlog_that_somebody_joined_meanwhile_is_not_settled(
    backlogs: Backlogs, field: str, after: Backlog | None
):
    seen = a_backlog(**{field: NOON + 5 * SECOND})
    backlogs.hold(SMS, a_backlog())

    assert not backlogs.settle(SMS, before=seen, after=after)
    assert backlogs.of(SMS) == {Priority.NORMAL: a_backlog()}


def test_a_backlog_can_end_and_begin_anew(backlogs: Backlogs):
    late = a_backlog(turn_at=NOON + SECOND)
    backlogs.hold(SMS, a_backlog())
    backlogs.hold(SMS, a_backlog(Priority.LOW))

    assert backlogs.settle(SMS, before=a_backlog(), after=None)
    assert backlogs.of(SMS) == {Priority.LOW: a_backlog(Priority.LOW)}
    assert not backlogs.settle(SMS, before=a_backlog(), after=None)
    assert not backlogs.settle(SMS, before=a_backlog(), after=late)
    backlogs.hold(SMS, late)
    assert backlogs.of(SMS)[Priority.NORMAL] == late


def test_one_leads_until_the_lead_ends(backlogs: Backlogs):
    assert backlogs.lead(SMS, at=NOON, until=NOON + 5 * SECOND)
    assert not backlogs.lead(SMS, at=NOON, until=NOON + 5 * SECOND)
    assert not backlogs.lead(SMS, at=NOON + 5 * SECOND - MICROSECOND, until=NOON + 9 * SECOND)
    assert backlogs.lead(EMAIL, at=NOON, until=NOON + 5 * SECOND)
    assert backlogs.lead(SMS, at=NOON + 5 * SECOND, until=NOON + 9 * SECOND)


def test_who_rests_leaves_the_lead_to_whoever_asks_after_that(backlogs: Backlogs):
    backlogs.lead(SMS, at=NOON, until=NOON + 5 * SECOND)
    backlogs.rest(SMS, until=NOON + SECOND)

    assert not backlogs.lead(SMS, at=NOON + SECOND / 2, until=NOON + 9 * SECOND)
    assert backlogs.lead(SMS, at=NOON + SECOND, until=NOON + 9 * SECOND)


def test_a_channel_may_rest_before_anybody_led_it(backlogs: Backlogs):
    backlogs.rest(SMS, until=NOON + SECOND)

    assert not backlogs.lead(SMS, at=NOON, until=NOON + 5 * SECOND)
    assert backlogs.of(SMS) == {}


def test_who_was_fed_is_known_since_an_instant(backlogs: Backlogs):
    noted = {"a": NOON, "b": NOON, "c": NOON + SECOND}
    backlogs.remember(SMS, noted)

    assert backlogs.fed(SMS, since=NOON) == noted
    assert backlogs.fed(SMS, since=NOON + MICROSECOND) == {"c": NOON + SECOND}
    assert backlogs.fed(SMS, since=NOON + 2 * SECOND) == {}
    assert backlogs.fed(EMAIL, since=NOON) == {}


def test_what_is_noted_takes_the_place_of_what_was(backlogs: Backlogs):
    backlogs.remember(SMS, {"a": NOON})
    backlogs.remember(SMS, {"b": NOON})

    assert backlogs.fed(SMS, since=NOON) == {"b": NOON}
    backlogs.remember(SMS, {})
    assert backlogs.fed(SMS, since=NOON) == {}


def test_hundreds_that_were_fed_are_remembered(backlogs: Backlogs):
    noted = {f"01KB{number:022}": NOON + number % 8 * SECOND for number in range(1000)}
    backlogs.remember(EMAIL, noted)

    assert backlogs.fed(EMAIL, since=NOON) == noted


def test_of_two_who_hold_at_once_both_are_heard(on_aws: DynamoBacklogs):
    def rival(_request: Json) -> None:
        on_aws.hold(SMS, a_backlog(turn_at=NOON - SECOND))

    with handling("dynamodb", "PutItem", rival, by_moto):
        on_aws.hold(SMS, a_backlog(look_at=NOON - SECOND))

    expected = a_backlog(turn_at=NOON - SECOND, look_at=NOON - SECOND)
    assert on_aws.of(SMS) == {Priority.NORMAL: expected}


def test_who_holds_while_a_backlog_ends_begins_it_anew(on_aws: DynamoBacklogs):
    on_aws.hold(SMS, a_backlog())

    def ending(_request: Json) -> None:
        assert on_aws.settle(SMS, before=a_backlog(), after=None)

    mine = a_backlog(turn_at=NOON - SECOND)
    with handling("dynamodb", "PutItem", by_moto, ending, by_moto):
        on_aws.hold(SMS, mine)

    assert on_aws.of(SMS) == {Priority.NORMAL: mine}


def test_what_says_nothing_new_is_not_written(on_aws: DynamoBacklogs):
    on_aws.hold(SMS, a_backlog())
    written: list[Json] = []

    with handling("dynamodb", "PutItem", written.append):
        on_aws.hold(SMS, a_backlog(turn_at=NOON + SECOND))

    assert len(written) == 1  # the one whose refusal tells what is known


def test_a_backlog_that_keeps_changing_is_tried_again_later(on_aws: DynamoBacklogs):
    with (
        handling("dynamodb", "PutItem", an_error("ConditionalCheckFailedException")),
        pytest.raises(RetryableError, match="keeps changing"),
    ):
        on_aws.hold(SMS, a_backlog())


CALLS: dict[str, tuple[str, Callable[[DynamoBacklogs], object]]] = {
    "of": ("BatchGetItem", lambda table: table.of(SMS)),
    "hold": ("PutItem", lambda table: table.hold(SMS, a_backlog())),
    "settle": ("PutItem", lambda table: table.settle(SMS, before=a_backlog(), after=a_backlog())),
    "end": ("DeleteItem", lambda table: table.settle(SMS, before=a_backlog(), after=None)),
    "lead": ("UpdateItem", lambda table: table.lead(SMS, at=NOON, until=NOON)),
    "rest": ("UpdateItem", lambda table: table.rest(SMS, until=NOON)),
    "fed": ("BatchGetItem", lambda table: table.fed(SMS, since=NOON)),
    "remember": ("PutItem", lambda table: table.remember(SMS, {"a": NOON})),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ProvisionedThroughputExceededException", RetryableError),
        (UNKNOWN, RetryableError),
        (DENIED, OperatorError),
    ],
)
def test_backlogs_speak_our_errors(
    on_aws: DynamoBacklogs, call: str, code: str, expected: type[Exception]
):
    operation, act = CALLS[call]

    with handling("dynamodb", operation, an_error(code)), pytest.raises(expected, match=code):
        act(on_aws)


def by_moto(_request: Json) -> Reply | None:
    """Nothing of our own."""
