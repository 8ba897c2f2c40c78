"""What the backend's answer means, row by row of the contract's table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.outcome import KEPT_ANSWER_BYTES, LOST, Answer, Kind, outcome_of
from tests.rig.builders import NOON, an_outcome


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.COMPLETED),
        (202, Kind.COMPLETED),
        (299, Kind.COMPLETED),
        (101, Kind.FAILED),
        (300, Kind.FAILED),
        (301, Kind.FAILED),
        (304, Kind.FAILED),
        (400, Kind.FAILED),
        (404, Kind.FAILED),
        (499, Kind.FAILED),
        (408, Kind.RETRY),
        (425, Kind.RETRY),
        (500, Kind.RETRY),
        (503, Kind.RETRY),
        (599, Kind.RETRY),
        (None, Kind.RETRY),
        (429, Kind.RATE_LIMITED),
    ],
)
def test_a_status_means(status: int | None, kind: Kind):
    assert an_outcome(status).kind is kind


@pytest.mark.parametrize("status", [400, 403, 500, 503, 302])
@pytest.mark.parametrize(
    "text", ["Rate limit exceeded", "RATE_LIMIT", "ratelimit", "Too Many Requests, slow down"]
)
def test_a_text_that_speaks_of_a_rate_limit_is_one(status: int, text: str):
    assert an_outcome(status, text=text).kind is Kind.RATE_LIMITED


@pytest.mark.parametrize("text", ["a rate of limits", "too many cooks", ""])
def test_a_text_that_speaks_of_something_else_is_none(text: str):
    assert an_outcome(400, text=text).kind is Kind.FAILED


def test_a_2xx_is_done_whatever_it_says():
    outcome = an_outcome(200, text="rate limit: 49 left")

    assert (outcome.kind, outcome.error) == (Kind.COMPLETED, None)


def test_an_error_quotes_the_answer_on_one_line():
    assert an_outcome(500, text="a\r\n  b").error == "The backend answered 500: a b"


def test_an_error_quotes_200_bytes_of_the_answer():
    assert an_outcome(500, text="x" * 201).error == f"The backend answered 500: {'x' * 200}"


def test_an_error_without_a_text_names_the_status():
    assert an_outcome(502).error == "The backend answered 502"


def test_no_answer_says_why():
    assert an_outcome(None, error="The connection failed.").error == "The connection failed."
    assert an_outcome(None).error == "No answer."


def test_only_a_rate_limited_answer_asks_for_a_wait():
    limited = outcome_of(Answer(429, retry_after="120"), now=NOON)
    busy = outcome_of(Answer(503, retry_after="120"), now=NOON)

    assert (limited.wait_s, busy.wait_s) == (120, None)


def test_a_wait_until_an_instant_is_counted_from_now():
    until = "Tue, 01 Dec 2026 12:02:00 GMT"

    assert outcome_of(Answer(429, retry_after=until), now=NOON).wait_s == 120


@given(st.text(max_size=5000), st.sampled_from([200, 404, 429, 503]))
def test_what_is_kept_is_bounded_and_is_what_was_said(text: str, status: int):
    outcome = an_outcome(status, text=text)

    assert len(outcome.answer.encode()) <= KEPT_ANSWER_BYTES
    assert text.encode("utf-8", "replace").decode().startswith(outcome.answer)
    assert len((outcome.error or "").encode()) < 300


def test_a_long_answer_is_not_cut_inside_a_character():
    outcome = an_outcome(200, text="x" * (KEPT_ANSWER_BYTES - 1) + "ü")

    assert outcome.answer == "x" * (KEPT_ANSWER_BYTES - 1)


def test_half_of_a_surrogate_pair_does_not_raise():
    assert an_outcome(404, text="\ud83d").answer == "?"


def test_a_lost_worker_leaves_an_unknown_outcome():
    assert LOST.kind is Kind.UNKNOWN
    assert LOST.error
