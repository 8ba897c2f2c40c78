"""AuditTrail: entries are added, completed once, and read newest first by workspace."""

from datetime import timedelta

import pytest

from chalicelib.adapters.dynamodb_audit import DynamoAuditTrail
from chalicelib.model.audit import UNFINISHED, Act, AuditEntry
from chalicelib.ports.access import AuditTrail
from tests.contract.faulty_aws import losing_the_first_answer
from tests.contract.stack import make_table
from tests.rig.builders import NOON
from tests.rig.memory.lists import MemoryAuditTrail


@pytest.fixture
def trail(world: str) -> AuditTrail:
    return MemoryAuditTrail() if world == "memory" else DynamoAuditTrail(make_table("AuditTable"))


def an_entry(number: int = 1, *, workspace_id: str = "w1", job_id: str | None = "j") -> AuditEntry:
    return AuditEntry(
        id=f"act-{number}",
        at=NOON + timedelta(seconds=number),
        workspace_id=workspace_id,
        act=Act.RETRY,
        subject="somebody",
        role="admin",
        source_ip="192.0.2.1",
        request_id="r-1",
        job_id=job_id,
    )


def everything(trail: AuditTrail, workspace_id: str = "w1") -> list[AuditEntry]:
    entries, _ = trail.page(workspace_id, after=None, limit=100)
    return list(entries)


def test_an_act_that_has_begun_is_there_before_it_ends(trail: AuditTrail):
    entry = an_entry()
    trail.begin(entry)

    assert everything(trail) == [entry]
    assert entry.result == UNFINISHED


def test_an_act_that_ended_says_how(trail: AuditTrail):
    entry = an_entry()
    ended = entry.ended("done", before="failed", after="pending")
    trail.begin(entry)
    trail.end(ended)

    assert everything(trail) == [ended]


def test_what_has_no_value_stays_without_one(trail: AuditTrail):
    entry = an_entry(job_id=None)
    trail.begin(entry)
    trail.end(entry.ended("not_found", before=None, after=None))

    (found,) = everything(trail)

    assert (found.job_id, found.before, found.after, found.result) == (
        None,
        None,
        None,
        "not_found",
    )


def test_an_act_ends_once(trail: AuditTrail):
    entry = an_entry()
    trail.begin(entry)
    first = entry.ended("done", before="failed", after="pending")
    trail.end(first)
    trail.end(entry.ended("conflict", before=None, after="cancelled"))

    assert everything(trail) == [first]


def test_an_act_that_never_began_does_not_end(trail: AuditTrail):
    trail.end(an_entry().ended("done", before=None, after=None))

    assert everything(trail) == []


def test_pages_are_newest_first_and_meet_each_entry_once(trail: AuditTrail):
    entries = [an_entry(number) for number in range(7)]
    for entry in entries:
        trail.begin(entry)
    trail.begin(an_entry(8, workspace_id="w2"))

    found: list[AuditEntry] = []
    after: str | None = None
    while True:
        page, after = trail.page("w1", after=after, limit=3)
        assert len(page) <= 3
        found += page
        if after is None:
            break
        trail.begin(an_entry(10 + len(found)))

    assert found == entries[::-1]


def test_nobody_sees_another_workspaces_entries(trail: AuditTrail):
    trail.begin(an_entry())

    assert everything(trail, "w2") == []


@pytest.mark.usefixtures("aws")
def test_a_beginning_whose_answer_was_lost_is_begun_once():
    trail = DynamoAuditTrail(make_table("AuditTable"))
    entry = an_entry()

    with losing_the_first_answer("dynamodb", "PutItem"):
        trail.begin(entry)

    assert everything(trail) == [entry]
