"""How receivers are doing: five days without a success disable, and what starts them anew."""

from datetime import datetime, timedelta

import pytest

from chalicelib.flow.receivers import ROUNDS, Receivers
from chalicelib.model.health import Health, State, after_failure, gone, state_of
from chalicelib.model.outcome import Answer
from tests.rig.builders import NOON
from tests.rig.memory.jobs import MemoryClock
from tests.rig.memory.webhooks import MemoryHealths

URL = "https://crm.example.com/hooks"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ERROR = Answer(500, text="secret words of the receiver")


def failing(url: str = URL, *, since: datetime = NOON, last: datetime = NOON) -> Health:
    return Health(url, failing_since=since, failed_at=last, error="it fails")


def failures(*after: timedelta) -> Health:
    """What is known after failures at these times."""
    health: Health | None = None
    for each in after:
        health = after_failure(health, url=URL, error="it fails", at=NOON + each)
    assert health is not None
    return health


def test_the_first_failure_starts_the_clock():
    assert failures(timedelta()) == failing()


def test_five_days_of_failures_disable():
    hours = [12 * HOUR * n for n in range(11)]

    assert failures(*hours[:-1]).disabled_at is None
    assert failures(*hours).disabled_at == NOON + 5 * DAY
    assert failures(*hours).failing_since == NOON
    assert failures(*hours).failed_at == NOON + 5 * DAY


def test_what_disables_is_the_last_error():
    health = failing(last=NOON + 5 * DAY - HOUR)

    assert after_failure(health, url=URL, error="dead", at=NOON + 5 * DAY).error == "dead"


def test_a_day_without_a_try_says_nothing():
    health = failures(timedelta(), 6 * DAY)

    assert health == failing(since=NOON + 6 * DAY, last=NOON + 6 * DAY)
    assert failures(timedelta(), DAY).failing_since == NOON


def test_failures_of_the_same_minute_are_written_once():
    health = failures(timedelta())

    assert after_failure(health, url=URL, error="x", at=NOON + timedelta(seconds=59)) is health
    later = after_failure(health, url=URL, error="x", at=NOON + timedelta(seconds=60))
    assert (later.error, later.failing_since) == ("x", NOON)


def test_another_url_starts_anew():
    health = after_failure(failing(), url="https://other.example/", error="x", at=NOON + 5 * DAY)

    assert health.failing_since == NOON + 5 * DAY
    assert health.disabled_at is None


def test_who_wants_nothing_any_more_is_disabled_from_then_on():
    later = NOON + HOUR

    assert gone(failing(), url=URL, error="gone", at=later) == Health(
        URL, failing_since=NOON, failed_at=later, error="gone", disabled_at=later
    )
    assert gone(None, url=URL, error="gone", at=NOON).failing_since == NOON


def test_so_is_one_that_has_failed_just_now():
    at = NOON + timedelta(seconds=1)

    assert gone(failing(), url=URL, error="gone", at=at) == Health(
        URL, failing_since=NOON, failed_at=at, error="gone", disabled_at=at
    )


def test_who_is_disabled_stays_so():
    disabled = gone(None, url=URL, error="x", at=NOON)

    assert after_failure(disabled, url=URL, error="y", at=NOON + 9 * DAY) is disabled
    assert gone(disabled, url=URL, error="y", at=NOON + DAY).disabled_at == NOON


@pytest.mark.parametrize(
    ("url", "health", "state"),
    [
        (None, None, State.NONE),
        (None, failing(), State.NONE),
        (URL, None, State.OK),
        (URL, failing("https://other.example/"), State.OK),
        (URL, failing(), State.FAILING),
        (URL, gone(None, url=URL, error="x", at=NOON), State.DISABLED),
    ],
)
def test_operators_see_a_state(url: str | None, health: Health | None, state: State):
    assert state_of(url, health) is state


def receivers() -> tuple[Receivers, MemoryHealths, MemoryClock]:
    clock, healths = MemoryClock(NOON), MemoryHealths()
    return Receivers(clock, healths), healths, clock


def test_a_failing_receiver_is_disabled_after_five_days_and_it_is_said_once():
    verb, healths, clock = receivers()
    told = [verb.failed("w1", URL, answer=ERROR)]
    for _ in range(12):
        clock.at += 12 * HOUR
        told.append(verb.failed("w1", URL, answer=ERROR))

    assert told == [False] * 10 + [True, False, False]
    assert healths.known["w1"].disabled_at == NOON + 5 * DAY


def test_a_success_forgets_all():
    verb, healths, _ = receivers()
    verb.failed("w1", URL, answer=ERROR)
    verb.succeeded("w1", healths.known["w1"])

    assert healths.known == {}


def test_a_success_of_a_well_receiver_writes_nothing():
    verb, healths, _ = receivers()
    healths.faults.add("remove", lambda: pytest.fail("it was written"))

    verb.succeeded("w1", None)


def test_410_disables_at_once_and_is_said_once():
    verb, healths, clock = receivers()

    assert verb.failed("w1", URL, answer=Answer(410)) is True
    clock.at += HOUR
    assert verb.failed("w1", URL, answer=Answer(410)) is False
    assert healths.known["w1"].disabled_at == NOON


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ERROR, "The receiver answered 500."),
        (Answer(None, error="The connection failed"), "The connection failed"),
        (Answer(None), "No answer."),
    ],
)
def test_the_error_has_no_text_of_the_receiver(answer: Answer, error: str):
    verb, healths, _ = receivers()
    verb.failed("w1", URL, answer=answer)

    assert healths.known["w1"].error == error


def test_a_slow_failure_does_not_overwrite_what_came_meanwhile():
    verb, healths, _ = receivers()
    healths.known["w1"] = failing(since=NOON - 9 * DAY, last=NOON - HOUR)
    healths.faults.add("replace", healths.known.clear)

    assert verb.failed("w1", URL, answer=ERROR) is False
    assert healths.known["w1"].failing_since == NOON


def test_who_is_always_too_late_leaves_it_to_the_next_failure():
    verb, healths, _ = receivers()

    def somebody_else() -> None:
        before = healths.known.get("w1", failing(last=NOON - DAY))
        healths.known["w1"] = failing(last=before.failed_at + timedelta(minutes=2))

    healths.faults.add("replace", *[somebody_else] * ROUNDS)

    assert verb.failed("w1", URL, answer=ERROR) is False
