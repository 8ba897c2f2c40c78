"""`ports.Healths`: what was kept is read, and nobody overwrites what came meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb_healths import DynamoHealths
from chalicelib.errors import RetryableError
from chalicelib.model.health import Health
from chalicelib.ports.webhooks import Healths
from tests.contract.faulty_aws import UNKNOWN, an_error, handling
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.webhooks import MemoryHealths

FAILING = Health("https://crm.example.com/", NOON, NOON + timedelta(milliseconds=7), "Grüße")
DISABLED = replace(FAILING, failed_at=NOON + timedelta(days=5), disabled_at=NOON)


@pytest.fixture
def healths(world: str) -> Healths:
    return MemoryHealths() if world == "memory" else DynamoHealths(make_table("ControlTable"))


def test_nothing_is_known_of_who_is_well(healths: Healths):
    assert healths.get("w1") is None


def test_what_was_kept_is_read(healths: Healths):
    assert healths.replace("w1", None, after=FAILING)
    assert healths.get("w1") == FAILING
    assert healths.replace("w1", FAILING, after=DISABLED)
    assert healths.get("w1") == DISABLED
    assert healths.get("w2") is None


@pytest.mark.parametrize(
    "before",
    [
        None,
        DISABLED,
        replace(FAILING, failed_at=NOON),
        replace(FAILING, url="https://other.example.com/"),
    ],
)
def test_who_knows_another_state_overwrites_nothing(healths: Healths, before: Health | None):
    healths.replace("w1", None, after=FAILING)

    assert not healths.replace("w1", before, after=DISABLED)
    assert healths.get("w1") == FAILING


def test_who_is_well_again_is_forgotten(healths: Healths):
    healths.replace("w1", None, after=FAILING)
    healths.remove("w1")
    healths.remove("w1")

    assert healths.get("w1") is None
    assert not healths.replace("w1", FAILING, after=DISABLED)


@pytest.mark.usefixtures("aws")
def test_a_table_that_does_not_answer_is_tried_later():
    healths = DynamoHealths(make_table("ControlTable"))

    with handling("dynamodb", "PutItem", an_error(UNKNOWN)), pytest.raises(RetryableError):
        healths.replace("w1", None, after=FAILING)
