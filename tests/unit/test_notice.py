"""Notices: which moves are told, what is told of them, and when a receiver is tried again."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from chalicelib.model.job import Job
from chalicelib.model.notice import JITTER, LONGEST_LIFE, WAITS_S, Notice, notice_of, waits_of
from chalicelib.model.status import Status
from chalicelib.model.workspace import Event
from tests.rig.builders import LEASE, NOON, a_claimed_job, a_job, a_notice, an_outcome
from tests.rig.lives import lives

WAIT = timedelta(seconds=2)
ENDS = {Status.COMPLETED, Status.FAILED, Status.CANCELLED}


def recorded(status: int, **changes: object) -> tuple[Job, Job]:
    job = a_claimed_job(**changes)
    return job, job.record(an_outcome(status), at=NOON, wait=WAIT)


CANCELLED = a_job().cancel(at=NOON)
TOLD = {
    Event.FAILED: recorded(400),
    Event.COMPLETED: recorded(200),
    Event.CANCELLED: (a_job(), CANCELLED),
    Event.RETRIED: (CANCELLED, CANCELLED.retry(at=NOON)),
}
UNTOLD = {
    "new": (None, a_job()),
    "deleted": (CANCELLED, None),
    "claimed": (a_job(), a_job().claim(at=NOON, lease=LEASE)),
    "tried again": recorded(503),
    "amended": (a_job(), a_job().amend(at=NOON)),
    "annotated": (CANCELLED, CANCELLED.with_history(())),
}


@pytest.mark.parametrize("event", Event)
def test_each_event_is_told(event: Event):
    notice = notice_of(*TOLD[event])

    assert notice is not None
    assert notice.event is event
    assert notice.not_before == NOON


@pytest.mark.parametrize("name", UNTOLD)
def test_nothing_else_is(name: str):
    assert notice_of(*UNTOLD[name]) is None


@given(lives())
def test_every_end_and_every_start_over_of_a_life_is_told_once(life: list):
    ids = [notice.id for change in life if (notice := notice_of(change.before, change.after))]
    moves = [
        (change.before.status, change.after.status)
        for change in life
        if change.before and change.after and change.before.status is not change.after.status
    ]
    starts_over = [old for old, new in moves if old in ENDS and new is Status.PENDING]

    assert len(set(ids)) == len(ids)
    assert len(ids) == sum(new in ENDS for _, new in moves) + len(starts_over)


def test_the_body_is_the_contract_s():
    before, after = recorded(400, id="job-1", communication_id="c-1")
    notice = notice_of(before, after)

    assert notice is not None
    assert list(json.loads(notice.body({"ü": [1]})).items()) == [
        ("jobId", "job-1"),
        ("status", "failed"),
        ("error", "The backend answered 400"),
        ("workspaceId", "w1"),
        ("queue", "send-sms-queue"),
        ("attempts", 1),
        ("communicationId", "c-1"),
        ("metadata", {"ü": [1]}),
        ("timestamp", "2026-12-01T12:00:00.000Z"),
    ]


def test_the_body_is_short_and_in_utf_8():
    body = a_notice().body({"ü": [1, 2]})

    assert '"metadata":{"ü":[1,2]},'.encode() in body


def test_an_id_is_the_same_however_often_it_comes():
    notice = a_notice(job_id="job-1", version=7, event=Event.RETRIED)
    again = notice.tried(at=NOON, asked_s=0, chance=0.5)

    assert again is not None
    assert notice.id == again.id == notice.turn_away(at=NOON, chance=0).id == "job-1-7-retried"


@pytest.mark.parametrize("error", [None, "Grüße"])
def test_what_was_written_is_read(error: str | None):
    notice = a_notice(error=error, tries=3, turned_away=2)

    assert Notice.from_json(notice.to_json()) == notice


def test_what_is_written_is_short():
    text = a_notice(error="Grüße").to_json()

    assert "Grüße" in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"jobId":1}', a_notice().to_json().replace('"failed"', '"fallen"')]
)
def test_what_is_none_is_refused(text: str):
    with pytest.raises(ValueError, match="not a notice of this service"):
        Notice.from_json(text)


def tries(notice: Notice, chance: float) -> list[timedelta]:
    """How long after the event each try comes, where each fails at once."""
    found: list[timedelta] = []
    at = notice.happened_at
    while next_one := notice.tried(at=at, asked_s=0, chance=chance):
        notice, at = next_one, next_one.not_before
        found.append(at - notice.happened_at)
    return found


@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_the_waits_grow_until_the_event_is_three_days_old(chance: float):
    found = tries(a_notice(), chance)
    waits = [(b - a).total_seconds() for a, b in zip([timedelta(), *found], found, strict=False)]
    least = [*WAITS_S, *[WAITS_S[-1]] * len(waits)]

    assert found[-1] <= LONGEST_LIFE < found[-1] + timedelta(seconds=WAITS_S[-1] * (1 + JITTER))
    assert all(s <= w <= s * (1 + JITTER) for s, w in zip(least, waits, strict=False))
    assert waits[:2] == pytest.approx([5 * (1 + JITTER * chance), 30 * (1 + JITTER * chance)])


def test_the_waits_are_chosen_and_the_last_one_goes_on():
    waits_s = waits_of("1,99999,2")
    notice, waited = a_notice(), []
    for _ in range(4):
        before = notice.not_before
        notice = notice.tried(at=before, asked_s=0, chance=0, waits_s=waits_s)
        assert notice is not None
        waited.append((notice.not_before - before).total_seconds())

    assert waited == [1, 99_999, 2, 2]


@pytest.mark.parametrize(
    "text", ["", ",", "0", "05", "-1", "1.5", "1,", "1, 2", "100000", "\u0661", ",".join("1" * 21)]
)
def test_other_waits_are_refused(text: str):
    with pytest.raises(ValueError, match="1 to 20 whole numbers"):
        waits_of(text)


@pytest.mark.parametrize(("asked_s", "waited_s"), [(3600, 3600), (1, 5)])
def test_a_receiver_is_not_tried_before_it_asked_for(asked_s: float, waited_s: float):
    again = a_notice().tried(at=NOON, asked_s=asked_s, chance=0)

    assert again is not None
    assert again.not_before == NOON + timedelta(seconds=waited_s)
    assert again.tries == 1


def test_the_last_try_is_three_days_after_the_event_at_most():
    at = NOON + LONGEST_LIFE - timedelta(seconds=3600)
    in_time = a_notice().tried(at=at, asked_s=3600, chance=0)

    assert in_time is not None
    assert in_time.not_before == NOON + LONGEST_LIFE
    assert a_notice().tried(at=at, asked_s=3600.001, chance=0) is None


def away(notice: Notice, at: datetime = NOON) -> float:
    return (notice.turn_away(at=at, chance=0).not_before - at).total_seconds()


def test_who_is_turned_away_stays_away_longer_each_time_until_it_is_tried():
    notice = a_notice(tries=2)
    longer = [away(replace(notice, turned_away=n)) for n in (0, 1, 2, 6, 7, 1000)]

    assert longer == [10, 20, 40, 640, 900, 900]
    assert notice.turn_away(at=NOON, chance=1).not_before == NOON + timedelta(seconds=5)
    turned = notice.turn_away(at=NOON, chance=0.999)
    assert NOON < turned.not_before <= NOON + timedelta(seconds=10)
    assert (turned.tries, turned.turned_away) == (2, 1)
    tried = turned.tried(at=NOON, asked_s=0, chance=0)
    assert tried is not None
    assert tried.turned_away == 0
