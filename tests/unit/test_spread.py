"""The spread of a release: who goes to SQS at once, and at which place the others are held back."""

from datetime import datetime, timedelta

from chalicelib.flow.spread import Spread
from chalicelib.flow.turns import FIRST, Turn
from chalicelib.model.channel import RATES, Channel, Queue
from chalicelib.model.job import Job, Priority
from tests.rig.builders import NOON, a_job

SLOT = RATES[Channel.SMS].spacing
#: So many go to SQS at once, of all that is due together.
AT_ONCE = FIRST // SLOT + 1
BUCKET = NOON + timedelta(minutes=5)


def waiting(
    number: int = 0,
    *,
    due_at: datetime = BUCKET,
    turn_at: datetime | None = None,
    **changes: object,
) -> Job:
    """A job of a workspace of its own that waits for its timer."""
    fields: dict[str, object] = {"workspace_id": f"w{number}"}
    return a_job(due_at=due_at, attention_at=turn_at or due_at, **fields | changes)


def spread(*jobs: Job, now: datetime = NOON) -> list[Turn]:
    found = Spread(now)
    return [found.turn(job) for job in jobs]


def test_one_who_is_due_alone_goes_when_it_is_due():
    job = waiting()

    assert spread(job) == [Turn(job, BUCKET)]


def test_one_whose_time_has_passed_goes_now():
    job = waiting(due_at=NOON - timedelta(hours=1))

    assert spread(job) == [Turn(job, NOON)]


def test_those_who_are_due_together_go_one_after_the_other_for_a_moment():
    jobs = [waiting(number) for number in range(AT_ONCE + 2)]
    turns = spread(*jobs)

    assert turns[:AT_ONCE] == [
        Turn(job, BUCKET + number * SLOT) for number, job in enumerate(jobs[:AT_ONCE])
    ]
    assert turns[AT_ONCE:] == [Turn(job, BUCKET, is_held=True) for job in jobs[AT_ONCE:]]


def test_those_of_one_workspace_are_held_back_one_behind_the_other():
    jobs = [waiting() for _ in range(AT_ONCE + 2)]

    assert spread(*jobs)[AT_ONCE:] == [
        Turn(job, BUCKET + number * SLOT, is_held=True)
        for number, job in enumerate(jobs[AT_ONCE:], start=AT_ONCE)
    ]


def test_who_has_a_turn_behind_others_keeps_it():
    jobs = [waiting() for _ in range(150)]
    late = waiting(turn_at=BUCKET + timedelta(seconds=2))

    assert spread(*jobs, late)[-1] == Turn(late, BUCKET + timedelta(seconds=2), is_held=True)


def test_those_whose_time_has_passed_are_a_crowd_of_now():
    jobs = [waiting(number, due_at=NOON - timedelta(hours=1)) for number in range(AT_ONCE + 1)]
    turns = spread(*jobs)

    assert turns[AT_ONCE - 1] == Turn(jobs[AT_ONCE - 1], NOON + (AT_ONCE - 1) * SLOT)
    assert turns[AT_ONCE] == Turn(jobs[AT_ONCE], NOON, is_held=True)


def test_channels_do_not_wait_for_each_other():
    email = waiting(queue=Queue.SCHEDULED_EMAIL)

    assert spread(waiting(), email)[1] == Turn(email, BUCKET)


def test_priorities_of_a_workspace_have_turns_of_their_own():
    jobs = [waiting() for _ in range(AT_ONCE)]
    high = waiting(priority=Priority.HIGH)

    assert spread(*jobs, high)[-1] == Turn(high, BUCKET, is_held=True)


def test_who_is_due_later_finds_the_channel_free_again():
    later = waiting(due_at=BUCKET + timedelta(seconds=30))

    assert spread(*[waiting() for _ in range(60)], later)[-1] == Turn(later, later.due_at)
