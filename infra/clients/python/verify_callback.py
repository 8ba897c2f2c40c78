"""Checks that a callback or a webhook comes from the message queue: one file to copy, no packages.

Source: https://www.standardwebhooks.com/, the scheme `v1`.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping


class NotGenuineError(ValueError):
    """The message is not the queue's, or not of now; answer 401 and do nothing."""


def verify_callback(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Iterable[str],
    tolerance_s: float = 300,
    now_s: float | None = None,
) -> None:
    """Return where the message is genuine, else raise NotGenuineError.

    `body` is what came, byte by byte, before anything parsed it; `secrets` are all that are valid
    now, as `whsec_<base64>`. A message may come more than once: `webhook-id` tells.
    """
    named = {name.lower(): value.encode("utf-8", "replace") for name, value in headers.items()}
    try:
        said = [named[f"webhook-{part}"] for part in ("id", "timestamp", "signature")]
        age_s = (time.time() if now_s is None else now_s) - int(said[1])
    except (KeyError, ValueError) as error:
        raise NotGenuineError("The webhook headers are not there, or not readable") from error
    if abs(age_s) > tolerance_s:
        raise NotGenuineError(f"The message is {age_s:.0f} s old")
    right = [_signature(secret, b".".join([*said[:2], body])) for secret in secrets]
    found = [hmac.compare_digest(mine, each) for mine in right for each in said[2].split()]
    if not any(found):
        raise NotGenuineError("The signature does not match")


def _signature(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    if not key:
        raise ValueError("A secret is empty: everybody could sign with it")
    return b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
