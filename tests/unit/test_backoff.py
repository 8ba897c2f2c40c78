"""Backoff: exponential, capped, with full jitter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.backoff import Backoff

attempts = st.integers(-5, 10_000)


@pytest.mark.parametrize(
    ("attempt", "ceiling_s"), [(1, 2), (2, 4), (3, 8), (9, 512), (10, 900), (11, 900)]
)
def test_the_ceiling_doubles_up_to_the_cap(attempt: int, ceiling_s: float):
    assert Backoff().ceiling_s(attempt) == ceiling_s


@given(attempts, st.floats(0, 1, exclude_max=True))
def test_a_wait_lies_between_nothing_and_the_ceiling(attempt: int, chance: float):
    wait_s = Backoff().delay_s(attempt, chance=chance)

    assert 0 <= wait_s <= Backoff().ceiling_s(attempt) <= 900


@given(attempts)
def test_any_wait_below_the_ceiling_is_as_likely(attempt: int):
    backoff = Backoff()

    assert backoff.delay_s(attempt, chance=0) == 0
    assert backoff.delay_s(attempt, chance=0.25) == backoff.ceiling_s(attempt) / 4


@given(st.integers(1, 10_000))
def test_the_ceiling_never_falls(attempt: int):
    assert Backoff().ceiling_s(attempt) <= Backoff().ceiling_s(attempt + 1)


def test_a_channel_may_have_its_own():
    backoff = Backoff(base_s=1, factor=3, cap_s=20)

    assert [backoff.ceiling_s(n) for n in (1, 2, 3, 4)] == [1, 3, 9, 20]
