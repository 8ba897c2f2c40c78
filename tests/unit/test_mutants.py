"""Who judges a mutant: the fastest tests of its function that fit the budget, one at least."""

import pytest

from infra.mutants import BUDGET_S, fastest

TOOK_S = {"slow": BUDGET_S, "middle": BUDGET_S / 2, "fast": BUDGET_S / 4, "story": 10 * BUDGET_S}


@pytest.mark.parametrize(
    ("tests", "chosen"),
    [
        ({"fast", "middle"}, ["fast", "middle"]),
        ({"slow", "middle", "fast"}, ["fast", "middle"]),
        ({"slow"}, ["slow"]),
        ({"story"}, ["story"]),
        (set(), []),
    ],
)
def test_the_fastest_tests_judge_until_the_budget_is_spent(tests: set[str], chosen: list[str]):
    assert fastest(tests, TOOK_S) == chosen
