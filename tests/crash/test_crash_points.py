"""Whatever process dies before or after whatever call, the promises hold.

A commit's tests play a part of the points whose worlds differ from the one before, the nightly tier
all of them; `python -m tests.crash` plays the others too, and prints how many each flow has.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.crash.flows import FLOWS
from tests.crash.points import died, lived, missing, open_pool, points_of, sentence
from tests.crash.wrong_flows import WRONG_FLOWS
from tests.rig.tier import part_of

#: A commit's tests play every so many-th point of a flow.
PARTS = 10
#: Two jobs may stand on one shard in one world, and on two in the next: it ends a call earlier.
MOST_OF_THEM = 0.9


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with open_pool() as opened:
        yield opened


@pytest.mark.parametrize("name", FLOWS)
def test_a_process_may_die_at_any_of_its_calls(pool: ProcessPoolExecutor, name: str):
    alive = lived(pool, name)
    fates = list(died(pool, name, part_of(points_of(alive.calls), parts=PARTS)))
    told = [sentence(name, point, fate) for point, fate in fates]

    assert alive.breaches == []
    assert sum(fate.has_died for _, fate in fates) >= MOST_OF_THEM * len(fates) - 1
    assert missing(FLOWS[name].known, alive.calls) == []
    assert list(filter(None, told)) == []


@pytest.mark.parametrize("name", WRONG_FLOWS)
def test_who_gets_it_wrong_is_found_out(pool: ProcessPoolExecutor, name: str):
    _, word = WRONG_FLOWS[name]
    alive = lived(pool, name)
    fates = [fate for _, fate in died(pool, name, points_of(alive.calls))]
    told = [breach for fate in fates for breach in fate.breaches]

    assert alive.breaches == []
    assert any(word in breach for breach in told), told


def test_a_call_that_is_not_made_in_its_order_is_missed():
    assert missing("PutItem callback", ["dynamodb.PutItem", "dynamodb.Query", "callback"]) == []
    assert missing("PutItem callback", ["callback", "dynamodb.PutItem"]) == ["callback"]
    assert missing("PutItem", []) == ["PutItem"]
