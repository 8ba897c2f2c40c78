"""`ports.Restraints`: limits as workspaces chose them, and throttles as their backends asked."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import pytest

from chalicelib.adapters.dynamodb_restraints import DynamoRestraints
from chalicelib.adapters.dynamodb_workspaces import DynamoWorkspaces
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.channel import Channel, Rate
from chalicelib.model.restraint import FALL, ONE_REFUSAL, UNRESTRAINED, Restraint, Throttle
from chalicelib.model.workspace import WorkspaceSettings
from chalicelib.ports.access import Workspaces
from chalicelib.ports.steering import Restraints
from tests.contract.faulty_aws import DENIED, UNKNOWN, Json, Reply, an_error, handling
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.steering import MemoryRestraints

SMS, EMAIL = Channel.SMS, Channel.EMAIL
SECOND = timedelta(seconds=1)


class Office(NamedTuple):
    """Where workspaces choose their limits, and what reads them."""

    workspaces: Workspaces
    restraints: Restraints


@pytest.fixture
def office(world: str) -> Office:
    if world == "memory":
        restraints = MemoryRestraints()
        return Office(restraints.workspaces, restraints)
    table = make_table("ControlTable")
    return Office(DynamoWorkspaces(table), DynamoRestraints(table))


@pytest.fixture
def restraints(office: Office) -> Restraints:
    return office.restraints


@pytest.fixture
def on_aws(aws: None) -> DynamoRestraints:  # noqa: ARG001 - a fixture that has to be there
    return DynamoRestraints(make_table("ControlTable"))


def limited(sms: int | None = None, email: int | None = None) -> WorkspaceSettings:
    rates = {SMS: sms, EMAIL: email}
    return WorkspaceSettings(limits={channel: Rate(n) for channel, n in rates.items() if n})


def throttle_of(restraints: Restraints, channel: Channel = SMS) -> Throttle:
    throttle = restraints.of(channel, ["w1"])["w1"].throttle
    assert throttle is not None
    return throttle


def test_nothing_restrains_a_workspace_that_has_chosen_nothing(restraints: Restraints):
    assert restraints.of(SMS, ["w1", "w2"]) == {"w1": UNRESTRAINED, "w2": UNRESTRAINED}
    assert restraints.of(SMS, []) == {}


def test_settings_without_limits_restrain_nothing(office: Office):
    office.workspaces.put("w1", WorkspaceSettings(timezone="Asia/Tokyo"))

    assert office.restraints.of(SMS, ["w1"]) == {"w1": UNRESTRAINED}


def test_limits_are_those_of_the_settings_by_channel(office: Office):
    office.workspaces.put("w1", limited(sms=10, email=20))
    office.workspaces.put("w2", limited(email=5))

    for read in (office.restraints.of, office.restraints.recent):
        assert read(SMS, ["w1", "w2"]) == {"w1": Restraint(Rate(10)), "w2": UNRESTRAINED}
    assert office.restraints.of(EMAIL, ["w1", "w2"]) == {
        "w1": Restraint(Rate(20)),
        "w2": Restraint(Rate(5)),
    }


def test_a_limit_that_is_raised_or_removed_is_known_at_once(office: Office):
    office.workspaces.put("w1", limited(sms=10))
    office.workspaces.put("w1", limited(sms=30))
    raised = office.restraints.of(SMS, ["w1"])
    office.workspaces.put("w1", limited())

    assert raised == {"w1": Restraint(Rate(30))}
    assert office.restraints.of(SMS, ["w1"]) == {"w1": UNRESTRAINED}


def test_hundreds_of_workspaces_are_read_in_one_call(office: Office):
    names = [f"w{number}" for number in range(230)]
    for number in range(0, 230, 10):
        office.workspaces.put(names[number], limited(sms=1 + number))
    office.restraints.refuse(SMS, names[-1], at=NOON, wait_s=None)
    found = office.restraints.of(SMS, names)

    assert set(found) == set(names)
    assert {name: each.limit for name, each in found.items() if each.limit} == {
        names[number]: Rate(1 + number) for number in range(0, 230, 10)
    }
    assert [name for name, each in found.items() if each.throttle] == [names[-1]]


def test_a_refusal_lets_the_pace_fall_and_the_workspace_pause(office: Office):
    office.workspaces.put("w1", limited(sms=10))
    answered = office.restraints.refuse(SMS, "w1", at=NOON, wait_s=30)

    assert answered == Restraint(Rate(10), Throttle(FALL, NOON, NOON + 30 * SECOND))
    assert office.restraints.of(SMS, ["w1"]) == {"w1": answered}


def test_a_refusal_is_one_workspaces_on_one_channel(restraints: Restraints):
    restraints.refuse(SMS, "w1", at=NOON, wait_s=30)

    assert restraints.of(SMS, ["w2"]) == {"w2": UNRESTRAINED}
    assert restraints.of(EMAIL, ["w1"]) == {"w1": UNRESTRAINED}


def test_a_refusal_without_a_wait_pauses_nothing(restraints: Restraints):
    answered = restraints.refuse(SMS, "w1", at=NOON, wait_s=None)

    assert answered.paused_until(NOON) is None
    assert throttle_of(restraints).share == FALL


@pytest.mark.parametrize("after", [SECOND / 10, 5 * SECOND])
def test_the_longer_pause_stays(restraints: Restraints, after: timedelta):
    restraints.refuse(SMS, "w1", at=NOON, wait_s=60)
    restraints.refuse(SMS, "w1", at=NOON + after, wait_s=1)

    assert throttle_of(restraints).paused_until == NOON + 60 * SECOND


@pytest.mark.parametrize("after", [SECOND / 10, 5 * SECOND])
def test_a_longer_pause_takes_the_place_of_a_shorter_one(restraints: Restraints, after: timedelta):
    restraints.refuse(SMS, "w1", at=NOON, wait_s=1)
    restraints.refuse(SMS, "w1", at=NOON + after, wait_s=60)

    assert throttle_of(restraints).paused_until == NOON + after + 60 * SECOND


def test_refusals_that_come_together_let_the_pace_fall_once(restraints: Restraints):
    for number in range(20):
        at = NOON + number * ONE_REFUSAL / 21
        restraints.refuse(SMS, "w1", at=at, wait_s=None)

    assert throttle_of(restraints).share == FALL


def test_each_further_refusal_lets_it_fall_further(restraints: Restraints):
    for number in range(3):
        restraints.refuse(SMS, "w1", at=NOON + number * SECOND, wait_s=None)

    expected = ((FALL + 0.05) * FALL + 0.05) * FALL
    assert throttle_of(restraints).share == pytest.approx(expected, abs=1e-5)


def test_of_two_refusals_at_once_both_count(on_aws: DynamoRestraints):
    def rival(_request: Json) -> None:
        on_aws.refuse(SMS, "w1", at=NOON, wait_s=60)

    with handling("dynamodb", "PutItem", rival, by_moto):
        answered = on_aws.refuse(SMS, "w1", at=NOON + SECOND, wait_s=1)

    assert answered.throttle == throttle_of(on_aws)
    assert throttle_of(on_aws).paused_until == NOON + 60 * SECOND
    assert throttle_of(on_aws).share < FALL


def test_a_throttle_that_expired_between_read_and_write_is_begun_anew(on_aws: DynamoRestraints):
    on_aws.refuse(SMS, "w1", at=NOON, wait_s=None)
    refuse_once = an_error("ConditionalCheckFailedException")

    with handling("dynamodb", "PutItem", refuse_once, by_moto):
        answered = on_aws.refuse(SMS, "w1", at=NOON + 60 * SECOND, wait_s=None)

    assert answered == Restraint(None, Throttle(FALL, NOON + 60 * SECOND, NOON + 60 * SECOND))


def test_a_throttle_that_keeps_changing_is_tried_again_later(on_aws: DynamoRestraints):
    with (
        handling("dynamodb", "PutItem", an_error("ConditionalCheckFailedException")),
        pytest.raises(RetryableError, match="keeps changing"),
    ):
        on_aws.refuse(SMS, "w1", at=NOON, wait_s=None)


def test_what_was_left_unread_is_read(on_aws: DynamoRestraints):
    on_aws.refuse(SMS, "w1", at=NOON, wait_s=None)

    def unread(request: Json) -> Reply:
        return Reply({"Responses": {}, "UnprocessedKeys": request["RequestItems"]})

    with handling("dynamodb", "BatchGetItem", unread, by_moto):
        assert throttle_of(on_aws).share == FALL


CALLS: dict[str, tuple[str, Callable[[DynamoRestraints], object]]] = {
    "of": ("BatchGetItem", lambda table: table.of(SMS, ["w1"])),
    "refuse": ("PutItem", lambda table: table.refuse(SMS, "w1", at=NOON, wait_s=None)),
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
def test_restraints_speak_our_errors(
    on_aws: DynamoRestraints, call: str, code: str, expected: type[Exception]
):
    operation, act = CALLS[call]

    with handling("dynamodb", operation, an_error(code)), pytest.raises(expected, match=code):
        act(on_aws)


def by_moto(_request: Json) -> Reply | None:
    """Nothing of our own."""
