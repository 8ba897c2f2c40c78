"""Operators act while workers work: each race has one winner, and what was promised holds."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import Conflict, NotFound
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.job import Job
from chalicelib.model.listing import Filter, Query
from chalicelib.model.outcome import Answer
from chalicelib.model.status import Status
from tests.rig.builders import NOON, a_job
from tests.rig.desk import Desk
from tests.rig.memory.clock import MemoryClock
from tests.rig.memory.jobs import Slow
from tests.rig.world import SECOND

MS = timedelta(milliseconds=1)
ENDS_AT = NOON + 180 * SECOND


@dataclass(frozen=True)
class Wish:
    """What an operator does to one of the jobs, and when."""

    act: str
    number: int
    at_ms: int


@dataclass(frozen=True)
class Deed:
    """An act that was answered with success."""

    act: str
    job_id: str
    asked_at: datetime
    answered_at: datetime


@dataclass
class Log:
    """What came of the wishes."""

    done: list[Deed] = field(default_factory=list)
    refused: int = 0


WISHES = st.lists(
    st.builds(
        Wish,
        act=st.sampled_from(["cancel", "retry", "delete", "bulk_cancel", "bulk_retry", "now"]),
        number=st.integers(0, 3),
        at_ms=st.integers(0, 900) | st.integers(0, 9_000),
    ),
    max_size=12,
)


@given(wishes=WISHES, seed=st.integers(0, 2**32))
@settings(max_examples=80)
def test_acts_against_workers(wishes: list[Wish], seed: int):
    desk, jobs, log = _story(wishes, seed=seed)

    for job in jobs:
        _no_start_after_a_final_cancel(desk, job, log)
        _every_start_is_recorded(desk, job, log)
    assert len(log.done) + log.refused == len(wishes)


def _story(wishes: list[Wish], *, seed: int) -> tuple[Desk, list[Job], Log]:
    random = Random(seed)
    clock = MemoryClock(NOON)
    desk = Desk(clock=clock, offload=Slow(clock, lambda: random.randint(1, 60) * MS))
    desk.callbacks.answers += [Answer(random.choice([200, 404, 503])) for _ in range(100)]
    desk.callbacks.takes = lambda: random.randint(0, 2_000) * MS
    jobs = [a_job(max_attempts=2) for _ in range(4)]
    log = Log()
    desk.add(*jobs)
    desk.dispatch.hand_over(desk.dispatch.plan(jobs))
    desk.run(_everybody(desk, jobs, wishes, log))
    return desk, jobs, log


async def _everybody(desk: Desk, jobs: list[Job], wishes: list[Wish], log: Log) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(desk.live(Queue.SEND_SMS, until=ENDS_AT, workers=2))
        for wish in wishes:
            tasks.create_task(_operator(desk, jobs[wish.number], wish, log))


async def _operator(desk: Desk, job: Job, wish: Wish, log: Log) -> None:
    await desk.clock.sleep_until(NOON + wish.at_ms * MS)
    try:
        await _act(desk, job, wish.act)
    except (Conflict, NotFound):
        log.refused += 1
        return
    log.done.append(Deed(wish.act, job.id, NOON + wish.at_ms * MS, desk.clock.now()))


async def _act(desk: Desk, job: Job, act: str) -> None:
    sms = Filter(channel=Channel.SMS)
    match act:
        case "cancel":
            await desk.administer.cancel("w1", job.id)
        case "delete":
            await desk.administer.delete("w1", job.id)
        case "retry":
            desk.administer.retry("w1", job.id)
        case "bulk_cancel":
            query = Query("w1", (Status.PENDING,), sms, newest_first=False)
            desk.bulk.cancel(query, cursor=None)
        case "bulk_retry":
            desk.bulk.retry(Query("w1", (Status.FAILED,), sms), cursor=None)
        case _:
            desk.process_now("w1")


def _no_start_after_a_final_cancel(desk: Desk, job: Job, log: Log) -> None:
    """Unless somebody has it retried after the cancel was asked for."""
    starts = [at for at, job_id in zip(desk.starts, desk.called, strict=True) if job_id == job.id]
    retried = [
        deed.asked_at
        for deed in log.done
        if deed.act == "bulk_retry" or (deed.act, deed.job_id) == ("retry", job.id)
    ]
    for deed in log.done:
        if deed.job_id == job.id and deed.act in {"cancel", "delete"}:
            until = min((at for at in retried if at >= deed.asked_at), default=ENDS_AT)
            assert [at for at in starts if deed.answered_at < at < until] == []


def _every_start_is_recorded(desk: Desk, job: Job, log: Log) -> None:
    if job.id not in desk.store.entries:
        assert ("delete", job.id) in [(deed.act, deed.job_id) for deed in log.done]
        return
    now = desk.now(job)
    assert now.status not in {Status.PENDING, Status.PROCESSING}
    assert [attempt.number for attempt in now.history] == list(range(1, now.starts + 1))
    assert desk.called.count(job.id) <= now.starts


@pytest.mark.parametrize(
    "wishes",
    [
        [Wish("cancel", 0, 500)] * 6,
        [Wish("delete", 0, 0)] * 6,
        [Wish("cancel", 0, 0), *[Wish("retry", 0, 400)] * 6],
    ],
)
def test_of_many_who_want_the_same_one_gets_it(wishes: list[Wish]):
    _, _, log = _story(wishes, seed=7)

    assert [deed.act for deed in log.done].count(wishes[-1].act) == 1
