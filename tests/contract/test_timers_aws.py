"""Timers on EventBridge alone: how often it is asked, and who else has asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.adapters.aws_clients import client
from tests.contract.aws_probes import EventBridgeAlarm
from tests.rig.builders import NOON

LEAD = timedelta(minutes=5)


@pytest.fixture
def alarm(aws: None) -> EventBridgeAlarm:  # noqa: ARG001 - a fixture that has to be there
    return EventBridgeAlarm.open()


@pytest.fixture
def asked(alarm: EventBridgeAlarm) -> list[str]:  # noqa: ARG001 - it makes its group first
    """What is sent to EventBridge Scheduler from now on."""
    found: list[str] = []
    client("scheduler").meta.events.register(
        "before-call.scheduler", lambda model, **_: found.append(model.name)
    )
    return found


def test_a_timer_that_another_process_has_set_is_fine(alarm: EventBridgeAlarm):
    for timers in (alarm.timers, replace(alarm.timers)):
        timers.ensure(NOON, wake_at=NOON - LEAD)

    assert alarm.set_for() == {NOON: NOON - LEAD}


def test_a_process_asks_once_for_a_bucket(alarm: EventBridgeAlarm, asked: list[str]):
    for _ in range(3):
        alarm.timers.ensure(NOON, wake_at=NOON - LEAD)

    assert asked == ["CreateSchedule"]


def test_what_a_process_knows_has_an_end(alarm: EventBridgeAlarm, asked: list[str]):
    timers = replace(alarm.timers, most_known=2)
    for minute in (0, 1, 2, 0):
        bucket_at = NOON + timedelta(minutes=minute)
        timers.ensure(bucket_at, wake_at=bucket_at - LEAD)

    assert len(asked) == 4
