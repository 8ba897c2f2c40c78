"""The stream's second reader: who is told of what, and nobody by settings that are out of date."""

from datetime import datetime, timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.destinations import MOST_REMEMBERED
from chalicelib.model.change import Change
from chalicelib.model.health import after_failure, gone
from chalicelib.model.workspace import Event, WorkspaceSettings
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome
from tests.unit.hooks import SECOND, Hooks


def an_end(status: int = 400, *, at: datetime = NOON, **changes: object) -> Change:
    """A job comes to an end."""
    job = a_claimed_job(**changes)
    return Change("event", at, job, job.record(an_outcome(status), at=at, wait=timedelta()))


def told(hooks: Hooks) -> list[Event]:
    """What is told at once."""
    assert all(visible_at <= hooks.clock.now() for visible_at, _ in hooks.notices.waiting)
    return [notice.event for _, notice in hooks.notices.waiting]


def test_a_failure_is_told_where_it_was_subscribed_to():
    hooks = Hooks()
    hooks.subscribe(Event.FAILED)

    assert hooks.notify([an_end(400), an_end(200), an_end(400, workspace_id="w2")]) == 1
    assert told(hooks) == [Event.FAILED]


def test_each_event_can_be_subscribed_to():
    hooks = Hooks()
    hooks.subscribe(*Event)
    cancelled = a_job().cancel(at=NOON)
    hooks.notify(
        [
            an_end(400),
            an_end(200),
            Change("3", NOON, a_job(), cancelled),
            Change("4", NOON, cancelled, cancelled.retry(at=NOON)),
            Change("5", NOON, None, a_job()),
        ]
    )

    assert told(hooks) == list(Event)


def test_the_same_changes_again_make_the_same_notices():
    hooks = Hooks()
    hooks.subscribe(Event.FAILED)
    changes = [an_end(), an_end()]
    hooks.notify(changes)
    hooks.notify(changes)

    (first, second), (third, fourth) = hooks.notices.waiting[:2], hooks.notices.waiting[2:]
    assert (first, second) == (third, fourth)


def test_who_subscribed_to_nothing_is_told_nothing():
    hooks = Hooks(fallback_url="https://fallback.example/")
    hooks.subscribe()

    assert hooks.notify([an_end()]) == 0


def test_a_workspace_without_a_webhook_has_the_fall_back_for_failures_only():
    hooks = Hooks(fallback_url="https://fallback.example/")
    hooks.workspaces.put("w1", WorkspaceSettings(webhook_events=(Event.COMPLETED,)))
    hooks.notify([an_end(400), an_end(200)])

    assert told(hooks) == [Event.FAILED]


def test_nothing_is_queued_for_a_webhook_that_is_disabled():
    hooks = Hooks()
    url = hooks.subscribe(Event.FAILED)
    hooks.healths.known["w1"] = gone(None, url=url, error="x", at=NOON)

    assert hooks.notify([an_end()]) == 0


def test_a_webhook_that_fails_is_still_told():
    hooks = Hooks()
    url = hooks.subscribe(Event.FAILED)
    hooks.healths.known["w1"] = after_failure(None, url=url, error="x", at=NOON)

    assert hooks.notify([an_end()]) == 1


def test_an_event_after_a_change_of_the_settings_is_not_judged_by_older_ones():
    hooks = Hooks()
    hooks.notify([an_end(at=NOON)])
    hooks.subscribe(Event.FAILED)
    hooks.clock.at += 2 * SECOND
    hooks.notify([an_end(at=NOON + SECOND)])

    assert told(hooks) == [Event.FAILED]


def test_what_happened_before_the_settings_were_read_needs_no_other_look():
    hooks = Hooks()
    hooks.subscribe(Event.FAILED)
    hooks.clock.at += 2 * SECOND
    hooks.notify([an_end(at=NOON)])
    hooks.workspaces.chosen.clear()

    assert hooks.notify([an_end(at=NOON + SECOND), an_end(at=NOON + 2 * SECOND)]) == 2


def test_only_so_many_workspaces_are_remembered():
    hooks = Hooks()
    for number in range(MOST_REMEMBERED + 1):
        hooks.destinations.of(f"w{number}", since=NOON)

    assert len(hooks.destinations._seen) == 1


def test_a_queue_that_does_not_take_them_makes_the_changes_come_again():
    hooks = Hooks()
    hooks.subscribe(Event.FAILED)
    hooks.notices.refusing = True

    with pytest.raises(RetryableError, match="1 of 1 notices"):
        hooks.notify([an_end()])
