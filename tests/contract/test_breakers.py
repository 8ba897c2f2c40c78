"""Breakers: who has seen the newest state replaces it, one of many, and hosts are apart."""

import pytest

from chalicelib.adapters.dynamodb_breakers import DynamoBreakers
from chalicelib.model.breaker import BURST, Breaker
from chalicelib.ports.steering import Breakers
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.breakers import MemoryBreakers

HOST = "backend.example:8443"


@pytest.fixture
def breakers(world: str) -> Breakers:
    return MemoryBreakers() if world == "memory" else DynamoBreakers(make_table("ControlTable"))


def an_open_breaker() -> Breaker:
    return Breaker().counted(failed=BURST, answered=3, at=NOON)


def test_one_that_was_never_put_is_closed(breakers: Breakers):
    assert breakers.get(HOST) == Breaker()


@pytest.mark.parametrize(
    "breaker",
    [
        Breaker().counted(failed=3, answered=4, at=NOON),
        an_open_breaker(),
        an_open_breaker().probing(NOON),
        an_open_breaker().probing(NOON).probed(is_well=False, at=NOON),
    ],
)
def test_every_state_comes_back_as_it_was_put(breakers: Breakers, breaker: Breaker):
    assert breakers.put(HOST, before=Breaker(), after=breaker)
    assert breakers.get(HOST) == breaker
    assert breakers.get("other.example") == Breaker()


def test_one_of_two_that_saw_the_same_wins(breakers: Breakers):
    opened = an_open_breaker()
    breakers.put(HOST, before=Breaker(), after=opened)
    won = [breakers.put(HOST, before=opened, after=opened.probing(NOON)) for _ in range(2)]

    assert won == [True, False]


def test_one_that_was_closed_again_can_be_opened_again(breakers: Breakers):
    opened = an_open_breaker()
    breakers.put(HOST, before=Breaker(), after=opened)

    assert breakers.put(HOST, before=opened, after=Breaker())
    assert not breakers.put(HOST, before=opened, after=Breaker())
    assert breakers.put(HOST, before=Breaker(), after=opened)
