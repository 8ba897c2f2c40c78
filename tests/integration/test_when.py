"""The ways to say when: what they come to, and what they are told where they cannot work."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.service import Json, Service
from tests.integration.test_field_faults import fault_paths
from tests.integration.test_scheduling import AN_SMS, scheduled

NOT_SAID = {name: value for name, value in AN_SMS.items() if name != "delay"}
NEXT_YEAR = datetime.now(UTC).year + 1


def due_at(service: Service, said: Json) -> datetime:
    return datetime.fromisoformat(scheduled(service, NOT_SAID | said)["scheduledFor"])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sendAt": "{}-12-01T09:00:00+11:00"}, "{}-11-30T22:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00Z"}, "{}-12-01T09:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00.250Z"}, "{}-12-01T09:00:00.250Z"),
        ({"sendAt": "{}-12-01T09:00"}, "{}-12-01T09:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00", "timezone": "Australia/Sydney"}, "{}-11-30T22:00:00Z"),
        ({"sendAt": "{}-12-01T09:00:00Z", "timezone": "Australia/Sydney"}, "{}-12-01T09:00:00Z"),
    ],
)
def test_an_instant_is_what_it_says(service: Service, said: Json, expected: str):
    said = said | {"sendAt": said["sendAt"].format(NEXT_YEAR)}

    assert due_at(service, said) == datetime.fromisoformat(expected.format(NEXT_YEAR))


def test_an_instant_that_has_passed_is_now(service: Service):
    before = datetime.now(UTC)
    job = scheduled(service, NOT_SAID | {"sendAt": "1999-01-01T00:00:00Z"})

    assert job["queue"] == "send-sms-queue"
    assert datetime.fromisoformat(job["scheduledFor"]) >= before - timedelta(milliseconds=1)


def test_a_campaign_s_day_and_time_are_there(service: Service):
    at = due_at(service, {"dayNumber": 2, "sendTime": "09:30:00", "timezone": "Asia/Kolkata"})

    assert (at.hour, at.minute) == (4, 0)
    assert timedelta(days=1) < at - datetime.now(UTC) < timedelta(days=3, hours=1)


@pytest.mark.parametrize("said", [{"delay": 0}, {"sendAt": "0001-01-01T00:00:00+14:00"}])
def test_what_is_due_at_once_is_now(service: Service, said: Json):
    assert scheduled(service, NOT_SAID | said)["queue"] == "send-sms-queue"


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"delay": 1, "sendAt": "2026-12-01T09:00:00Z"}, "sendAt"),
        ({"delay": 1, "dayNumber": 1, "sendTime": "09:00"}, "dayNumber"),
        ({"sendAt": "2026-12-01T09:00:00Z", "dayNumber": 1, "sendTime": "09:00"}, "dayNumber"),
        ({"dayNumber": 1}, "sendTime"),
        ({"dayNumber": 1, "sendTime": None}, "sendTime"),
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
                "2026-12-01T09:00:00z",
                "2026-12-01T09:00:00+25:00",
                "2026-12-01T09:00:00+24:00",
                "2026-12-01T09:00:00+05:60",
                "2026-12-01T09:00:00+0100",
                "2026-12-01T09:00:00 Z",
                "2026-12-01",
                "2026-12-01 09:00:00",
                "2026-12-01T9:00:00",
                "20261201T090000Z",
                "",
                "tomorrow",
                "2026-12-01T09:00:00.1234567Z",
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
            ],
            "(is out of range|must be in)",
        ),
        (
            "sendAt",
            ["2026-12-01T09:00:00+01:00[Europe/Berlin]", "2026-12-01T09:00:00[Europe/Berlin]"],
            "no zone in brackets",
        ),
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
        ("dayNumber", [1.0, 1.5, True, "1", [1]], "valid integer"),
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
