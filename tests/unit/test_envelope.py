"""Envelopes: what is written is read back, and nothing else passes."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.envelope import Envelope
from chalicelib.model.identity import ID_PATTERN
from chalicelib.model.instant import from_ms
from tests.rig.builders import a_job, an_envelope

ids = st.from_regex(ID_PATTERN.removesuffix("$") + r"\Z", fullmatch=True)
envelopes = st.builds(
    Envelope,
    job_id=ids,
    version=st.integers(1, 10**9),
    due_at=st.integers(0, 4_000_000_000_000).map(from_ms),
    workspace_id=ids,
)


@given(envelopes)
def test_an_envelope_is_read_as_it_was_written(envelope: Envelope):
    assert Envelope.from_json(envelope.to_json()) == envelope


def test_an_envelope_has_the_fields_that_operators_see():
    job = a_job(id="job-1", version=2, due_at=datetime(2026, 12, 1, 9, tzinfo=UTC))

    assert json.loads(an_envelope(job).to_json()) == {
        "jobId": "job-1",
        "version": 2,
        "dueAt": "2026-12-01T09:00:00.000Z",
        "workspaceId": "w1",
    }


def test_an_envelope_is_short():
    assert " " not in an_envelope().to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "null",
        "7",
        '"jobId"',
        "{}",
        '{"jobId": "a", "version": 1, "dueAt": "2026-12-01T09:00:00.000Z"}',
        '{"jobId": "a", "version": "x", "dueAt": "2026-12-01T09:00:00.000Z", "workspaceId": "w"}',
        '{"jobId": "a", "version": null, "dueAt": "2026-12-01T09:00:00.000Z", "workspaceId": "w"}',
        '{"jobId": "a", "version": 1, "dueAt": "soon", "workspaceId": "w"}',
        '{"jobId": "a", "version": 1, "dueAt": 7, "workspaceId": "w"}',
        '{"jobId": "", "version": 1, "dueAt": "2026-12-01T09:00:00.000Z", "workspaceId": "w"}',
        '{"jobId": ["a"], "version": 1, "dueAt": "2026-12-01T09:00:00.000Z", "workspaceId": "w"}',
        '{"jobId": "a", "version": 1, "dueAt": "2026-12-01T09:00:00.000Z", "workspaceId": "*"}',
        '{"jobId": "a", "version": 1, "dueAt": "2026-12-01T09:00:00.000", "workspaceId": "w"}',
        '{"jobId": "a", "version": 1, "dueAt": "2026-12-01", "workspaceId": "w"}',
        pytest.param("[" * 100_000, id="100,000 brackets"),
        pytest.param('{"version": 1e999}', id="a number out of range"),
        pytest.param(
            '{"jobId": "a", "version": 1e999, "dueAt": "2026-12-01T09:00:00.000Z",'
            ' "workspaceId": "w"}',
            id="a version out of range",
        ),
    ],
)
def test_what_is_none_of_ours_is_refused(text: str):
    with pytest.raises(ValueError, match="not an envelope of this service"):
        Envelope.from_json(text)
