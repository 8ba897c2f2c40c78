"""What the bench of faults takes for a broken promise."""

from dataclasses import replace

import pytest

from tests.rig.faults.verdict import Verdict, unrecorded_count
from tests.rig.measuring.arrivals import Arrival

KEPT = Verdict(
    accepted=10,
    never_called=0,
    still_open=0,
    failed=1,
    called_again=2,
    unrecorded=0,
    differently_keyed=0,
    unasked=0,
    early=0,
    given_up=[],
    counters_off=0,
    dead_letters=3,
    peaks={"sms": 50, "email": 100},
    fault_s=1.0,
    first_again_s=1.0,
    all_done_s=1.0,
)


def a_call(*, attempt: int) -> Arrival:
    return Arrival("job", attempt, "job", "/send-sms", 200, 0, 0)


def test_failures_repeated_calls_and_dead_letters_are_no_broken_promises() -> None:
    assert KEPT.broken() == []


@pytest.mark.parametrize(
    "figure",
    [
        "never_called",
        "still_open",
        "unrecorded",
        "differently_keyed",
        "unasked",
        "early",
        "counters_off",
    ],
)
def test_a_single_job_breaks_a_promise(figure: str) -> None:
    [said] = replace(KEPT, **{figure: 1}).broken()

    assert said.startswith("1 ")


def test_a_request_that_is_never_answered_breaks_one() -> None:
    assert replace(KEPT, given_up=["No answer"]).broken() == ["1 requests given up"]


def test_one_start_too_many_in_a_second_breaks_one() -> None:
    assert replace(KEPT, peaks={"sms": 51, "email": 100}).broken() == [
        "51 starts of sms in a second"
    ]


@pytest.mark.parametrize(
    ("attempts", "history", "count"),
    [([1, 2], [1, 2], 0), ([1, 2], [2], 1), ([1, 1], [1, 2], 1), ([1, 3], [1, 2, 3], 0)],
)
def test_each_call_is_an_attempt_of_its_own_in_the_history(
    attempts: list[int], history: list[int], count: int
) -> None:
    calls = {"job": [a_call(attempt=each) for each in attempts]}

    assert unrecorded_count(calls, {"job": history}) == count
