"""Figures: what workers, the jobs' stream and the rescue tell CloudWatch."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from chalicelib.flow.attempt import LEASE
from chalicelib.model.agenda import GRACE
from chalicelib.model.change import Change
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.figure import UNITS, Figure, Name
from chalicelib.model.job import Job
from chalicelib.model.outcome import Answer
from chalicelib.model.stream_figures import stream_figures
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome
from tests.rig.world import INVOCATION, SECOND, World

NOTHING: dict[tuple[Name, Channel | None], list[float]] = {}


@pytest.fixture
def world() -> World:
    return World()


def by_name(figures: list[Figure]) -> Mapping[tuple[Name, Channel | None], list[float]]:
    """Each figure's values; no figure is told twice."""
    found = {(each.name, each.channel): list(each.values) for each in figures}
    assert len(found) == len(figures)
    return found


def told(
    *moves: tuple[Job | None, Job | None],
) -> Mapping[tuple[Name, Channel | None], list[float]]:
    """What the stream tells of these changes."""
    changes = [Change(f"event-{i}", NOON, *move) for i, move in enumerate(moves)]
    return by_name(stream_figures(changes))


def ended(job: Job, status: int = 200) -> Job:
    return job.record(an_outcome(status), at=NOON + SECOND, wait=SECOND)


def test_new_jobs_are_accepted_by_channel():
    email = a_job(queue=Queue.SCHEDULED_EMAIL)

    assert told((None, a_job()), (None, a_job()), (None, email)) == {
        (Name.JOBS_ACCEPTED, Channel.SMS): [2],
        (Name.JOBS_ACCEPTED, Channel.EMAIL): [1],
    }


def test_a_first_callback_tells_how_late_it_started():
    late = a_job(due_at=NOON - 3 * SECOND).claim(at=NOON, lease=LEASE)
    punctual = a_claimed_job()

    assert told((late, ended(late)), (punctual, ended(punctual))) == {
        (Name.JOBS_COMPLETED, Channel.SMS): [2],
        (Name.LATENESS, Channel.SMS): [3000, 0],
    }


def test_so_does_one_whose_job_is_due_again_later():
    claimed = a_job(due_at=NOON - 3 * SECOND).claim(at=NOON, lease=LEASE)

    assert told((claimed, ended(claimed, 503))) == {(Name.LATENESS, Channel.SMS): [3000]}


def test_an_end_that_comes_before_anything_else_was_seen_tells_it_too():
    assert told((None, ended(a_claimed_job())))[Name.LATENESS, Channel.SMS] == [0]


def test_lateness_is_told_in_whole_milliseconds():
    late = a_job(due_at=NOON - timedelta(microseconds=1900)).claim(at=NOON, lease=LEASE)
    (said,) = told((late, ended(late)))[Name.LATENESS, Channel.SMS]

    assert (said, type(said)) == (1, int)


def test_a_job_that_was_removed_hides_none_behind_it():
    assert told((a_job(), None), (None, a_job())) == {(Name.JOBS_ACCEPTED, Channel.SMS): [1]}


def test_a_later_attempt_tells_no_lateness():
    again = ended(a_claimed_job(), 503).claim(at=NOON + 9 * SECOND, lease=LEASE)

    assert told((again, ended(again))) == {(Name.JOBS_COMPLETED, Channel.SMS): [1]}


def test_a_refusal_is_told_whatever_becomes_of_the_job():
    first, second = a_claimed_job(), a_claimed_job()
    moves = told((first, ended(first, 429)), (second, ended(second, 429)))

    assert moves[Name.JOBS_RATE_LIMITED, Channel.SMS] == [2]


def test_a_job_that_fails_is_told_also_where_nobody_answered():
    claimed = a_claimed_job(max_attempts=1)

    assert told((claimed, ended(claimed, 503)))[Name.JOBS_FAILED, Channel.SMS] == [1]


def test_what_is_no_end_and_no_answer_tells_nothing():
    job = a_job()
    done = ended(a_claimed_job())
    touched = job.with_attention(NOON + SECOND)
    cancelled = job.cancel(at=NOON)
    claimed = job.claim(at=NOON, lease=LEASE)

    moves = [(job, touched), (job, cancelled), (job, claimed), (done, done), (done, None)]
    assert told(*moves) == NOTHING


def test_a_worker_tells_its_starts_and_how_much_of_its_slots_they_are(world: World):
    envelopes = world.add(*(a_job() for _ in range(3)))
    work = world.deliver(Channel.SMS, envelopes, until=world.clock.now() + INVOCATION)

    assert by_name(list(world.run(work).figures)) == {
        (Name.JOBS_STARTED, Channel.SMS): [3],
        (Name.SLOTS_USED, Channel.SMS): [100],
    }


def test_a_job_that_was_cancelled_meanwhile_leaves_its_slot_unused(world: World):
    job, other = a_job(), a_job()
    envelopes = world.add(job, other)
    world.store.faults.add("move", lambda: world.store.move(job, job.cancel(at=NOON)))
    work = world.deliver(Channel.SMS, envelopes, until=world.clock.now() + INVOCATION)

    assert by_name(list(world.run(work).figures)) == {
        (Name.JOBS_STARTED, Channel.SMS): [1],
        (Name.SLOTS_USED, Channel.SMS): [50],
    }


def test_a_worker_without_slots_tells_nothing(world: World):
    work = world.deliver(Channel.SMS, [], until=world.clock.now() + INVOCATION)

    assert world.run(work).figures == []


def test_a_worker_that_found_the_pace_taken_tells_nothing(world: World):
    world.pace.reserve(
        "slots#sms", 1, spacing=timedelta(minutes=2), not_before=NOON, not_after=NOON
    )
    envelopes = world.add(a_job())
    work = world.deliver(Channel.SMS, envelopes, until=world.clock.now() + INVOCATION)

    assert world.run(work).figures == []


def oldest(world: World) -> Mapping[tuple[Name, Channel | None], list[float]]:
    """What the rescue tells, without the channels where nobody was lost."""
    figures = by_name(world.release.rescue().figures())
    assert len(figures) == len(Channel)
    return {key: values for key, values in figures.items() if values != [0]}


def test_the_oldest_job_that_was_lost_tells_how_long_it_has_been_due(world: World):
    ages_s = [100, 300, 200]
    world.add(
        *(
            a_job(due_at=NOON - age_s * SECOND, attention_at=NOON - SECOND, handed_over=True)
            for age_s in ages_s
        )
    )

    assert oldest(world) == {(Name.OLDEST_DUE, Channel.SMS): [300]}


def test_so_does_one_whose_worker_was_lost(world: World):
    claimed = a_claimed_job(queue=Queue.SEND_EMAIL, attention_at=NOON)
    world.add(claimed)
    world.clock.at = NOON + timedelta(minutes=1)

    assert oldest(world) == {(Name.OLDEST_DUE, Channel.EMAIL): [60]}


def test_a_stuck_job_s_age_grows_though_it_is_handed_over_again(world: World):
    world.add(a_job(attention_at=NOON + GRACE, handed_over=True))
    seen: list[object] = []
    for minute in range(1, 4):
        world.clock.at = NOON + timedelta(minutes=minute)
        seen += oldest(world).values()

    assert seen == [[60], [120], [180]]


@pytest.mark.parametrize(
    "job",
    [
        a_job(due_at=NOON - timedelta(hours=1), attention_at=NOON - SECOND),
        a_job(due_at=NOON - timedelta(hours=1)).claim(at=NOON, lease=LEASE).with_attention(NOON),
    ],
    ids=["held back", "under way"],
)
def test_who_waits_for_a_turn_or_an_answer_is_not_lost(world: World, job: Job):
    world.add(job)
    world.clock.at = NOON + SECOND

    assert oldest(world) == NOTHING


def test_an_outcome_that_was_not_awaited_is_told_as_a_failure_of_the_job():
    claimed = a_claimed_job(max_attempts=1)
    refused = claimed.record(an_outcome(400), at=NOON, wait=SECOND)

    assert told((claimed, refused)) == {
        (Name.JOBS_FAILED, Channel.SMS): [1],
        (Name.LATENESS, Channel.SMS): [0],
    }


def test_every_figure_has_a_unit():
    assert set(UNITS) == set(Name)


def test_answers_that_slow_a_workspace_down_are_starts_too(world: World):
    world.callbacks.answers.append(Answer(429))
    work = world.deliver(Channel.SMS, world.add(a_job()), until=world.clock.now() + INVOCATION)

    assert by_name(list(world.run(work).figures))[Name.JOBS_STARTED, Channel.SMS] == [1]
