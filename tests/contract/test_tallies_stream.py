"""Records of the stream: what they say comes out as it went in, and what says nothing is poison."""

from typing import Any

import pytest

from chalicelib.adapters.dynamodb_items import job_item
from chalicelib.adapters.dynamodb_stream import read_stream
from chalicelib.model.change import Change
from tests.rig.builders import NOON, a_claimed_job, a_job
from tests.rig.stream_records import a_record

JOB = a_job(id="job-1")
CLAIMED = a_claimed_job(id="job-1")


def test_a_change_comes_out_as_it_went_in():
    record = a_record(JOB, CLAIMED, event_id="e1")

    assert read_stream([record], now=NOON) == ([Change("e1", NOON, JOB, CLAIMED)], [])


def test_a_new_job_has_no_before_and_a_deleted_one_no_after():
    records = [a_record(None, JOB, event_id="e1"), a_record(JOB, None, event_id="e2")]

    changes, poison = read_stream(records, now=NOON)

    assert [(change.before, change.after) for change in changes] == [(None, JOB), (JOB, None)]
    assert poison == []


def without(image: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in image.items() if key != name}


NO_JOBS: dict[str, Any] = {
    "no status": without(job_item(JOB), "status"),
    "an unknown status": job_item(JOB) | {"status": {"S": "lost"}},
    "an unknown queue": job_item(JOB) | {"queue": {"S": "fax-queue"}},
    "a broken instant": job_item(JOB) | {"due_at": {"S": "soon"}},
    "a broken history": job_item(JOB) | {"history": {"S": "[{]"}},
    "a history of something else": job_item(JOB) | {"history": {"S": "[1]"}},
    "an attribute of another type": job_item(JOB) | {"version": {"S": "1"}},
    "nothing": {},
    "a list": [],
}


@pytest.mark.parametrize("case", NO_JOBS)
def test_an_image_that_is_no_job_is_poison_and_blocks_nothing(case: str):
    record = a_record(None, JOB, event_id="e1")
    record["dynamodb"]["NewImage"] = NO_JOBS[case]

    changes, poison = read_stream([record, a_record(None, JOB, event_id="e2")], now=NOON)

    assert [change.event_id for change in changes] == ["e2"]
    assert [(each.event_id, each.job_id, each.at) for each in poison] == [("e1", "job-1", NOON)]
    assert '"eventID": "e1"' in poison[0].record


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"eventID": "e1"},
        {"eventID": "e1", "dynamodb": None},
        {"eventID": "e1", "dynamodb": {"Keys": {"pk": {"S": "job-1"}}}},
        {"dynamodb": {"NewImage": job_item(JOB), "ApproximateCreationDateTime": 1}},
        {"eventID": "e1", "dynamodb": {"NewImage": job_item(JOB)}},
        {
            "eventID": "e1",
            "dynamodb": {"NewImage": job_item(JOB), "ApproximateCreationDateTime": "now"},
        },
    ],
)
def test_a_record_that_is_none_is_poison(record: dict[str, Any]):
    changes, poison = read_stream([record], now=NOON)

    assert changes == []
    assert len(poison) == 1
    assert poison[0].reason


def test_poison_fits_into_an_item():
    record = a_record(None, JOB) | {"more": "ä" * 400_000}
    record["dynamodb"]["NewImage"] = {}

    (poison,) = read_stream([record], now=NOON)[1]

    assert len(poison.record.encode()) < 400_000
