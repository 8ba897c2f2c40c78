"""Figures as CloudWatch reads them: lines in the embedded metric format, one a channel."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.adapters.aws_clients import client
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.figure import Figure, Name, counted
from chalicelib.observe import MOST_VALUES, NAMESPACE, tell
from chalicelib.settings import settings
from tests.contract.faulty_aws import an_error, handling
from tests.integration.log import Log
from tests.integration.service import Service, recorded, stream_event
from tests.integration.test_scheduling import AN_SMS
from tests.rig.builders import NOON, a_claimed_job, a_job, an_outcome
from tests.rig.stream_records import a_record

Told = pytest.CaptureFixture[str]


def lines(told: Told) -> list[dict[str, Any]]:
    """What was told since the last look."""
    return [json.loads(line) for line in told.readouterr().out.splitlines() if '"_aws"' in line]


def values(told: Told, channel: str | None) -> dict[str, list[float]]:
    """The figures of a channel, or of those that belong to none."""
    found: dict[str, list[float]] = {}
    for line in lines(told):
        assert line["Stage"] == "local"
        if line.get("Channel") == channel:
            (declared,) = line["_aws"]["CloudWatchMetrics"]
            dimensions = ["Stage"] if channel is None else ["Stage", "Channel"]
            assert (declared["Namespace"], declared["Dimensions"]) == (NAMESPACE, [dimensions])
            found |= {each["Name"]: line[each["Name"]] for each in declared["Metrics"]}
    return found


def test_all_figures_of_a_channel_are_in_one_line_with_its_dimensions(capsys: Told):
    sms, email = Channel.SMS, Channel.EMAIL
    told = [
        counted(Name.JOBS_STARTED, 3, channel=sms),
        Figure(Name.LATENESS, [5, 7], sms),
        counted(Name.JOBS_STARTED, 1, channel=email),
        counted(Name.TALLY_DRIFT, 0),
    ]
    tell(told, stage="prod")
    said = [
        {name: value for name, value in line.items() if name != "_aws"} for line in lines(capsys)
    ]

    assert said == [
        {"Stage": "prod", "Channel": "sms", "JobsStarted": [3], "LatenessMs": [5, 7]},
        {"Stage": "prod", "Channel": "email", "JobsStarted": [1]},
        {"Stage": "prod", "TallyDrift": [0]},
    ]


def test_a_long_distribution_takes_as_many_lines_as_it_needs(capsys: Told):
    late = list(range(2 * MOST_VALUES + 1))
    told = [Figure(Name.LATENESS, late, Channel.SMS), counted(Name.JOBS_STARTED, 9)]
    tell([*told, counted(Name.JOBS_STARTED, 9, channel=Channel.SMS)], stage="prod")
    said = [line for line in lines(capsys) if "Channel" in line]

    assert [value for line in said for value in line["LatenessMs"]] == late
    assert max(len(line["LatenessMs"]) for line in said) == MOST_VALUES
    assert [line["JobsStarted"] for line in said if "JobsStarted" in line] == [[9]]


def test_units_are_those_of_the_figures(capsys: Told):
    tell([counted(name, 1) for name in Name], stage="prod")
    (line,) = lines(capsys)
    units = {each["Name"]: each["Unit"] for each in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}

    assert units.pop("LatenessMs") == "Milliseconds"
    assert units.pop("SlotsUsed") == "Percent"
    assert units.pop("OldestDueSeconds") == "Seconds"
    assert set(units.values()) == {"Count"}


def test_nothing_to_tell_is_no_line(capsys: Told):
    tell([], stage="prod")

    assert capsys.readouterr().out == ""


def test_a_worker_tells_of_its_invocation(service: Service, capsys: Told):
    service.post("/api/schedule-sms", AN_SMS | {"delay": 0})
    service.work()

    assert values(capsys, "sms").keys() == {"JobsStarted", "SlotsUsed"}


def test_a_worker_without_jobs_tells_nothing(service: Service, capsys: Told):
    service.invoke("send_sms", recorded("sqs_batch"))

    assert lines(capsys) == []


def test_the_jobs_stream_tells_what_became_of_jobs(service: Service, capsys: Told):
    job, claimed = a_job(), a_claimed_job()
    done = claimed.record(an_outcome(200), at=NOON, wait=timedelta())
    service.invoke("tally", stream_event(a_record(None, job), a_record(claimed, done)))

    assert values(capsys, "sms") == {"JobsAccepted": [1], "JobsCompleted": [1], "LatenessMs": [0]}


def test_changes_that_are_not_counted_are_not_told(service: Service, capsys: Told):
    with (
        handling("dynamodb", "TransactWriteItems", an_error("AccessDeniedException")),
        pytest.raises(Exception, match="AccessDenied"),
    ):
        service.invoke("tally", stream_event(a_record(None, a_job())))

    assert lines(capsys) == []


def test_a_tick_tells_of_every_channel_though_all_is_well(service: Service, capsys: Told):
    service.invoke("rescue", recorded("rescue_tick"))
    said = capsys.readouterr().out
    sms = [json.loads(line) for line in said.splitlines() if '"sms"' in line]

    assert [line["CanariesLate"] for line in sms if "CanariesLate" in line] == [[0]]
    assert [line["OldestDueSeconds"] for line in sms if "OldestDueSeconds" in line] == [[0]]
    assert '"JobsRescued":[0.0],"BackendsDown":[0.0]' in said


def test_the_age_of_what_was_lost_is_told_by_its_channel(service: Service, capsys: Told):
    job_id = service.post("/api/schedule-sms", AN_SMS | {"delay": 0}).json_body["jobId"]
    service.place(job_id, datetime.now(UTC) - timedelta(minutes=5), handed_over=True)
    service.invoke("rescue", recorded("rescue_tick"))

    assert values(capsys, "sms")["OldestDueSeconds"][0] > 0


def test_a_queue_whose_canary_was_not_met_is_told_and_one_whose_worker_met_it_is_not(
    service: Service, capsys: Told, log: Log
):
    service.invoke("rescue", recorded("rescue_tick"))
    long_ago = datetime.now(UTC) - timedelta(seconds=30)
    _let_canaries_fly(long_ago)
    wiring.canaries().meet(Queue.SEND_SMS, visible_at=long_ago)
    wiring.canaries().meet(Queue.MY_QUEUE, visible_at=long_ago)
    capsys.readouterr()
    service.invoke("rescue", recorded("rescue_tick"))
    said = {
        line["Channel"]: line["CanariesLate"] for line in lines(capsys) if "CanariesLate" in line
    }
    stuck = log.lines("a queue is stuck: no worker met its canary")

    assert said == {"sms": [1], "email": [2], "general": [0]}
    assert [line["queue"] for line in stuck] == [
        "scheduled-sms-queue",
        "send-email-queue",
        "scheduled-email-queue",
    ]


def test_a_watch_that_fails_keeps_no_job_from_being_rescued(
    service: Service, capsys: Told, log: Log
):
    with handling("dynamodb", "UpdateItem", an_error("AccessDeniedException")):
        answer = service.invoke("rescue", recorded("rescue_tick"))

    assert answer == {"touched": 0}
    assert "CanariesLate" not in capsys.readouterr().out
    assert "nobody knows whether a queue is stuck" in log.text


def _let_canaries_fly(visible_at: datetime) -> None:
    """As if they had been sent so that they were visible then."""
    client("dynamodb").delete_item(
        TableName=settings().required("CONTROL_TABLE"), Key={"pk": {"S": "canaries"}}
    )
    wiring.canaries().release(visible_at=visible_at)
