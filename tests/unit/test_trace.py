"""Traces: which headers name one (W3C Trace Context), and how it is passed on and kept."""

import re

import pytest

from chalicelib.model.trace import Trace, trace_in, trace_of_job

ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "trace"),
    [
        (f"00-{ID}-{PARENT}-01", Trace(ID)),
        (f"00-{ID}-{PARENT}-00", Trace(ID, is_sampled=False)),
        (f" 00-{ID}-{PARENT}-03 ", Trace(ID)),
        (f"00-{ID}-{PARENT}-11", Trace(ID)),
        (f"00-{ID}-{PARENT}-fe", Trace(ID, is_sampled=False)),
        (f"01-{ID}-{PARENT}-01", Trace(ID)),
        (f"01-{ID}-{PARENT}-01-what-comes-later", Trace(ID)),
    ],
)
def test_a_header_that_keeps_the_rules_names_its_trace(header: str, trace: Trace):
    assert trace_in(header) == trace


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "something else",
        f"00-{ID.upper()}-{PARENT}-01",
        f"00-{ID[1:]}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"ff-{ID}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01-more",
        f"00-{ID}-{PARENT}",
        f"00-{ID}-{PARENT}-01,00-{ID}-{PARENT}-01",
    ],
)
def test_a_header_that_breaks_them_names_none(header: str | None):
    assert trace_in(header) is None


@pytest.mark.parametrize("trace", [Trace(ID), Trace(ID, is_sampled=False)])
def test_what_is_passed_on_names_the_same_trace(trace: Trace):
    assert trace_in(trace.header("job-1#1")) == trace


def test_every_span_has_digits_of_its_own():
    headers = {Trace(ID).header(f"job-1#{number}") for number in range(100)}

    assert len(headers) == 100


@pytest.mark.parametrize("trace", [Trace(ID), Trace(ID, is_sampled=False)])
def test_what_is_kept_comes_back(trace: Trace):
    assert Trace.from_kept(trace.kept()) == trace


@pytest.mark.parametrize("text", ["", ID, f"{ID}-02", f"{ID[1:]}-01", f"{ID}-01 "])
def test_what_was_not_kept_by_us_is_refused(text: str):
    with pytest.raises(ValueError, match="not a trace"):
        Trace.from_kept(text)


def test_a_job_without_a_request_always_has_the_same_trace():
    trace = trace_of_job("job-1")

    assert re.fullmatch(r"[0-9a-f]{32}", trace.id)
    assert trace_of_job("job-1") == trace != trace_of_job("job-2")
