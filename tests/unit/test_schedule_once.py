"""Scheduling with a key: the first answer again, one call at a time, and never a job twice."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from chalicelib.errors import Conflict, InProgress, OperatorError, RetryableError, ServiceError
from chalicelib.flow.schedule import Draft
from chalicelib.flow.schedule_once import Receipt
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.idempotency import KEPT, LEASE
from tests.rig.builders import NOON, a_keyed_request, a_payload
from tests.rig.world import SECOND, World

MINUTE = timedelta(minutes=1)
BUSY = RetryableError("busy")


def drafts_at(at: datetime, *, count: int = 3, delay: timedelta = timedelta()) -> Sequence[Draft]:
    return [
        Draft(Channel.SMS, "w1", a_payload(message=str(n)), due_at=at + delay if delay else None)
        for n in range(count)
    ]


def call(world: World, *, delay: timedelta = timedelta(), **changes: object) -> Receipt:
    """A bulk with a key, now."""
    request = a_keyed_request(**changes)
    return world.schedule_once(
        request,
        lambda at: drafts_at(at, count=request.count, delay=delay),
        at=world.clock.now(),
    )


def test_the_first_call_makes_the_jobs_in_the_order_of_the_messages():
    world = World()
    receipt = call(world, count=600)
    messages = [world.store.entries[i].payload.body["message"] for i in receipt.job_ids]

    assert not receipt.is_replay
    assert messages == [str(n) for n in range(600)]
    assert len(world.coming) == len(world.store.entries) == 600
    assert world.store.half_added(receipt.job_ids) == set()


def test_the_same_again_answers_the_same_and_does_nothing():
    world = World()
    first = call(world)
    world.clock.at += KEPT - SECOND
    again = call(world)

    assert again == Receipt(first.job_ids, is_replay=True)
    assert len(world.coming) == len(world.store.entries) == 3


def test_a_key_says_when_its_request_was_accepted():
    world = World()
    request = a_keyed_request()
    names = {"route": request.route, "key": request.key}
    before = world.schedule_once.first_came_at(request.workspace_id, **names, at=world.clock.now())
    accepted_at = world.clock.now()
    call(world)
    world.clock.at += MINUTE
    after = world.schedule_once.first_came_at(request.workspace_id, **names, at=world.clock.now())

    assert (before, after) == (None, accepted_at)


def test_after_a_day_the_key_is_new():
    world = World()
    first = call(world)
    world.clock.at += KEPT
    again = call(world)

    assert not again.is_replay
    assert not set(again.job_ids) & set(first.job_ids)


def test_another_body_is_a_conflict_also_while_the_first_is_worked_on():
    world = World()
    world.store.faults.add("add_jobs", lambda: refused(world, "idempotency_conflict", "b2"))
    call(world)

    refused(world, "idempotency_conflict", "b2")
    assert len(world.store.entries) == 3


def refused(world: World, code: str, fingerprint: str = "a1") -> Conflict:
    with pytest.raises(Conflict) as refusal:
        call(world, fingerprint=fingerprint)
    assert refusal.value.code == code
    return refusal.value


@pytest.mark.parametrize(
    "other", [{"workspace_id": "w2"}, {"route": "sms/one"}, {"key": "Spring"}, {"key": "spring#"}]
)
def test_keys_of_other_workspaces_routes_and_spelling_are_others(other: dict[str, str]):
    world = World()
    call(world)

    assert not call(world, **other).is_replay


def test_a_call_that_meets_the_first_one_is_told_when_to_come_again():
    world = World()
    seen: list[Conflict] = []

    def meet() -> None:
        world.clock.at += 2 * SECOND
        seen.append(refused(world, "idempotency_in_progress"))

    world.store.faults.add("add_jobs", meet)
    call(world)

    assert isinstance(seen[0], InProgress)
    assert seen[0].retry_after_s == LEASE // SECOND - 2
    assert len(world.store.entries) == 3


@pytest.mark.parametrize("error", [BUSY, OperatorError("no table")])
@pytest.mark.parametrize("step", ["add_payloads", "add_jobs", "reserve", "replace"])
def test_what_failed_in_an_orderly_way_is_finished_by_the_very_next_call(
    step: str, error: ServiceError
):
    world = World()
    where = {"reserve": world.pace, "replace": world.records}.get(step, world.store)
    where.faults.add(step, error)
    with pytest.raises(type(error)):
        call(world, count=100)

    receipt = call(world, count=100)

    assert not receipt.is_replay
    assert sorted(world.store.entries) == sorted(receipt.job_ids)
    assert world.coming == set(receipt.job_ids)


def test_a_lease_that_cannot_be_given_up_ends_by_itself():
    world = World()
    world.records.faults.add("replace", BUSY, BUSY)
    with pytest.raises(RetryableError):
        call(world)

    assert isinstance(refused(world, "idempotency_in_progress"), InProgress)
    world.clock.at += LEASE
    assert len(call(world).job_ids) == 3


def test_a_delay_counts_from_the_first_call():
    world = World()
    world.store.faults.add("add_jobs", BUSY)
    with pytest.raises(RetryableError):
        call(world, delay=5 * MINUTE)
    world.clock.at += MINUTE
    call(world, delay=5 * MINUTE)
    jobs = [entry.job for entry in world.store.entries.values()]

    assert {(job.created_at, job.due_at) for job in jobs} == {(NOON, NOON + 5 * MINUTE)}
    assert {job.queue for job in jobs} == {Queue.SCHEDULED_SMS}


def test_a_message_that_came_due_before_the_takeover_goes_at_once():
    world = World()
    world.store.faults.add("add_jobs", BUSY)
    with pytest.raises(RetryableError):
        call(world, delay=5 * MINUTE)
    world.clock.at += 10 * MINUTE
    call(world, delay=5 * MINUTE)

    assert [until for until, _ in world.waiting(Queue.SCHEDULED_SMS)] == [timedelta()] * 3


def test_of_two_who_take_over_one_wins():
    world = World()
    world.store.faults.add("add_payloads", BUSY)
    with pytest.raises(RetryableError):
        call(world)
    # The other one comes between this one's look at the record and its takeover.
    world.records.faults.add("replace", lambda: call(world))

    assert isinstance(refused(world, "idempotency_in_progress"), InProgress)
    assert len(world.coming) == len(world.store.entries) == 3


def test_a_record_says_who_goes_on_with_it():
    world = World()
    world.store.faults.add("add_payloads", BUSY)
    with pytest.raises(RetryableError):
        call(world)
    (first,) = world.records.records.values()
    call(world)
    (record,) = world.records.records.values()

    assert len({first.holder, first.seed, record.holder}) == 3
    assert (record.seed, len(record.holder)) == (first.seed, len(first.holder))


def between(step: str, happens: Callable[[World], object]) -> World:
    """A world in which something happens amid a call, which the call then survives or not."""
    world = World()
    world.store.faults.add(step, lambda: happens(world))
    return world


def test_a_call_that_outlives_its_lease_stops():
    world = between("add_payloads", expire)

    assert isinstance(refused(world, "idempotency_in_progress"), InProgress)
    assert world.store.entries == {}


def expire(world: World) -> None:
    world.clock.at += LEASE


def test_a_call_that_another_has_taken_over_stops():
    def overtake(world: World) -> None:
        expire(world)
        call(world)
        world.clock.at -= LEASE  # the clock of the first one is behind

    world = between("add_payloads", overtake)

    assert isinstance(refused(world, "idempotency_in_progress"), InProgress)
    assert call(world).is_replay
    assert len(world.coming) == len(world.store.entries) == 3


def test_a_job_of_a_paused_queue_stays_parked_at_a_takeover():
    world = World()
    world.records.faults.add("replace", None, BUSY)  # all is accepted, and not noted
    with pytest.raises(RetryableError):
        call(world)
    world.pause_queues.pause(Queue.SEND_SMS)
    world.clock.at += 10 * SECOND
    world.serve([envelope for _, envelope in world.waiting()])
    parked = [entry.job.is_parked for entry in world.store.entries.values()]
    world.queues.waiting.clear()
    call(world)

    assert parked == [True] * 3
    assert world.waiting() == []
    assert world.timers.wake_ups == {}
