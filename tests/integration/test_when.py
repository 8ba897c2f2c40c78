"""The ways to say when: what they come to, and what they are told where they cannot work."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from chalice.test import HTTPResponse

from chalicelib.model.instant import to_iso
from tests.integration.service import Json, Service
from tests.integration.test_field_faults import fault_paths
from tests.integration.test_scheduling import AN_SMS, scheduled

NOT_SAID = {name: value for name, value in AN_SMS.items() if name != "delay"}
#: What a client sends that lost the time.
NULLS = ["delay", "sendAt", "dayNumber", "sendTime"]
NEXT_YEAR = datetime.now(UTC).year + 1


def faults_of(response: HTTPResponse) -> list[Json]:
    """The faults that an answer lists."""
    assert response.status_code == 400, response.body
    return response.json_body["errors"]


def due_at(service: Service, said: Json) -> datetime:
    return datetime.fromisoformat(scheduled(service, NOT_SAID | said)["scheduledFor"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sendAt": "{}-12-01T09:00:00+11:00"}, "{}-11-30T22:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00Z"}, "{}-12-01T09:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00.250Z"}, "{}-12-01T09:00:00.250Z"),
        ({"sendAt": "{}-12-01T09:00:00.123456789Z"}, "{}-12-01T09:00:00.124Z"),
        ({"sendAt": "{}-12-01T09:00:00.123000000000Z"}, "{}-12-01T09:00:00.123Z"),
        ({"sendAt": "{}-12-01T09:00:00.0000000001Z"}, "{}-12-01T09:00:00.001Z"),
        ({"sendAt": "{}-12-01T09:00:00.9990001Z"}, "{}-12-01T09:00:01Z"),
        ({"sendAt": "{}-12-01T09:00:00.5z"}, "{}-12-01T09:00:00.500Z"),
        ({"sendAt": "{}-12-01T09:00:00z"}, "{}-12-01T09:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00+0000"}, "{}-12-01T09:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00-0530"}, "{}-12-01T14:30:00Z"),
        ({"sendAt": "{}-12-01T09:00"}, "{}-12-01T09:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00", "timezone": "Australia/Sydney"}, "{}-11-30T22:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00Z", "timezone": "Australia/Sydney"}, "{}-12-01T09:00:00Z"),
    ],
)
def test_an_instant_is_what_it_says(service: Service, said: Json, expected: str):
    said = said | {"sendAt": said["sendAt"].format(NEXT_YEAR)}

    assert due_at(service, said) == datetime.fromisoformat(expected.format(NEXT_YEAR))


def test_an_instant_that_has_just_passed_is_now(service: Service):
    before = datetime.now(UTC)
    just_now = to_iso(before - timedelta(minutes=4, seconds=50))
    job = scheduled(service, NOT_SAID | {"sendAt": just_now})

    assert job["queue"] == "send-sms-queue"
    assert datetime.fromisoformat(job["scheduledFor"]) >= before - timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "said",
    [
        {"sendAt": "1999-01-01T00:00:00Z"},
        {"sendAt": "0001-01-01T00:00:00+14:00"},
        {"sendAt": "0001-01-01T00:00:00", "timezone": "Australia/Sydney"},
        {"sendAt": "2025-12-01T09:00:00", "timezone": "America/New_York"},
        {"sendAt": to_iso(datetime.now(UTC) - timedelta(minutes=5, seconds=1))},
    ],
)
def test_a_date_of_the_past_is_refused(service: Service, said: Json):
    response = service.post("/api/schedule-sms", NOT_SAID | said)

    assert [(each["path"], each["code"]) for each in faults_of(response)] == [
        ("sendAt", "in_the_past")
    ]
    assert service.items() == []


def test_a_campaign_s_day_and_time_are_there(service: Service):
    at = due_at(service, {"dayNumber": 2, "sendTime": "09:30:00", "timezone": "Asia/Kolkata"})

    assert (at.hour, at.minute) == (4, 0)
    assert timedelta(days=1) < at - datetime.now(UTC) < timedelta(days=3, hours=1)


@pytest.mark.parametrize("delay", [0, 0.0])
def test_what_is_due_at_once_is_now(service: Service, delay: float):
    assert scheduled(service, NOT_SAID | {"delay": delay})["queue"] == "send-sms-queue"


def test_a_whole_number_may_be_written_with_a_point(service: Service):
    before = datetime.now(UTC)

    assert due_at(service, {"delay": 6e7}) >= before + timedelta(milliseconds=60_000_000)


@pytest.mark.parametrize("name", NULLS)
def test_a_time_that_is_null_is_refused(service: Service, name: str):
    response = service.post("/api/schedule-sms", NOT_SAID | {name: None})

    assert [(each["path"], each["message"][:16]) for each in faults_of(response)] == [
        (name, "must not be null")
    ]


def test_a_zone_that_is_null_is_the_workspace_s(service: Service):
    assert service.post("/api/schedule-sms", NOT_SAID | {"timezone": None}).status_code == 200


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"delay": 1, "sendAt": "2026-12-01T09:00:00Z"}, "sendAt"),
        ({"delay": 1, "dayNumber": 1, "sendTime": "09:00"}, "dayNumber"),
        ({"sendAt": "2026-12-01T09:00:00Z", "dayNumber": 1, "sendTime": "09:00"}, "dayNumber"),
        ({"dayNumber": 1}, "sendTime"),
        ({"sendTime": "09:00"}, "dayNumber"),
        ({"sendAt": "2099-12-01T09:00:00Z"}, "sendAt"),
        ({"sendAt": "9999-12-31T23:59:59-23:59"}, "sendAt"),
        ({"sendAt": "9999-12-31T23:59:59", "timezone": "Pacific/Honolulu"}, "sendAt"),
        ({"dayNumber": 3653, "sendTime": "23:59:59", "timezone": "Etc/GMT+12"}, "dayNumber"),
    ],
)
def test_what_cannot_work_is_refused(service: Service, said: Json, path: str):
    response = service.post("/api/schedule-sms", NOT_SAID | said)

    assert fault_paths(response) == [path]
    assert service.items() == []


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        (
            "sendAt",
            [
                "2026-12-01T09:00:00+25:00",
                "2026-12-01T09:00:00+24:00",
                "2026-12-01T09:00:00+05:60",
                "2026-12-01T09:00:00+01",
                "2026-12-01T09:00:00.Z",
                "2026-12-01T09:00.5Z",
                "2026-12-01T09:00:00 Z",
                "2026-12-01",
                "2026-12-01 09:00:00",
                "2026-12-01T9:00:00",
                "20261201T090000Z",
                "",
                "tomorrow",
                "2026-12-01T09:00:00Z\n",
            ],
            "must be an ISO 8601 time such as '2026-12-01T09:00:00Z'",
        ),
        (
            "sendAt",
            [
                "0000-01-01T00:00:00Z",
                "2027-02-29T09:00:00Z",
                "2026-12-01T24:00:00Z",
                "2026-12-01T09:00:60Z",
                "2026-13-01T09:00:00Z",
                "2026-04-31T09:00:00Z",
                "9999-12-31T23:59:59.9991Z",
            ],
            "(is out of range|must be in|out of range)",
        ),
        (
            "sendAt",
            ["2026-12-01T09:00:00+01:00[Europe/Berlin]", "2026-12-01T09:00:00[Europe/Berlin]"],
            "no zone in brackets",
        ),
        ("sendAt", [1796115600, 1796115600000, 1.5, True], "an ISO time, not a number"),
        ("sendAt", [[], {}], "must be an ISO 8601 time"),
        (
            "timezone",
            [
                "europe/berlin",
                "EUROPE/BERLIN",
                "Europe/Berlin ",
                "Berlin",
                "+01:00",
                "UTC+1",
                "",
                "localtime",
                "Factory",
                "posixrules",
                "right/UTC",
                "../UTC",
                "/etc/localtime",
            ],
            "use an IANA name such as 'Europe/Berlin'",
        ),
        ("dayNumber", [-1], "greater than or equal to 0"),
        ("dayNumber", [3654, 10**30], "less than or equal to 3653"),
        ("dayNumber", [True, "1", [1]], "valid integer"),
        ("dayNumber", [1.5], "whole days"),
        (
            "sendTime",
            [
                "24:00:00",
                "09:30:60",
                "09:60",
                "9:30",
                "09:30:00.5",
                "09:30:00Z",
                "",
                "09:30\n",
                "\N{ARABIC-INDIC DIGIT ZERO}9:30",
                "09:30 am",
            ],
            "must be a time of day such as '09:30:00'",
        ),
        ("sendTime", [930, True], "valid string"),
        ("delay", [59999.8], "whole milliseconds"),
        ("delay", [-1], "greater than or equal to 0"),
        ("delay", [10**20], "less than or equal to 315619200000"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_what_would_do(
    service: Service, name: str, values: list[object], said: str
):
    whole = {"dayNumber": 1, "sendTime": "09:00"} if name in {"dayNumber", "sendTime"} else {}
    for value in values:
        response = service.post("/api/schedule-sms", NOT_SAID | whole | {name: value})

        assert response.status_code == 400
        [fault] = response.json_body["errors"]
        assert fault["path"] == name
        assert re.search(said, fault["message"]), (value, fault["message"])


def test_a_fault_in_a_bulk_is_named_by_its_message(service: Service):
    messages = [
        NOT_SAID,
        NOT_SAID | {"sendAt": "2099-12-01T09:00:00Z"},
        NOT_SAID | {"dayNumber": 1},
    ]
    body = {"workspaceId": NOT_SAID["workspaceId"], "messages": messages}
    response = service.post("/api/schedule-sms/bulk", body)

    assert fault_paths(response) == ["messages.1.sendAt", "messages.2.sendTime"]


def test_the_furthest_delay_is_accepted(service: Service):
    furthest_ms = 3652 * 24 * 3600 * 1000

    assert due_at(service, {"delay": furthest_ms}) > datetime.now(UTC) + timedelta(days=3651)
