"""What a worker gives back, by the instant: until the pace is free, beside its turn, or in line."""

from datetime import timedelta

import pytest

from chalicelib.flow.give_back import A_STEP, CROWD
from chalicelib.flow.line import Ticket
from chalicelib.model.agenda import GRACE, PARKED_AT
from chalicelib.model.backlog import Backlog
from chalicelib.model.channel import RATES, Channel
from chalicelib.model.job import Job, Priority
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_job, stored
from tests.rig.world import SECOND, World

FREE_AT = NOON + 10 * SECOND


def a_ticket(world: World, job: Job | None = None, *, claimed: bool = False) -> Ticket:
    """A job of the store in a worker's line, claimed for a slot that it then missed or not."""
    entry = stored(job)
    world.store.add([entry])
    if not claimed:
        return Ticket(entry)
    taken = entry.job.claim(at=NOON, lease=LEASE)
    world.store.move(entry.job, taken)
    return Ticket(entry, claimed=taken)


def test_a_job_comes_again_when_the_pace_is_free():
    world = World()
    ticket = a_ticket(world)
    world.run(world.give_back.until(ticket, FREE_AT))

    assert world.now(ticket.stored.job).attention_at == FREE_AT + GRACE
    assert [left for left, _ in world.waiting()] == [7 * SECOND]


def test_or_when_it_is_due():
    world = World()
    ticket = a_ticket(world, a_job(due_at=NOON + 20 * SECOND))
    world.run(world.give_back.until(ticket, FREE_AT))

    assert world.now(ticket.stored.job).attention_at == NOON + 20 * SECOND + GRACE


def test_a_claimed_job_that_is_given_back_is_as_if_it_had_not_been_claimed():
    world = World()
    ticket = a_ticket(world, claimed=True)
    world.clock.at += SECOND
    world.run(world.give_back.until(ticket, FREE_AT))
    now = world.now(ticket.stored.job)

    assert (now.status, now.attempts, now.starts) == (Status.PENDING, 0, 0)
    assert now.updated_at == NOON + SECOND
    assert [envelope.version for _, envelope in world.waiting()] == [now.version]


def test_one_who_has_moved_on_is_not_handed_over():
    world = World()
    ticket = a_ticket(world, claimed=True)
    now = world.now(ticket.stored.job)
    world.store.move(now, now.cancel(at=NOON))
    world.run(world.give_back.until(ticket, FREE_AT))

    assert world.waiting() == []


def test_a_job_of_a_paused_queue_is_parked():
    world = World()
    tickets = [a_ticket(world), a_ticket(world, claimed=True)]
    for ticket in tickets:
        world.run(world.give_back.park(ticket))
    jobs = [world.now(ticket.stored.job) for ticket in tickets]

    assert [(job.status, job.attention_at, job.handed_over) for job in jobs] == [
        (Status.PENDING, PARKED_AT, False)
    ] * 2
    assert world.waiting() == []


def test_those_who_find_no_place_go_behind_the_others_of_their_workspace():
    world = World()
    world.pace.ends["turn#sms#w1#normal"] = NOON + 30 * SECOND
    tickets = [a_ticket(world), a_ticket(world, claimed=True)]
    world.run(world.give_back.anew(tickets))
    jobs = [world.now(ticket.stored.job) for ticket in tickets]

    assert [job.handed_over for job in jobs] == [False, False]
    assert jobs[0].attention_at == NOON + 30 * SECOND
    assert jobs[1].attempts == 0
    assert world.backlogs.of(Channel.SMS)[Priority.NORMAL].turn_at == NOON + 30 * SECOND


def test_those_whose_backend_is_down_wait_beside_where_their_turns_were():
    world = World()
    handed_over = a_ticket(world, a_job(attention_at=NOON + GRACE + SECOND, handed_over=True))
    held_back = a_ticket(world, a_job(attention_at=NOON + 2 * SECOND), claimed=True)
    world.run(world.give_back.hold([handed_over, held_back]))
    jobs = [world.now(ticket.stored.job) for ticket in (handed_over, held_back)]

    assert [(job.attention_at, job.handed_over) for job in jobs] == [
        (NOON + SECOND + A_STEP, False),
        (NOON + 2 * SECOND + A_STEP, False),
    ]
    assert {job.status for job in jobs} == {Status.PENDING}
    assert world.backlogs.of(Channel.SMS)[Priority.NORMAL].turn_at == NOON + SECOND + A_STEP


def behind(world: World) -> None:
    """The workers have enough, and the channel is behind."""
    held = Backlog(Priority.NORMAL, turn_at=NOON - SECOND, look_at=NOON, held_at=NOON)
    world.backlogs.hold(Channel.SMS, held)
    world.pace.ends["fed#sms"] = NOON + timedelta(minutes=1)


@pytest.mark.parametrize(("count", "staying"), [(CROWD - 1, CROWD - 1), (CROWD, 0)])
def test_a_crowd_that_is_late_goes_back_in_line_and_a_few_do_not(count: int, staying: int):
    world = World()
    behind(world)
    jobs = [a_job() for _ in range(count)]
    world.add(*jobs)
    entries = [world.store.entries[job.id] for job in jobs]

    assert len(world.give_back.flood(entries, {job.id for job in jobs})) == staying
    turns = [world.now(job).attention_at for job in jobs]
    slot = RATES[Channel.SMS].spacing
    assert turns == [NOON if staying else NOON - SECOND + n * slot for n in range(count)]


def test_who_is_not_late_stays_whatever_the_others_do():
    world = World()
    behind(world)
    late, punctual = [a_job() for _ in range(CROWD)], a_job()
    world.add(*late, punctual)
    entries = [world.store.entries[job.id] for job in (*late, punctual)]

    staying = world.give_back.flood(entries, {job.id for job in late})
    assert [entry.job for entry in staying] == [punctual]
    assert world.now(punctual) == punctual


def test_a_late_crowd_that_the_workers_have_time_for_stays():
    world = World()
    jobs = [a_job() for _ in range(CROWD)]
    world.add(*jobs)
    entries = [world.store.entries[job.id] for job in jobs]

    assert world.give_back.flood(entries, {job.id for job in jobs}) == entries
    assert world.waiting() == []
