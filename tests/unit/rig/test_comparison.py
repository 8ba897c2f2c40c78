"""The arithmetic of the side-by-side bench: which of two figures is better, and what is written."""

import math

import pytest

from tests.rig.comparing.comparison import OURS, REPLACED, Comparison
from tests.rig.comparing.figure import Better, Figure, ratio, summed_up, verdict


def a_figure(value: float, better: Better = Better.LOWER, *, limit: float = 0) -> Figure:
    return Figure("late, ms", value, better, limit=limit)


@pytest.mark.parametrize(
    ("ours", "replaced", "better", "expected"),
    [
        (1, 2, Better.LOWER, "ours"),
        (2, 1, Better.LOWER, "replaced"),
        (2, 1, Better.HIGHER, "ours"),
        (1, 2, Better.HIGHER, "replaced"),
        (1, 2, Better.INCOMPARABLE, "–"),
        (math.nan, 2, Better.LOWER, "–"),
        (1, math.nan, Better.WITHIN, "–"),
    ],
)
def test_the_better_one_is_named_whoever_it_is(
    ours: float, replaced: float, better: Better, expected: str
):
    assert verdict(a_figure(ours, better), a_figure(replaced, better)) == expected


@pytest.mark.parametrize(
    ("replaced", "expected"), [(103, "same"), (104, "ours"), (97.1, "same"), (96, "replaced")]
)
def test_what_differs_by_three_in_a_hundred_counts_as_the_same(replaced: float, expected: str):
    assert verdict(a_figure(100), a_figure(replaced)) == expected


@pytest.mark.parametrize(
    ("ours", "replaced", "expected"),
    [(50, 51, "ours"), (50, 20, "same"), (51, 50, "replaced"), (99, 60, "replaced")],
)
def test_within_a_limit_nothing_is_better_and_beyond_it_the_nearer_one(
    ours: float, replaced: float, expected: str
):
    figures = [a_figure(value, Better.WITHIN, limit=50) for value in (ours, replaced)]

    assert verdict(*figures) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [(1, 4, "0.25"), (40.8, 40, "1.02"), (120, 2, "60"), (3, 0, "–"), (math.nan, 3, "–")],
)
def test_a_ratio_is_ours_by_theirs_and_a_dash_where_there_is_none(
    ours: float, theirs: float, expected: str
):
    assert ratio(ours, theirs) == expected


def test_several_runs_are_their_median_and_the_worst_of_what_has_a_limit():
    values = [49.0, 77.0, 50.0]

    assert summed_up(values, Better.LOWER) == 50.0
    assert summed_up(values, Better.WITHIN) == 77.0
    assert math.isnan(summed_up([], Better.LOWER))


def test_a_line_has_both_sides_their_ranges_and_who_is_better():
    comparison = Comparison("delays")
    for ours, replaced in ((4, 2), (6, 2.5), (5, 3)):
        comparison.add(OURS, [a_figure(ours)])
        comparison.add(REPLACED, [a_figure(replaced)])

    assert [*comparison.rows()] == [
        ("delays", "late, ms", "5.0 (4.0–6.0)", "2.5 (2.0–3.0)", "2.00", "replaced")
    ]


def test_a_figure_of_one_side_alone_has_a_line_and_no_verdict():
    comparison = Comparison("Redis killed")
    comparison.add(REPLACED, [Figure("lost", 350, digits=0)])

    assert [*comparison.rows()] == [("Redis killed", "lost", "–", "350", "–", "–")]
