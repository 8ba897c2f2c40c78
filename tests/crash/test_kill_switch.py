"""The switch itself: what a process has done by the time it dies, and that nothing comes after."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from moto import mock_aws

from chalicelib.adapters.aws_clients import client
from tests.contract.stack import make_table
from tests.crash.kill_switch import Killed, KillSwitch, Point, Side, on_the_wire

CALLS = ["dynamodb.PutItem", "dynamodb.PutItem", "dynamodb.GetItem"]


@pytest.fixture
def switch() -> Iterator[KillSwitch]:
    switch = KillSwitch()
    with on_the_wire(switch), mock_aws():
        make_table("ControlTable")
        yield switch


def put(name: str) -> None:
    client("dynamodb").put_item(TableName="ControlTable", Item={"pk": {"S": name}})


def stored() -> set[str]:
    return {each["pk"]["S"] for each in client("dynamodb").scan(TableName="ControlTable")["Items"]}


def live() -> None:
    """A process that hopes to survive everything."""
    with suppress(Exception):
        put("a")
        put("b")
    client("dynamodb").get_item(TableName="ControlTable", Key={"pk": {"S": "a"}})


def test_a_process_that_is_not_to_die_is_only_watched(switch: KillSwitch):
    with switch.watching(None):
        live()

    assert switch.calls == CALLS
    assert stored() == {"a", "b"}


@pytest.mark.parametrize(
    ("side", "there"), [(Side.BEFORE, {"a"}), (Side.AFTER, {"a", "b"})], ids=list(Side)
)
def test_what_was_done_before_a_death_stays_done(switch: KillSwitch, side: Side, there: set[str]):
    with switch.watching(Point(2, side)), pytest.raises(Killed):
        live()

    assert switch.calls == CALLS[:2]
    assert stored() == there


def test_what_a_dead_process_still_tries_has_no_effect(switch: KillSwitch):
    with switch.watching(Point(1, Side.BEFORE)):
        with pytest.raises(Killed):
            live()
        with pytest.raises(Killed):
            put("from a finally")

    assert switch.calls == CALLS[:1]
    assert stored() == set()


def test_who_is_not_watched_lives(switch: KillSwitch):
    switch.point = Point(1, Side.BEFORE)
    live()

    assert stored() == {"a", "b"}
