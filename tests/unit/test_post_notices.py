"""Posting notices: what a receiver gets, how it is tried again, and what becomes of a dead one."""

import json
from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.post_notices import LONGEST_HOP_S
from chalicelib.model.health import PATIENCE, State, after_failure
from chalicelib.model.outcome import Answer
from chalicelib.model.trace import trace_of_job
from chalicelib.model.workspace import Event
from tests.rig.builders import NOON, a_job, a_notice, a_payload, stored
from tests.rig.memory.webhooks import MemorySigner
from tests.unit.hooks import SECOND, Hooks

BUSY = RetryableError("busy")


def hooks_with(*answers: Answer) -> Hooks:
    """A workspace that is told of failures, whose receiver answers so, and then 200."""
    hooks = Hooks()
    hooks.subscribe(Event.FAILED)
    hooks.callbacks.answers.extend(answers)
    return hooks


def test_a_receiver_gets_the_body_signed_with_the_metadata_of_the_job():
    hooks = hooks_with()
    job = a_job()
    hooks.store.add([stored(job, a_payload(metadata={"campaignId": 7}))])
    notice = a_notice(job_id=job.id)
    report = hooks.invoke(notice)
    (call,) = hooks.calls

    assert (report.unserved, hooks.notices.waiting) == (set(), [])
    assert call.url == "https://w1.example/hooks"
    assert call.body == notice.body({"campaignId": 7})
    assert dict(call.headers) == {
        "Content-Type": "application/json",
        "traceparent": trace_of_job(job.id).header(f"{notice.id}#0"),
        **MemorySigner(("newest", "older")).headers(notice.id, at=NOON, body=call.body),
    }


@pytest.mark.parametrize("payload", [None, a_payload(metadata=None)])
def test_a_job_that_is_gone_has_no_metadata(payload: object):
    hooks = hooks_with()
    notice = a_notice()
    if payload:
        hooks.store.add([stored(a_job(id=notice.job_id), payload)])
    hooks.invoke(notice, inbox=False)

    assert json.loads(hooks.calls[0].body)["metadata"] == {}


def test_what_fails_is_tried_again_after_5_s_and_then_after_30_s():
    hooks = hooks_with(Answer(500), Answer(None, error="no connection"))
    hooks.invoke(a_notice())
    hooks.work(until=timedelta(minutes=2))
    first, second, third = hooks.posted_at

    assert 5 <= second - first <= 8
    assert 30 <= third - second <= 38
    assert len({call.headers["webhook-id"] for call in hooks.calls}) == 1
    assert len({call.headers["webhook-timestamp"] for call in hooks.calls}) == 3
    assert hooks.notices.waiting == []
    assert hooks.healths.known == {}


@pytest.mark.parametrize(
    ("answer", "waits_s"),
    [
        (Answer(429, retry_after="120"), 120),
        (Answer(503, retry_after="120"), 120),
        (Answer(503, retry_after="999999"), 3600),
        (Answer(500, retry_after="120"), 5),
        (Answer(503), 5),
    ],
)
def test_a_busy_receiver_says_when_to_come_again(answer: Answer, waits_s: int):
    hooks = hooks_with(answer)
    hooks.invoke(a_notice())
    ((_, notice),) = hooks.notices.waiting

    assert waits_s <= (notice.not_before - NOON).total_seconds() <= waits_s * 1.2


def test_a_long_wait_hops_without_being_posted():
    hooks = hooks_with()
    hooks.invoke(a_notice(not_before=NOON + timedelta(hours=2), tries=5))
    ((visible_at, _),) = hooks.notices.waiting

    assert visible_at == NOON + timedelta(seconds=LONGEST_HOP_S)
    hooks.work(until=timedelta(hours=1, minutes=59))
    assert hooks.calls == []
    hooks.work(until=timedelta(hours=2, minutes=1))
    assert [round(at) for at in hooks.posted_at] == [7200]


def test_a_dead_receiver_is_tried_for_three_days_and_then_the_event_is_given_up():
    hooks = hooks_with(*[Answer(500)] * 100)
    reports = [hooks.invoke(a_notice()), *hooks.work(until=timedelta(days=4))]

    assert sum(report.given_up for report in reports) == 1
    assert sum(report.disabled for report in reports) == 0
    assert timedelta(days=2) < timedelta(seconds=hooks.posted_at[-1]) <= timedelta(days=3)
    assert hooks.notices.waiting == []


def test_after_five_days_it_is_disabled_and_what_waits_is_dropped():
    hooks = hooks_with(*[Answer(500)] * 1000)
    for day in range(6):
        happened_at = NOON + timedelta(days=day)
        hooks.notices.waiting.append(
            (happened_at, a_notice(happened_at=happened_at, not_before=happened_at))
        )
    reports = hooks.work(until=timedelta(days=9))
    last_post = timedelta(seconds=hooks.posted_at[-1])

    assert sum(report.disabled for report in reports) == 1
    assert PATIENCE <= last_post < PATIENCE + timedelta(hours=15)
    assert hooks.notices.waiting == []
    assert hooks.destinations.of("w1", since=hooks.clock.now()).state is State.DISABLED


def test_410_disables_at_once():
    hooks = hooks_with(Answer(410))
    report = hooks.invoke(a_notice())
    hooks.clock.at += 2 * SECOND
    later = hooks.invoke(a_notice())

    assert (report.disabled, later.disabled, len(hooks.calls)) == (1, 0, 1)
    assert hooks.notices.waiting == []


def test_what_nobody_wants_any_more_is_dropped():
    hooks = hooks_with()
    hooks.workspaces.chosen.clear()
    report = hooks.invoke(a_notice())

    assert (report.unserved, hooks.calls, hooks.notices.waiting) == (set(), [], [])


def test_a_mended_url_gets_what_waited():
    hooks = hooks_with(Answer(500))
    hooks.invoke(a_notice())
    hooks.workspaces.put("w1", hooks.workspaces.get("w2"))
    hooks.subscribe(Event.FAILED)
    hooks.work(until=timedelta(minutes=1))

    assert len(hooks.calls) == 2


def test_a_table_that_does_not_answer_leaves_the_notices_to_sqs():
    hooks = hooks_with()
    notices = [a_notice(), a_notice()]
    hooks.healths.faults.add("get", BUSY)

    assert hooks.invoke(*notices).unserved == {notice.id for notice in notices}
    assert hooks.calls == []


def test_a_failure_that_cannot_be_written_down_is_left_to_sqs():
    hooks = hooks_with(Answer(500))
    hooks.healths.faults.add("replace", BUSY)
    notice = a_notice()

    assert hooks.invoke(notice).unserved == {notice.id}


def test_a_success_that_cannot_be_written_down_is_a_success():
    hooks = hooks_with()
    url = hooks.subscribe(Event.FAILED)
    hooks.healths.known["w1"] = after_failure(None, url=url, error="x", at=NOON)
    hooks.healths.faults.add("remove", BUSY)

    assert hooks.invoke(a_notice()).unserved == set()
    assert hooks.notices.waiting == []


def test_a_queue_that_takes_no_retry_keeps_the_notice():
    hooks = hooks_with(Answer(500))
    hooks.notices.refusing = True
    notice = a_notice()

    assert hooks.invoke(notice).unserved == {notice.id}


def test_an_error_that_has_no_name_loses_no_notice():
    hooks = hooks_with()
    poisonous, notice = a_notice(error="half of a pair: \ud83d"), a_notice()

    assert hooks.invoke(poisonous, notice).unserved == {poisonous.id}
    assert len(hooks.calls) == 1
