"""Series and percentiles, from minutes and their histograms."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.histogram import BOUNDS_MS, class_of, percentile_ms
from chalicelib.model.series import Bucket, series

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def counted(values_ms: list[int]) -> list[int]:
    counts = [0] * (len(BOUNDS_MS) + 1)
    for value in values_ms:
        counts[class_of(value)] += 1
    return counts


@given(st.lists(st.integers(0, BOUNDS_MS[-1]), min_size=1), st.sampled_from([1, 50, 90, 99, 100]))
def test_a_percentile_is_never_too_small_and_at_most_a_class_too_large(
    values_ms: list[int], percent: int
):
    rank = -(-percent * len(values_ms) // 100)
    true_ms = sorted(values_ms)[rank - 1]

    told_ms = percentile_ms(counted(values_ms), percent)

    assert told_ms is not None
    assert true_ms <= told_ms <= max(1, true_ms * 2)


def test_so_many_percent_are_exactly_so_many():
    assert percentile_ms(counted([1] * 99 + [1000]), 99) == 1
    assert percentile_ms(counted([1] * 98 + [1000] * 2), 99) == BOUNDS_MS[class_of(1000)]
    assert percentile_ms(counted([1] * 989 + [1000] * 11), 99) == BOUNDS_MS[class_of(1000)]


def test_values_above_all_bounds_answer_the_last_one():
    assert percentile_ms(counted([10**9]), 50) == BOUNDS_MS[-1]


def test_without_values_there_is_no_percentile():
    assert percentile_ms(counted([]), 50) is None


@pytest.mark.parametrize(
    ("bucket", "start"),
    [
        (Bucket.MINUTE, MIDNIGHT + 10 * HOUR + 20 * MINUTE),
        (Bucket.HOUR, MIDNIGHT + 10 * HOUR),
        (Bucket.DAY, MIDNIGHT),
    ],
)
def test_a_bucket_starts_where_utc_does(bucket: Bucket, start: datetime):
    assert bucket.start(MIDNIGHT + 10 * HOUR + 20.5 * MINUTE) == start


@pytest.mark.parametrize("bucket", Bucket)
def test_a_series_has_every_bucket_and_loses_nothing(bucket: Bucket):
    since, until = MIDNIGHT, MIDNIGHT + bucket.longest
    minutes = [(since + k * bucket.length, {"accepted": 1}) for k in range(0, 90, 7)]
    minutes = [(at, figures) for at, figures in minutes if at < until]

    points = series(minutes, bucket, since=since, until=until)

    assert [point.at for point in points] == [
        since + k * bucket.length for k in range(bucket.longest // bucket.length)
    ]
    assert sum(point.figures.get("accepted", 0) for point in points) == len(minutes)


def test_minutes_of_one_bucket_are_added_up():
    minutes = [
        (MIDNIGHT, {"completed": 1, "duration_00": 1}),
        (MIDNIGHT + 59 * MINUTE, {"completed": 2, "duration_04": 1, "lateness_06": 1}),
    ]

    (point,) = series(minutes, Bucket.HOUR, since=MIDNIGHT, until=MIDNIGHT + HOUR)

    assert point.figures["completed"] == 3
    assert point.duration_ms == {50: 1, 90: 4, 99: 4}
    assert point.lateness_ms == {50: 8, 90: 8, 99: 8}


def test_the_slowest_answers_are_in_the_percentiles():
    minutes = [(MIDNIGHT, {f"duration_{len(BOUNDS_MS)}": 1, f"lateness_{len(BOUNDS_MS) - 1}": 1})]

    (point,) = series(minutes, Bucket.MINUTE, since=MIDNIGHT, until=MIDNIGHT + MINUTE)

    assert point.duration_ms[50] == point.lateness_ms[50] == BOUNDS_MS[-1]


def test_what_is_outside_is_left_out():
    minutes = [(MIDNIGHT - MINUTE, {"accepted": 1}), (MIDNIGHT + DAY, {"accepted": 1})]

    (point,) = series(minutes, Bucket.DAY, since=MIDNIGHT, until=MIDNIGHT + DAY)

    assert not point.figures
