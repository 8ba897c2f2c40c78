"""One attempt: what the backend gets, and what is kept of its answer."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.errors import RetryableError
from chalicelib.flow.attempt import LEASE, RECORD_TRIES
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job, Payload
from chalicelib.model.outcome import Answer, Kind
from chalicelib.model.status import Status
from chalicelib.model.trace import Trace, trace_of_job
from chalicelib.ports.delivery import Call
from tests.rig.builders import NOON, a_job, a_payload, an_outcome, stored
from tests.rig.memory.webhooks import MemorySigner
from tests.rig.world import SECOND, World

BUSY = RetryableError("busy", delay_s=1)


def attempted(world: World, job: Job, *answers: Answer, payload: Payload | None = None) -> Call:
    """Claim a job and try it, at the present instant; answers the callback."""
    world.store.add([stored(job, payload)])
    world.callbacks.answers.extend(answers)

    async def story() -> None:
        claimed = await world.attempts.claim(job, slot_at=world.clock.now())
        assert claimed is not None
        await world.attempts.run(claimed, world.attempts.call_of(claimed, payload or a_payload()))

    world.run(story())
    return world.callbacks.calls[-1][1]


def cancel(world: World, job: Job) -> None:
    now = world.now(job)
    world.store.move(now, now.cancel(at=world.clock.now()))


def test_the_body_has_all_that_was_scheduled_and_the_job_s_id():
    world = World()
    job = a_job()
    payload = a_payload(metadata={"source": "campaign", "z": [1.5, None, {"ü": "🙂"}], "a": {}})
    call = attempted(world, job, payload=payload)

    assert list(json.loads(call.body).items()) == [
        ("jobId", job.id),
        *payload.body.items(),
        ("attempt", 1),
    ]


def test_the_callback_goes_to_the_channel_s_host_and_the_job_s_endpoint():
    email = a_job(queue=Queue.SEND_EMAIL)
    call = attempted(World(), email, payload=Payload(body={}, endpoint="/api/email/send?x=1"))

    assert call.url == "https://email.example/api/email/send?x=1"


def test_the_headers_are_the_contract_s():
    job = a_job()
    call = attempted(World(), job)

    assert dict(call.headers) == {
        "Content-Type": "application/json",
        "Idempotency-Key": job.id,
        "X-Attempt": "1",
        "traceparent": trace_of_job(job.id).header(f"{job.id}#1"),
        **MemorySigner(("newest", "older")).headers(job.id, at=NOON, body=call.body),
    }


def test_every_attempt_has_the_same_webhook_id_and_the_instant_of_its_own_start():
    world = World()
    first = a_job().claim(at=NOON, lease=LEASE)
    again = NOON + 7 * SECOND
    second = first.record(an_outcome(503), at=NOON, wait=SECOND).claim(at=again, lease=LEASE)
    calls = [world.attempts.call_of(job, a_payload()) for job in (first, second)]

    assert {call.headers["webhook-id"] for call in calls} == {first.id}
    stamps = [int(call.headers["webhook-timestamp"]) for call in calls]
    assert stamps == [NOON.timestamp(), again.timestamp()]


def test_attempts_of_one_job_are_spans_of_the_trace_that_its_request_named():
    first = a_job().claim(at=NOON, lease=LEASE)
    second = first.record(an_outcome(503), at=NOON, wait=SECOND).claim(at=NOON, lease=LEASE)
    payload = replace(a_payload(), trace=Trace("5" * 32, is_sampled=False))
    calls = [World().attempts.call_of(job, payload) for job in (first, second)]
    said = [call.headers["traceparent"].split("-") for call in calls]

    assert [(version, trace, flags) for version, trace, _, flags in said] == [
        ("00", "5" * 32, "00")
    ] * 2
    assert len({span for _, _, span, _ in said}) == 2


def test_a_claim_takes_the_job_for_a_start_at_its_slot():
    world = World()
    job = a_job()
    world.add(job)
    slot_at = NOON + SECOND
    claimed = world.run(world.attempts.claim(job, slot_at=slot_at))

    assert claimed == world.now(job) == job.claim(at=slot_at, lease=LEASE)


def test_a_claim_of_a_job_that_has_moved_on_is_refused():
    world = World()
    job = a_job()
    world.add(job)
    world.store.move(job, job.cancel(at=NOON))

    assert world.run(world.attempts.claim(job, slot_at=NOON)) is None


def test_a_claim_of_a_claimed_job_gives_it_another_slot():
    world = World()
    claimed = a_job().claim(at=NOON, lease=LEASE)
    world.add(claimed)
    again = world.run(world.attempts.claim(claimed, slot_at=NOON + SECOND))

    assert again is not None
    assert (again.starts, again.started_at) == (1, NOON + SECOND)


def test_a_callback_that_is_done_completes_the_job():
    world = World()
    job = a_job()
    attempted(world, job, Answer(200, '{"ok":true}'))

    assert world.now(job).status is Status.COMPLETED
    assert world.now(job).history[0].answer == '{"ok":true}'


def test_a_callback_that_calls_for_another_hands_the_next_version_over():
    world = World()
    job = a_job()
    attempted(world, job, Answer(503))
    after = world.now(job)
    ((left, envelope),) = world.waiting()

    assert (after.status, envelope.version) == (Status.PENDING, after.version)
    assert NOON < after.due_at <= NOON + 2 * SECOND
    assert left <= after.due_at - NOON


def test_what_was_asked_to_wait_waits_that_long():
    world = World()
    job = a_job()
    attempted(world, job, Answer(429, retry_after="120"))

    assert world.now(job).due_at == NOON + 120 * SECOND
    assert world.now(job).attempts == 0
    assert [round(left / SECOND) for left, _ in world.waiting()] == [118]


def test_what_was_asked_to_wait_for_an_hour_waits_for_a_timer():
    world = World()
    job = a_job()
    attempted(world, job, Answer(429, retry_after="99999"))

    assert world.waiting() == []
    assert list(world.timers.wake_ups) == [NOON + timedelta(hours=1)]
    assert world.now(job).attention_at == NOON + timedelta(hours=1)


def test_the_backoff_of_rate_limited_attempts_grows_though_they_do_not_count():
    world = World()
    job = a_job(max_attempts=1)
    world.store.add([stored(job)])
    ceilings: list[bool] = []
    for number in range(1, 6):
        before = world.now(job)
        world.callbacks.answers.append(Answer(429))
        world.clock.at = before.due_at
        claimed = world.run(world.attempts.claim(before, slot_at=before.due_at))
        assert claimed is not None
        world.run(world.attempts.run(claimed, a_payload()))
        wait = world.now(job).due_at - before.due_at
        ceilings.append(wait <= timedelta(seconds=2**number))

    assert ceilings == [True] * 5
    assert (world.now(job).starts, world.now(job).attempts) == (5, 0)


def test_a_job_that_was_cancelled_meanwhile_stays_so_and_its_history_says_what_came():
    world = World()
    job = a_job()
    world.callbacks.faults.add("post", lambda: cancel(world, job))
    attempted(world, job, Answer(200))
    after = world.now(job)

    assert after.status is Status.CANCELLED
    assert [attempt.kind for attempt in after.history] == [Kind.COMPLETED]


def test_a_job_that_was_deleted_meanwhile_is_forgotten():
    world = World()
    job = a_job()
    world.callbacks.faults.add("post", lambda: world.store.entries.pop(job.id))
    attempted(world, job, Answer(503))

    assert world.store.get(job.id) is None
    assert world.waiting() == []


def test_the_backoff_of_an_attempt_that_counts_grows_with_those_that_count():
    world = World()
    job = a_job(starts=9)
    attempted(world, job, Answer(503))

    assert world.now(job).starts == 10
    assert world.now(job).due_at <= NOON + 2 * SECOND


@pytest.mark.parametrize(("failures", "waited_s"), [(1, 1), (2, 1 + 2), (3, 1 + 2 + 3)])
def test_a_record_is_tried_again_after_longer_each_time(failures: int, waited_s: int):
    world = World()
    world.store.faults.add("move", None, *[BUSY] * failures)
    attempted(world, a_job(), Answer(200))

    assert world.clock.now() == NOON + waited_s * SECOND


@pytest.mark.parametrize("failures", [1, RECORD_TRIES - 1])
def test_a_record_that_fails_is_tried_again(failures: int):
    world = World()
    job = a_job()
    world.store.faults.add("move", None, *[BUSY] * failures)
    attempted(world, job, Answer(200))

    assert world.now(job).status is Status.COMPLETED
    assert world.clock.now() > NOON


def test_a_record_that_keeps_failing_is_left_to_the_rescue():
    world = World()
    job = a_job()
    world.store.faults.add("move", None, *[BUSY] * RECORD_TRIES)

    with pytest.raises(RetryableError):
        attempted(world, job, Answer(200))
    assert world.now(job).status is Status.PROCESSING


def test_every_channel_has_a_backend():
    urls = {World().attempts.backends.base_url(channel) for channel in Channel}

    assert len(urls) == len(Channel)
