"""Each field's faults: named by their path, all at once, and nothing is stored."""

from typing import Any

import pytest

from tests.integration.service import Json, Service
from tests.integration.test_scheduling import A_JOB, AN_EMAIL, AN_SMS

LEFT_OUT = object()
FURTHEST_MS = 3653 * 24 * 3600 * 1000

NO_TEXT: list[Any] = [LEFT_OUT, None, "", 7, 1.5, True, [], {}, ["a"], {"a": "b"}]
NO_ID: list[Any] = [*NO_TEXT, " ", "-a", "a b", "a#b", "a/b", "ä", "a\n", "x" * 129]

SMS_FAULTS: dict[str, list[Any]] = {
    "phoneNumber": [
        *NO_TEXT,
        "1234567890",
        "+0234567890",
        "+1",
        "+1234567890123456",
        "+1 234 567 890",
        "+1234567890\n",
        "+\N{ARABIC-INDIC DIGIT ONE}234567890",
        "+123456789x",
        "tel:+1234567890",
    ],
    "message": [*NO_TEXT, "x" * 10_001],
    "contactId": NO_ID,
    "workspaceId": NO_ID,
}
EMAIL_FAULTS: dict[str, list[Any]] = {
    "to": [
        *NO_TEXT,
        "recipient",
        "@example.com",
        "recipient@",
        "recipient@example",
        "a@b@example.com",
        "a b@example.com",
        "a@example..com",
        "a@-example.com",
        "Name <a@example.com>",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com,b@example.com",
        "a" * 250 + "@example.com",
    ],
    "subject": [*NO_TEXT, "a\nb", "a\r\nBcc: b@example.com", "\u0000", "x" * 999],
    "html": [*NO_TEXT, "x" * 350_001],
    "contactId": NO_ID,
    "workspaceId": NO_ID,
}
JOB_FAULTS: dict[str, list[Any]] = {
    "workspaceId": NO_ID,
    "callbackEndpoint": ["", "x", 7, "//evil.example", "http://evil.example/", "/../x"],
    "contactId": [7, "", "a b"],
}
COMMON_FAULTS: dict[str, list[Any]] = {
    "delay": [None, -1, 1.5, "60000", True, [], {}, 2**53, 2**63, 10**30, FURTHEST_MS + 1],
    "maxAttempts": [0, 11, -1, 2.5, "3", None, True],
    "priority": ["urgent", "HIGH", "", 1, None, []],
    "metadata": ["a", 1, [], [{}], True],
    "communicationId": ["", 7, "a b", "x" * 129],
    "sendAt": [
        None,
        "",
        "soon",
        7,
        "2026-12-01",
        "2026-13-01T09:00:00Z",
        "2026-12-01T09:00:00+25:00",
    ],
    "timezone": ["Mars/Phobos", "", "../../etc/passwd", "/etc/localtime", "EST+5", 7, "x" * 10_000],
    "dayNumber": [None, -1, 1.5, "1", 3654, 2**63],
    "sendTime": [None, "9:00", "24:00:00", "09:60", "", 9, "09:00:00Z", "0٩:00"],
}

CASES = [
    pytest.param(path, usual, field, values, id=f"{path[5:]}-{field}")
    for path, usual, faults in [
        ("/api/schedule-sms", AN_SMS, SMS_FAULTS | COMMON_FAULTS),
        ("/api/schedule-email", AN_EMAIL, EMAIL_FAULTS),
        ("/api/jobs", A_JOB, JOB_FAULTS),
    ]
    for field, values in faults.items()
]


HOSTILE_ENDPOINTS = [
    "send-sms",
    "http://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "/@evil.example",
    "/a/../b",
    "/%2e%2e/b",
    "/%252e%252e/b",
    "/%c0%ae%c0%ae/b",
    "/a\r\nHost: evil.example",
    "/a#b",
    "/ä",
    "",
    7,
    ["/send-sms"],
]


def changed(body: Json, field: str, value: object) -> Json:
    """The body with another value in one field, or without the field."""
    without = {name: each for name, each in body.items() if name != field}
    return without if value is LEFT_OUT else without | {field: value}


def fault_paths(response: Any) -> list[str]:  # noqa: ANN401 - chalice's response
    """Where the faults are, after a look at the answer's shape."""
    answer = response.json_body
    assert (response.status_code, answer["success"]) == (400, False), answer
    assert answer["code"] == "invalid_request"
    assert all(set(fault) == {"path", "message"} for fault in answer["errors"])
    assert all(0 < len(fault["message"]) < 300 for fault in answer["errors"])
    return [fault["path"] for fault in answer["errors"]]


@pytest.mark.parametrize(("path", "usual", "field", "values"), CASES)
def test_every_fault_of_a_field_is_named(
    service: Service, path: str, usual: Json, field: str, values: list[Any]
):
    for value in values:
        found = fault_paths(service.post(path, changed(usual, field, value)))

        assert {each.partition(".")[0] for each in found} & {field, "delay"}, value
    assert service.items() == []


@pytest.mark.parametrize(("path", "usual"), [("/api/schedule-sms", AN_SMS), ("/api/jobs", A_JOB)])
def test_a_hostile_callback_endpoint_in_metadata_is_refused(
    service: Service, path: str, usual: Json
):
    for endpoint in HOSTILE_ENDPOINTS:
        body = usual | {"metadata": {"callbackEndpoint": endpoint}}

        assert fault_paths(service.post(path, body)) == ["metadata"], endpoint
    assert service.items() == []


def test_all_faults_come_at_once(service: Service):
    body = {"phoneNumber": "1", "message": "", "delay": -1, "priority": "x", "timezone": "x"}
    paths = fault_paths(service.post("/api/schedule-sms", body))

    assert sorted(paths) == [
        "contactId",
        "delay",
        "message",
        "phoneNumber",
        "priority",
        "timezone",
        "workspaceId",
    ]
    assert service.items() == []


def test_an_empty_object_lacks_every_required_field(service: Service):
    assert sorted(fault_paths(service.post("/api/schedule-email", {}))) == [
        "contactId",
        "html",
        "subject",
        "to",
        "workspaceId",
    ]


def test_a_field_that_nobody_knows_is_left_aside(service: Service):
    assert service.post("/api/schedule-sms", AN_SMS | {"colour": "red"}).status_code == 200


def a_bulk(**changes: object) -> Json:
    return {"workspaceId": "w1", "defaults": AN_SMS, "messages": [{}]} | changes


def test_every_bad_message_of_a_bulk_is_listed_by_its_index(service: Service):
    messages: list[object] = [{} for _ in range(50)]
    messages[3] = {"phoneNumber": "1", "message": ""}
    messages[7] = "no object"
    messages[49] = {"delay": -1}
    response = service.post("/api/schedule-sms/bulk", a_bulk(messages=messages))

    assert sorted(fault_paths(response)) == [
        "messages.3.message",
        "messages.3.phoneNumber",
        "messages.49.delay",
        "messages.7",
    ]
    assert service.items() == []


def test_a_bulk_is_of_one_workspace(service: Service):
    mine = {name: value for name, value in AN_SMS.items() if name != "workspaceId"}
    body = a_bulk(defaults=mine, messages=[{}, {"workspaceId": "w2"}])
    response = service.post("/api/schedule-sms/bulk", body)

    assert fault_paths(response) == ["messages.1.workspaceId"]
    assert service.items() == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": [{}] * 5001}, "messages"),
        ({"defaults": []}, "defaults"),
        ({"defaults": "x"}, "defaults"),
        ({"defaults": False}, "defaults"),
        ({"workspaceId": None}, "workspaceId"),
        ({"workspaceId": 7}, "workspaceId"),
    ],
)
def test_a_bulk_has_a_frame(service: Service, changes: Json, path: str):
    response = service.post("/api/schedule-sms/bulk", a_bulk(**changes))

    assert path in fault_paths(response)
    assert service.items() == []
