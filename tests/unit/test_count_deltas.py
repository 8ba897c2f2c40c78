"""What one change of a job adds to the tallies of its queue and of its channel's minutes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.model.change import Change, deltas_of
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.histogram import BOUNDS_MS, class_of
from chalicelib.model.job import Job
from chalicelib.model.outcome import LOST
from chalicelib.model.tally import EVERYONE, Delta, MinuteKey, TotalKey
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, an_outcome

SECOND = timedelta(seconds=1)
TOTAL = TotalKey("w1", Queue.SEND_SMS)
MINUTE = MinuteKey("w1", Channel.SMS, NOON)

PENDING = a_job(id="job-1")
PROCESSING = a_claimed_job(id="job-1")


def recorded(status: int | None, *, job: Job = PROCESSING, after_s: float = 1) -> Job:
    return job.record(an_outcome(status), at=NOON + after_s * SECOND, wait=SECOND)


def adds(
    before: Job | None, after: Job | None, key: TotalKey | MinuteKey = TOTAL
) -> Mapping[str, int]:
    """What a change adds to one tally."""
    return dict(deltas_of(Change("e", NOON, before, after)).get(key, Delta()).adds)


def test_a_new_job_is_pending_and_accepted():
    assert adds(None, PENDING) == {"now_pending": 1, "accepted": 1}
    assert adds(None, PENDING, MINUTE) == {"accepted": 1}


def test_a_move_takes_from_one_state_and_gives_to_another():
    assert adds(PENDING, PROCESSING) == {"now_pending": -1, "now_processing": 1}


def test_an_end_belongs_to_the_minute_of_its_own_instant():
    annotated = replace(recorded(200), updated_at=NOON + 90 * SECOND)

    assert adds(PROCESSING, annotated, MINUTE)["completed"] == 1


def test_a_deleted_job_is_taken_from_its_state_and_stays_accepted():
    assert adds(recorded(200), None) == {"now_completed": -1}


@pytest.mark.parametrize(
    "after",
    [
        PROCESSING.with_attention(NOON + SECOND),
        PROCESSING.postpone(at=NOON + SECOND, lease=LEASE),
        PROCESSING,
    ],
)
def test_what_changes_no_state_adds_nothing(after: Job):
    assert deltas_of(Change("e", NOON, PROCESSING, after)) == {}


def test_no_job_adds_nothing():
    assert deltas_of(Change("e", NOON, None, None)) == {}


def test_a_completed_job_counts_with_its_answer():
    assert adds(PROCESSING, recorded(200)) == {
        "now_processing": -1,
        "now_completed": 1,
        "completed": 1,
        "answered": 1,
        "duration_ms": 1000,
    }


def test_a_failed_job_counts_with_its_answer():
    found = adds(PROCESSING, recorded(400))

    assert (found["now_failed"], found["failed"], found["answered"]) == (1, 1, 1)


def test_a_minute_holds_ends_durations_and_lateness():
    late = a_job(id="job-1", due_at=NOON - 2 * SECOND).claim(at=NOON, lease=LEASE)

    assert adds(late, recorded(200, job=late), MINUTE) == {
        "completed": 1,
        "completed_send_sms": 1,
        "answered": 1,
        "duration_ms": 1000,
        f"duration_{class_of(1000):02}": 1,
        f"lateness_{class_of(2000):02}": 1,
    }


def test_lateness_belongs_to_the_minute_of_the_start_and_the_rest_to_that_of_the_end():
    after = recorded(200, after_s=61)

    assert adds(PROCESSING, after, MINUTE) == {"lateness_00": 1}
    assert "completed" in adds(PROCESSING, after, MinuteKey("w1", Channel.SMS, NOON + 60 * SECOND))


def test_only_the_first_start_of_a_job_is_late():
    again = recorded(503).claim(at=NOON + 9 * SECOND, lease=LEASE)

    found = adds(again, recorded(200, job=again, after_s=10), MINUTE)
    assert not [figure for figure in found if figure.startswith("lateness")]


def test_a_rate_limited_attempt_counts_and_waits():
    found = adds(PROCESSING, recorded(429))

    assert (found["rate_limited"], found["now_pending"], found["answered"]) == (1, 1, 1)
    assert adds(PROCESSING, recorded(429), MINUTE)["rate_limited"] == 1


def test_an_attempt_that_is_to_be_repeated_counts_as_answered_only():
    assert set(adds(PROCESSING, recorded(503))) == {
        "now_processing",
        "now_pending",
        "answered",
        "duration_ms",
    }


def test_a_lost_attempt_has_no_duration():
    lost = PROCESSING.record(LOST, at=NOON + 30 * SECOND, wait=SECOND)

    assert adds(PROCESSING, lost) == {"now_processing": -1, "now_pending": 1}


def test_an_answer_that_came_after_a_cancel_is_counted_without_a_move():
    cancelled = PROCESSING.cancel(at=NOON)
    finished = cancelled.history[-1].finish(an_outcome(429), at=NOON + SECOND)

    found = adds(cancelled, cancelled.with_history((finished,)))
    assert found == {"answered": 1, "duration_ms": 1000, "rate_limited": 1}


def test_a_retried_job_may_fail_twice():
    failed = recorded(400)
    again = failed.retry(at=NOON + SECOND).claim(at=NOON + 2 * SECOND, lease=LEASE)

    assert adds(failed, failed.retry(at=NOON + SECOND)) == {"now_failed": -1, "now_pending": 1}
    assert adds(again, recorded(400, job=again, after_s=3))["failed"] == 1


def test_everyone_gets_what_a_workspace_gets():
    found = deltas_of(Change("e", NOON, PROCESSING, recorded(200)))

    assert found[TotalKey(EVERYONE, Queue.SEND_SMS)] == found[TOTAL]
    assert found[MinuteKey(EVERYONE, Channel.SMS, NOON)] == found[MINUTE]
    assert len(found) == 4


def test_the_newest_end_and_the_newest_excess_are_kept():
    completed = deltas_of(Change("e", NOON, PROCESSING, recorded(200)))[TOTAL]
    limited = deltas_of(Change("e", NOON, PROCESSING, recorded(429)))[TOTAL]
    later = Delta()
    later.happened("last_processed_at", NOON)
    later.merge(completed)
    completed.happened("last_processed_at", NOON)

    assert completed.latest == later.latest == {"last_processed_at": NOON + SECOND}
    assert limited.latest == {"last_exceeded_at": NOON + SECOND}


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(-5, 0), (0, 0), (1, 0), (2, 2), (3, 3), (1000, 20), (1024, 20), (1025, 21), (10**9, 45)],
)
def test_a_value_is_in_the_first_class_that_holds_it(ms: int, expected: int):
    assert class_of(ms) == expected


def test_bounds_grow_by_the_root_of_two_to_more_than_an_hour():
    assert list(BOUNDS_MS[:6]) == [1, 1, 2, 3, 4, 6]
    assert BOUNDS_MS[-1] == 2**22
