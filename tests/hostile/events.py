"""Poison for the event edge: what a queue or a stream could bring that nobody of ours wrote."""

import json
from typing import Any

Json = dict[str, Any]

_ENVELOPE: Json = {
    "jobId": "01M8AVGSB5QP2T69VG9TF8VGZ7",
    "version": 1,
    "dueAt": "2026-01-01T00:00:00.000Z",
    "workspaceId": "w1",
}
_NOTICE: Json = {
    "jobId": "01M8AVGSB5QP2T69VG9TF8VGZ7",
    "version": 1,
    "workspaceId": "w1",
    "event": "failed",
    "queue": "send-sms-queue",
    "attempts": 1,
    "communicationId": "c1",
    "error": None,
    "happenedAt": "2026-11-26T00:00:00.000Z",
    "notBefore": "2026-01-01T00:00:00.000Z",
    "tries": 0,
    "turnedAway": 0,
}
_HALF = "half of a pair: \ud83d"
_NO_IDS: list[Any] = [None, "", " ", "*", "a#b", "a\nb", "ü", _HALF, "x" * 129, 7, True, [], {}]
_NO_INSTANTS: list[Any] = [
    *(None, "", "soon", 7, -1.5, True, [], {}, "2026-01-01", "2026-01-01T00:00:00"),
    *("2026-01-01T00:00:00.000+02:00", "9999-12-31T23:59:59.999-23:59", "0001-01-01T00:00+23:59"),
    *("2026-13-01T00:00:00.000Z", "2026-02-30T00:00:00.000Z", "x" * 100_000, _HALF),
]
_NO_NUMBERS: list[Any] = [None, "", "one", [], {}, "9" * 5_000]

#: Bodies that are no JSON object at all.
RUBBISH: dict[str, str] = {
    "nothing": "",
    "spaces": "  \n",
    "no JSON": "hello",
    "half of it": json.dumps(_ENVELOPE)[:-1],
    "a number": "7",
    "a number of 5,000 digits": "9" * 5_000,
    "a string": '"jobId"',
    "null": "null",
    "a list": "[]",
    "a list of one": json.dumps([_ENVELOPE]),
    "nested": "[" * 100_000,
    "nested in a field": '{"jobId": ' + '{"a":' * 100_000,
    "a byte order mark": "\ufeff" + json.dumps(_ENVELOPE),
    "zero bytes": "\x00" * 10,
}


def _spoilt(whole: Json, faults: dict[str, list[Any]]) -> dict[str, str]:
    """The message with each of its fields left out, and then each wrong in every way."""
    without = {
        f"no {name}": json.dumps({k: v for k, v in whole.items() if k != name}) for name in whole
    }
    return without | {
        f"{name} {json.dumps(value)[:24]}": json.dumps(whole | {name: value})
        for name, values in faults.items()
        for value in values
    }


ENVELOPES: dict[str, str] = RUBBISH | _spoilt(
    _ENVELOPE,
    {
        "jobId": _NO_IDS,
        "workspaceId": _NO_IDS,
        "dueAt": _NO_INSTANTS,
        "servedAt": [each for each in _NO_INSTANTS if each],
        "version": [*_NO_NUMBERS, float("inf"), float("nan")],
    },
)
NOTICES: dict[str, str] = RUBBISH | _spoilt(
    _NOTICE,
    {
        "jobId": _NO_IDS,
        "workspaceId": _NO_IDS,
        "communicationId": _NO_IDS,
        "happenedAt": _NO_INSTANTS,
        "notBefore": _NO_INSTANTS,
        "event": [None, "", "FAILED", "started", 1, [], {}],
        "queue": [None, "", "another-queue", 1, [], {}],
        "version": _NO_NUMBERS,
        "attempts": _NO_NUMBERS,
        "tries": [*_NO_NUMBERS, float("inf")],
        "turnedAway": _NO_NUMBERS,
    },
)
#: What has the form of a notice, and still cannot be posted: it goes back, and hurts no other.
UNPOSTABLE: dict[str, str] = {
    "half a character": json.dumps(_NOTICE | {"error": _HALF}),
    "an end of time": json.dumps(_NOTICE | {"happenedAt": "9999-12-31T23:59:59.999Z"}),
    "fewer tries than none": json.dumps(_NOTICE | {"tries": -100}),
}

_NO_ATTRIBUTES: list[Any] = [None, [], "x", 7, {}, {"N": "1"}, {"S": None}, {"S": 7}]
#: An image's attributes, each of a kind that `job_of` cannot read.
IMAGES: dict[str, list[Any]] = {
    "due_at": [*_NO_ATTRIBUTES, *({"S": each} for each in _NO_INSTANTS if isinstance(each, str))],
    "updated_at": [{"S": "2026-01-01"}],
    "completed_at": [{"S": "2026-01-01T00:00:00"}],
    "version": [*_NO_ATTRIBUTES[:5], {"N": "1e5"}, {"N": "9" * 5_000}, {"N": ""}, {"N": "NaN"}],
    "queue": [*_NO_ATTRIBUTES, {"S": "another-queue"}],
    "status": [*_NO_ATTRIBUTES, {"S": "PENDING"}],
    "priority": [*_NO_ATTRIBUTES, {"S": "urgent"}],
    "workspace_id": [[], "x", 7, {}, {"N": "1"}],
    "history": [
        {"S": text}
        for text in (
            *("", "x", "1", "[1]", "[[]]", '[{"n":1}]', '[{"n":1,"at":"2026-01-01"}]'),
            *('[{"n":1,"at":7}]', '[{"n":1,"at":"2026-01-01T00:00:00.000Z","kind":"x"}]'),
            *("[" * 100_000, '{"a":' * 100_000, "9" * 5_000),
        )
    ],
}
#: Instants of a stream record that no clock ever showed.
CLOCKS: list[Any] = [None, "", "x", [], {}, 1e20, -1e20, 1e308, float("inf"), float("nan"), 10**400]
