"""Reads request bodies: strict JSON, with every way of being wrong named."""

import json
import math
from typing import Any, cast

from chalice.app import Request

from chalicelib.errors import InvalidRequest, NotJson, TooLarge
from chalicelib.web.http_request import header, raw_body

#: A Lambda event holds 6 MB (AWS Lambda quotas); API Gateway's envelope needs some of it.
MAX_BODY_BYTES = 5_900_000
MAX_DEPTH = 64


def json_object(request: Request) -> dict[str, Any]:
    """The request's JSON object; NotJson, TooLarge or InvalidRequest where it is none."""
    declared = (header(request, "content-type") or "").partition(";")[0].strip().lower()
    if declared != "application/json":
        message = "Send the body as JSON, with the header 'Content-Type: application/json'."
        raise NotJson(message)
    try:
        raw = raw_body(request)
    except ValueError as error:
        raise _malformed("it is not the base64 that it is said to be") from error
    if len(raw) > MAX_BODY_BYTES:
        message = f"The body has {len(raw):,} bytes; at most {MAX_BODY_BYTES:,} fit: send less."
        raise TooLarge(message)
    return _parsed(raw)


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode("utf-8")
        body: Any = json.loads(
            text,
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_such_number,
            parse_float=_finite,
        )
    except RecursionError:
        raise _malformed(f"it is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise _malformed(str(error)) from error
    if not isinstance(body, dict):
        raise _malformed("it must be a JSON object, such as {…}")
    whole = cast("dict[str, Any]", body)
    if is_deeper_than(whole, MAX_DEPTH):
        raise _malformed(f"it is nested deeper than {MAX_DEPTH} levels")
    if _holds_half_characters(text, whole):
        raise _malformed("a text in it holds half of a surrogate pair, which is no character")
    return whole


def is_deeper_than(value: object, levels: int) -> bool:
    """Whether objects and arrays are nested more than so many levels."""
    layer: list[Any] = [value]
    for _ in range(levels + 1):
        layer = [child for node in layer for child in _children(node)]
        if not layer:
            return False
    return True


def _children(node: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    inside = cast("dict[str, Any]", node).values() if isinstance(node, dict) else node
    return [child for child in inside if isinstance(child, (dict, list))]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    met: set[str] = set()
    for name, _ in pairs:
        if name in met:
            message = f"the key {name[:100]!r} stands twice in one object"
            raise ValueError(message)
        met.add(name)
    return found


def _holds_half_characters(text: str, body: object) -> bool:
    """Whether a string is no text, because an escape left half of a surrogate pair in it."""
    if "\\ud" not in text.lower():
        return False
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _no_such_number(name: str) -> float:
    message = f"{name} is no JSON number"
    raise ValueError(message)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        message = f"the number {digits[:40]} is out of range"
        raise ValueError(message)
    return number


def _malformed(why: str) -> InvalidRequest:
    return InvalidRequest(f"The body cannot be read: {why}.", code="malformed_json")
