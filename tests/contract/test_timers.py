"""Timers: one wake-up a minute bucket, however often it is asked for."""

from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.ports.delivery import Timers
from tests.rig.builders import NOON

MINUTE = timedelta(minutes=1)
LEAD = timedelta(minutes=5)


class Alarm(Protocol):
    """Timers, and what they will wake."""

    @property
    def timers(self) -> Timers:
        """What is tested."""
        ...

    def set_for(self) -> dict[datetime, datetime]:
        """The buckets that will be released, each with its wake-up."""
        ...


def test_a_bucket_is_woken_once_at_its_instant(alarm: Alarm):
    alarm.timers.ensure(NOON, wake_at=NOON - LEAD)

    assert alarm.set_for() == {NOON: NOON - LEAD}


def test_a_timer_that_is_there_already_is_fine(alarm: Alarm):
    for _ in range(3):
        alarm.timers.ensure(NOON, wake_at=NOON - LEAD)

    assert alarm.set_for() == {NOON: NOON - LEAD}


def test_the_first_wake_up_of_a_bucket_stays(alarm: Alarm):
    alarm.timers.ensure(NOON, wake_at=NOON - LEAD)
    alarm.timers.ensure(NOON, wake_at=NOON - 2 * LEAD)

    assert alarm.set_for() == {NOON: NOON - LEAD}


def test_each_bucket_has_its_own(alarm: Alarm):
    buckets = [NOON, NOON + MINUTE, NOON + timedelta(days=365)]
    for bucket_at in buckets:
        alarm.timers.ensure(bucket_at, wake_at=bucket_at - LEAD)

    assert alarm.set_for() == {bucket_at: bucket_at - LEAD for bucket_at in buckets}
