"""The `Idempotency-Key` of a request, and what an answer says of it."""

import re

from chalice.app import Request

from chalicelib.errors import Fault, InvalidRequest
from chalicelib.flow.schedule_once import Receipt
from chalicelib.model.idempotency import KEY_PATTERN, LONGEST_KEY
from chalicelib.web.http_request import header

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"


def key_of(request: Request) -> str | None:
    """The request's key, None where it has none; InvalidRequest where it cannot be one."""
    key = header(request, KEY_HEADER)
    if key is None:
        return None
    key = key.strip(" \t")  # no part of a header's value (RFC 9110, 5.5)
    if len(key) > LONGEST_KEY or not re.fullmatch(KEY_PATTERN, key):
        said = f"must be 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID"
        message = "The Idempotency-Key cannot be used; see errors. Nothing was scheduled."
        raise InvalidRequest(message, faults=(Fault(KEY_HEADER, said),))
    return key


def replay_headers(receipt: Receipt) -> dict[str, str]:
    """Says of an answer that it was given before; nothing where it was not."""
    return {REPLAYED_HEADER: "true"} if receipt.is_replay else {}
