"""The arithmetic that every figure of the benches rests on."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rig.measuring.clock import NS_PER_S
from tests.rig.measuring.rates import (
    back_at_ns,
    jain_index,
    most_in_window,
    per_second,
    percentile,
    shortest_span_ns,
    slots_used_share,
)

instants = st.lists(st.integers(min_value=0, max_value=20 * NS_PER_S), max_size=60)
shares = st.lists(st.integers(min_value=0, max_value=1_000), min_size=1, max_size=30)


@given(instants)
def test_the_fullest_window_is_what_trying_a_window_at_every_instant_finds(
    instants_ns: list[int],
) -> None:
    tried = (sum(start <= each < start + NS_PER_S for each in instants_ns) for start in instants_ns)

    assert most_in_window(instants_ns) == max(tried, default=0)


@given(instants, st.integers(min_value=0, max_value=NS_PER_S))
def test_the_fullest_window_is_the_same_whatever_the_clock_started_at(
    instants_ns: list[int], shift_ns: int
) -> None:
    shifted = [each + shift_ns for each in instants_ns]

    assert most_in_window(shifted) == most_in_window(instants_ns)


@given(instants, st.integers(min_value=2, max_value=10))
def test_one_too_many_span_less_than_a_second_where_a_second_had_too_many(
    instants_ns: list[int], limit: int
) -> None:
    span_ns = shortest_span_ns(instants_ns, count=limit + 1)

    assert (most_in_window(instants_ns) > limit) == (span_ns is not None and span_ns < NS_PER_S)


@pytest.mark.parametrize(("spacing_ms", "most"), [(20, 50), (20.4, 50), (19.9, 51)])
def test_an_even_pace_fills_a_half_open_second(spacing_ms: float, most: int) -> None:
    paced_ns = [round(number * spacing_ms * 1_000_000) for number in range(500)]

    assert most_in_window(paced_ns) == most


def test_a_burst_across_two_calendar_seconds_is_one_window() -> None:
    burst_ns = [NS_PER_S - 1] * 50 + [NS_PER_S] * 50

    assert most_in_window(burst_ns) == 100
    assert per_second(burst_ns, origin_ns=0) == [50, 50]


@given(instants, st.integers(min_value=0, max_value=20 * NS_PER_S))
def test_every_instant_from_the_origin_on_is_in_one_second(
    instants_ns: list[int], origin_ns: int
) -> None:
    counts = per_second(instants_ns, origin_ns=origin_ns)

    assert sum(counts) == sum(each >= origin_ns for each in instants_ns)
    assert all(count <= most_in_window(instants_ns) for count in counts)


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50),
    st.floats(min_value=0, max_value=1),
)
def test_a_percentile_is_a_value_that_enough_of_them_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert percentile(values, 1) == max(values)


def test_nothing_has_no_percentile() -> None:
    assert math.isnan(percentile([], 0.5))


def test_a_pace_of_20_4_ms_uses_98_percent_of_50_a_second() -> None:
    paced_ns = [number * 20_400_000 for number in range(2_000)]

    assert slots_used_share(paced_ns, rate_per_s=50) == pytest.approx(1 / 1.02)
    assert math.isnan(slots_used_share([7], rate_per_s=50))


@given(shares)
def test_fairness_lies_between_one_for_all_and_one_takes_all(served: list[int]) -> None:
    index = jain_index(served)

    assert math.isnan(index) == (not any(served))
    assert math.isnan(index) or 1 / len(served) <= index + 1e-9 <= 1 + 2e-9


def test_equal_shares_are_fair_and_one_share_is_not() -> None:
    assert jain_index([7, 7, 7, 7]) == pytest.approx(1)
    assert jain_index([9, 0, 0, 0]) == pytest.approx(1 / 4)


def test_a_pace_is_back_at_the_end_of_the_first_window_that_has_it() -> None:
    slow = [second * NS_PER_S for second in range(10)]
    fast = [10 * NS_PER_S + each * NS_PER_S // 10 for each in range(100)]

    found = back_at_ns([*fast, *slow], since_ns=0, per_s=5)

    assert found == fast[13]  # 14 fast ones, and the slow one at 9 s


def test_a_pace_of_before_is_not_taken_for_one_that_is_back() -> None:
    before = [each * NS_PER_S // 10 for each in range(100)]
    after = [each * NS_PER_S for each in range(11, 30)]

    assert back_at_ns([*before, *after], since_ns=before[-1], per_s=5) is None
