"""The ways to say when: what they come to, and what they are told where they cannot work."""

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


@pytest.mark.parametrize(
    "said",
    [
        {"delay": 1, "sendAt": "2026-12-01T09:00:00Z"},
        {"delay": 1, "dayNumber": 1, "sendTime": "09:00"},
        {"sendAt": "2026-12-01T09:00:00Z", "dayNumber": 1, "sendTime": "09:00"},
        {"dayNumber": 1},
        {"sendTime": "09:00"},
        {"sendAt": "2099-12-01T09:00:00Z"},
        {"sendAt": "9999-12-31T23:59:59-23:59"},
        {"sendAt": "9999-12-31T23:59:59", "timezone": "Pacific/Honolulu"},
    ],
)
def test_what_cannot_work_is_refused(service: Service, said: Json):
    response = service.post("/api/schedule-sms", NOT_SAID | said)

    assert fault_paths(response) == ["delay"]
    assert service.items() == []


def test_the_furthest_delay_is_accepted(service: Service):
    furthest_ms = 3652 * 24 * 3600 * 1000

    assert due_at(service, {"delay": furthest_ms}) > datetime.now(UTC) + timedelta(days=3651)
