"""Process-now: what is due is handed over, without a gain over others or a loss by repetition."""

from datetime import timedelta

from chalicelib.flow.process_now import BUDGET
from chalicelib.model.channel import Queue
from chalicelib.model.status import Status
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job
from tests.rig.desk import Desk
from tests.rig.world import SECOND

EARLIER = NOON - 600 * SECOND


def test_due_jobs_are_handed_over_now():
    desk = Desk()
    jobs = [a_job(due_at=EARLIER, attention_at=EARLIER, handed_over=True) for _ in range(12)]
    desk.add(*jobs)

    assert desk.process_now("w1") == 12
    assert {wait for wait, _ in desk.waiting()} == {timedelta()}
    assert {envelope.job_id for _, envelope in desk.waiting()} == {job.id for job in jobs}


def test_what_was_handed_over_needs_no_attention_for_a_while():
    desk = Desk()
    job = a_job(due_at=EARLIER, attention_at=EARLIER, handed_over=True)
    desk.add(job)
    desk.process_now("w1")

    assert desk.now(job).handed_over
    assert (desk.now(job).attention_at or NOON) > NOON
    assert desk.release.rescue().touched == 0


def test_only_what_is_due_and_pending_in_the_workspace_is_handed_over():
    desk = Desk()
    desk.add(
        a_job(due_at=NOON + SECOND),
        a_job(workspace_id="w2", due_at=EARLIER),
        a_claimed_job(due_at=EARLIER),
        a_job(due_at=EARLIER).cancel(at=NOON),
    )

    assert desk.process_now("w1") == 0
    assert desk.waiting() == []


def test_jobs_of_every_queue_are_handed_over():
    desk = Desk()
    desk.add(*(a_job(due_at=EARLIER, queue=queue) for queue in Queue))

    assert desk.process_now("w1") == len(Queue)
    assert all(desk.waiting(queue) for queue in Queue)


def test_a_crowd_is_spread_over_the_time_that_it_needs_once():
    desk = Desk()
    lost = [a_job(due_at=EARLIER, attention_at=EARLIER, handed_over=True) for _ in range(300)]
    desk.add(*lost)
    desk.process_now("w1")
    turns_end_at = desk.pace.ends["turn#sms#w1#normal"]
    held = [job for job in lost if not desk.now(job).handed_over]

    for _ in range(3):
        assert desk.process_now("w1") == 300

    assert desk.pace.ends["turn#sms#w1#normal"] == turns_end_at
    assert turns_end_at > NOON + 5 * SECOND
    assert len(held) > 100


def test_a_turn_that_waits_for_its_timer_is_kept():
    desk = Desk()
    turn_at = NOON + timedelta(hours=1)
    job = a_job(due_at=EARLIER, attention_at=turn_at)
    desk.add(job)

    assert desk.process_now("w1") == 1
    assert desk.now(job) == job
    assert list(desk.timers.wake_ups) == [turn_at]


def test_a_job_that_is_claimed_meanwhile_is_not_handed_over():
    desk = Desk()
    job = a_job(due_at=EARLIER)
    desk.add(job)
    claimed = job.claim(at=NOON, lease=LEASE)
    desk.store.faults.add("touch", lambda: desk.store._update(job, claimed))

    assert desk.process_now("w1") == 0
    assert desk.waiting() == []


def test_a_job_that_moved_since_it_was_listed_is_left_alone():
    desk = Desk()
    job = a_job(due_at=EARLIER)
    desk.add(job)
    desk.store.faults.add("get_jobs", lambda: desk.store._update(job, job.cancel(at=NOON)))

    assert desk.process_now("w1") == 0
    assert desk.now(job).status is Status.CANCELLED


def test_a_refused_hand_over_is_not_counted():
    desk = Desk()
    desk.add(a_job(due_at=EARLIER, attention_at=EARLIER, handed_over=True))
    desk.queues.refusing = True

    assert desk.process_now("w1") == 0


def test_one_call_works_for_a_bounded_time():
    desk = Desk()
    desk.add(*(a_job(due_at=EARLIER) for _ in range(250)))

    def pass_by() -> None:
        desk.clock.at += BUDGET

    desk.store.faults.add("get_jobs", pass_by)

    assert desk.process_now("w1") == 100
