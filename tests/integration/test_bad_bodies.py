"""Bodies that are no JSON object of ours: a clear 4xx, and nothing is stored."""

import json

import pytest

from chalicelib.model.channel import Queue
from tests.integration.service import Service
from tests.integration.test_scheduling import AN_SMS, ROUTES

PATHS = [path for path, _, _ in ROUTES] + ["/api/schedule-sms/bulk", "/api/schedule-email/bulk"]


def with_metadata(text: str) -> bytes:
    """A valid SMS whose metadata holds this JSON, as it is written."""
    return json.dumps(AN_SMS | {"metadata": "HERE"}).replace('"HERE"', text).encode()


BROKEN = {
    "nothing": b"",
    "spaces": b"  \n ",
    "no JSON": b"phoneNumber=%2B1234567890",
    "half of it": json.dumps(AN_SMS).encode()[:-1],
    "two of them": json.dumps(AN_SMS).encode() * 2,
    "a trailing comma": b'{"a": 1,}',
    "single quotes": b"{'a': 1}",
    "a comment": b'{"a": 1} // hello',
    "a list": json.dumps([AN_SMS]).encode(),
    "a string": b'"phoneNumber"',
    "null": b"null",
    "not UTF-8": b'{"message": "\xff\xfe"}',
    "UTF-16": json.dumps(AN_SMS).encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(AN_SMS).encode(),
    "a duplicate key": b'{"message": "a", "message": "b"}',
    "a duplicate key deep inside": with_metadata('{"a": [{"b": 1, "b": 2}]}'),
    "NaN": with_metadata('{"a": NaN}'),
    "Infinity": with_metadata('{"a": [-Infinity]}'),
    "1e999": with_metadata('{"a": 1e999}'),
    "a number of 5,000 digits": with_metadata('{"a": ' + "9" * 5_000 + "}"),
    "half a surrogate pair": with_metadata('{"a": "\\ud83d"}'),
    "half a surrogate pair in a key": with_metadata('{"\\udc00": 1}'),
    "half a surrogate pair in a list": with_metadata('{"a": [["x", "\\ud83d"]]}'),
    "a list of half a surrogate pair": with_metadata('["\\ud83d"]'),
    "100,000 brackets": b"[" * 100_000,
    "100,000 brackets inside": with_metadata('{"a": ' + "[" * 100_000),
    "100,000 closed brackets": with_metadata('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    "65 levels": with_metadata('{"a":' * 65 + "1" + "}" * 65),
    "a control character": b'{"message": "a\nb"}',
}


@pytest.mark.parametrize("path", ["/api/schedule-sms", "/api/schedule-email/bulk"])
def test_a_body_that_cannot_be_read_is_refused(service: Service, path: str):
    for name, body in BROKEN.items():
        response = service.post(path, body)
        answer = response.json_body

        assert (response.status_code, answer["success"]) == (400, False), name
        assert (answer["code"], answer["errors"]) == ("malformed_json", []), name
        assert answer["message"].startswith("The body cannot be read: "), name
        assert len(answer["message"]) < 300, name
    assert service.items() == []


NOT_JSON = ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/json"]


@pytest.mark.parametrize("path", PATHS)
def test_what_is_not_declared_as_json_is_refused(service: Service, path: str):
    for content_type in NOT_JSON:
        response = service.post(path, AN_SMS, **{"Content-Type": content_type})

        assert response.status_code == 415
        assert response.json_body["code"] == "unsupported_media_type"
    assert service.items() == []


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;a=b"]
)
def test_json_may_be_declared_in_any_of_its_ways(service: Service, content_type: str):
    response = service.post("/api/schedule-sms", AN_SMS, **{"Content-Type": content_type})

    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_body_of_7_mb_is_refused(service: Service, path: str):
    response = service.post(path, AN_SMS | {"message": "x" * 7_000_000})

    assert (response.status_code, response.json_body["code"]) == (413, "too_large")
    assert service.items() == []


def test_64_levels_are_not_too_deep(service: Service):
    body = with_metadata('{"a":' * 63 + "1" + "}" * 63)

    assert service.post("/api/schedule-sms", body).status_code == 200


def test_a_message_that_fits_no_item_is_refused(service: Service):
    body = AN_SMS | {"metadata": {"a": "x" * 400_000}}
    response = service.post("/api/schedule-sms", body)

    assert response.status_code == 400
    assert "bytes" in response.json_body["errors"][0]["message"]
    assert service.items() == []


def test_the_largest_message_is_stored(service: Service):
    body = AN_SMS | {"delay": 0, "metadata": {"a": "x" * 389_000}}

    assert service.post("/api/schedule-sms", body).status_code == 200
    assert len(service.messages(Queue.SEND_SMS)) == 1
