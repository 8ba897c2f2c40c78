"""Pace: runs of one name never overlap, never start in the past, and never leave a hole."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.model.slots import Occupied, Run
from chalicelib.ports.delivery import Pace
from tests.rig.builders import NOON

SPACING = timedelta(milliseconds=20, microseconds=400)
MINUTE = timedelta(minutes=1)
names = st.uuids().map(lambda uuid: f"sms#{uuid}")


def reserve(
    pace: Pace, count: int, *, name: str = "sms", after: timedelta = timedelta()
) -> Run | Occupied:
    """Reserve slots from an instant after noon, for whoever can wait a minute."""
    not_before = NOON + after
    return pace.reserve(
        name, count, spacing=SPACING, not_before=not_before, not_after=not_before + MINUTE
    )


def test_a_free_pace_starts_at_once(pace: Pace):
    assert reserve(pace, 50) == Run(NOON, SPACING, 50)


def test_the_next_run_starts_where_the_last_one_ended(pace: Pace):
    first = reserve(pace, 50)

    assert isinstance(first, Run)
    assert reserve(pace, 10) == Run(first.end_at, SPACING, 10)


def test_a_pace_that_was_idle_does_not_make_up_for_it(pace: Pace):
    reserve(pace, 50)

    assert reserve(pace, 10, after=MINUTE) == Run(NOON + MINUTE, SPACING, 10)


def test_a_clock_that_is_behind_gets_no_slot_twice(pace: Pace):
    first = reserve(pace, 5)

    assert isinstance(first, Run)
    assert reserve(pace, 5, after=timedelta(seconds=-2)) == Run(first.end_at, SPACING, 5)


def test_names_have_a_pace_each(pace: Pace):
    reserve(pace, 50)

    assert reserve(pace, 50, name="email") == Run(NOON, SPACING, 50)


def test_a_run_beyond_the_wait_is_not_reserved_but_told(pace: Pace):
    long = reserve(pace, 5000)

    assert isinstance(long, Run)
    assert reserve(pace, 1) == Occupied(long.end_at)


def test_asking_for_what_is_occupied_takes_nothing(pace: Pace):
    long = reserve(pace, 5000)
    for _ in range(3):
        reserve(pace, 100)

    assert isinstance(long, Run)
    assert reserve(pace, 1, after=timedelta(minutes=2)) == Run(
        max(long.end_at, NOON + timedelta(minutes=2)), SPACING, 1
    )


def test_a_run_may_start_at_the_last_instant_of_the_wait(pace: Pace):
    first = pace.reserve("sms", 1, spacing=MINUTE, not_before=NOON, not_after=NOON)
    second = pace.reserve("sms", 1, spacing=MINUTE, not_before=NOON, not_after=NOON + MINUTE)

    assert first == Run(NOON, MINUTE, 1)
    assert second == Run(NOON + MINUTE, MINUTE, 1)


def test_spacings_of_fractions_of_a_millisecond_add_up(pace: Pace):
    spacing = timedelta(microseconds=10_200)
    ends: list[datetime] = []
    for _ in range(100):
        run = pace.reserve("email", 1, spacing=spacing, not_before=NOON, not_after=NOON + MINUTE)
        assert isinstance(run, Run)
        ends.append(run.end_at)

    assert ends[-1] == NOON + 100 * spacing


@given(
    name=names,
    asked=st.lists(
        st.tuples(st.integers(1, 100), st.integers(-2_000_000, 120_000_000)), max_size=8
    ),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_runs_never_overlap_whatever_the_clocks_say(
    pace: Pace, name: str, asked: list[tuple[int, int]]
):
    ends_at = None
    for count, after_us in asked:
        run = reserve(pace, count, name=name, after=timedelta(microseconds=after_us))
        if isinstance(run, Run):
            assert ends_at is None or run.start_at >= ends_at
            assert run.start_at >= NOON + timedelta(microseconds=after_us)
            ends_at = run.end_at
