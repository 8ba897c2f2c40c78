"""What log lines say of whose they are: enough to follow one message, and none of its words."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.flow import labels
from chalicelib.flow.schedule import Draft
from chalicelib.model.channel import Channel
from chalicelib.model.outcome import Answer
from chalicelib.model.trace import Trace, trace_of_job
from tests.rig.builders import NOON, a_claimed_job, a_job, a_notice, a_payload, stored
from tests.rig.world import World

TRACE = Trace("5" * 32)


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def said(lines: pytest.LogCaptureFixture, message: str) -> list[dict[str, Any]]:
    return [vars(record) for record in lines.records if record.getMessage() == message]


def test_a_job_s_line_names_its_trace_where_its_payload_is_at_hand():
    job = a_claimed_job(workspace_id="w9")
    ids = {"job_id": job.id, "workspace_id": "w9", "attempt": 1}

    assert labels.of_job(job) == ids
    assert labels.of_job(job, replace(a_payload(), trace=TRACE)) == ids | {"trace_id": TRACE.id}
    assert labels.of_job(job, a_payload()) == ids | {"trace_id": trace_of_job(job.id).id}


def test_a_line_of_many_names_each_and_their_workspace_where_it_is_one():
    jobs = [a_job(), a_job()]
    ids = [job.id for job in jobs]

    assert labels.of_jobs(jobs) == {"workspace_id": "w1", "job_ids": ids}
    assert labels.of_jobs([jobs[0], replace(jobs[1], workspace_id="w2")]) == {"job_ids": ids}
    assert labels.of_jobs([a_notice(job_id="one")]) == {"workspace_id": "w1", "job_id": "one"}


def test_a_message_s_way_is_told_from_its_acceptance_to_its_callback(
    lines: pytest.LogCaptureFixture,
):
    world = World()
    payload = replace(a_payload(), trace=TRACE)
    (job,) = world.schedule([Draft(Channel.SMS, "w1", payload)])
    world.callbacks.answers.append(Answer(503, text="we know +1234567890"))
    world.serve([envelope for _, envelope in world.waiting()])
    (accepted,) = said(lines, "accepted")
    (called,) = said(lines, "a callback has ended")

    assert (accepted["job_id"], accepted["workspace_id"]) == (job.id, "w1")
    assert {name: called[name] for name in ("job_id", "trace_id", "attempt", "queue")} == {
        "job_id": job.id,
        "trace_id": TRACE.id,
        "attempt": 1,
        "queue": "send-sms-queue",
    }
    assert (called["outcome"], called["status"], called["duration_ms"]) == ("retry", 503, 0)
    assert called["late_ms"] == 250  # its first slot is that much away
    assert "+1234567890" not in lines.text


def test_who_is_rescued_is_named(lines: pytest.LogCaptureFixture):
    world = World()
    lost = a_claimed_job(attention_at=NOON)
    held = a_job(attention_at=NOON)
    world.store.add([stored(lost), stored(held)])
    world.clock.at = NOON.replace(minute=1)
    world.release.rescue()

    assert [each["job_id"] for each in said(lines, "the worker of an attempt was lost")] == [
        lost.id
    ]
    assert [each["job_id"] for each in said(lines, "handed over")] == [lost.id]
