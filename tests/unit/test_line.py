"""The line of one worker: who waits, who is due, and who was put back."""

from datetime import timedelta

from chalicelib.flow.line import Line, Ticket
from chalicelib.model.job import Job, Priority
from tests.rig.builders import LEASE, NOON, a_job, stored

SECOND = timedelta(seconds=1)


def a_line(*jobs: Job) -> Line:
    line = Line()
    line.join([stored(job) for job in jobs])
    return line


def ids(tickets: list[Ticket]) -> list[str]:
    return [ticket.stored.job.id for ticket in tickets]


def test_only_so_many_are_taken_and_the_rest_waits():
    jobs = [a_job() for _ in range(5)]
    line = a_line(*jobs)

    assert ids(line.take(2, due_by=NOON)) == [jobs[0].id, jobs[1].id]
    assert len(line) == 3


def test_who_is_not_due_yet_is_left_in_the_line():
    later, now = a_job(due_at=NOON + SECOND), a_job()
    line = a_line(later, now)

    assert line.count(due_by=NOON) == 1
    assert ids(line.take(9, due_by=NOON)) == [now.id]
    assert line.next_due_at == NOON + SECOND


def test_who_joins_later_takes_their_turn():
    low, high = a_job(priority=Priority.LOW), a_job(priority=Priority.HIGH)
    line = a_line(low)
    line.join([stored(high)])

    assert ids(line.take(9, due_by=NOON)) == [high.id, low.id]


def test_who_joins_twice_stands_once():
    job = a_job()
    line = a_line(job)
    line.join([stored(job)])

    assert len(line) == 1


def test_who_is_put_back_is_next_and_keeps_their_claim():
    waiting, late = a_job(priority=Priority.HIGH), a_job(priority=Priority.LOW)
    line = a_line(waiting)
    ticket = Ticket(stored(late), late.claim(at=NOON, lease=LEASE))
    line.put_back(ticket)

    assert line.take(1, due_by=NOON) == [ticket]


def test_everybody_can_leave():
    job = a_job()
    line = a_line(job)

    assert ids(line.leave()) == [job.id]
    assert not line
