"""Signing secrets, as the Standard Webhooks specification writes them."""

import base64
import binascii

PREFIX = "whsec_"
#: Bytes of a secret (Standard Webhooks specification, "Signature scheme").
SHORTEST_BYTES, LONGEST_BYTES = 24, 64


def secrets_of(text: str) -> tuple[str, ...]:
    """The secrets of a comma-separated list, the newest first; ValueError where one is none.

    The error tells which one is wrong, never what it is.
    """
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for number, secret in enumerate(found, start=1):
        if not _is_secret(secret):
            raise ValueError(
                f"secret {number} of {len(found)} must be '{PREFIX}' and the base64 of "
                f"{SHORTEST_BYTES} to {LONGEST_BYTES} random bytes, such as "
                f"echo {PREFIX}$(openssl rand -base64 32) prints"
            )
    return found


def _is_secret(text: str) -> bool:
    if not text.startswith(PREFIX):
        return False
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return SHORTEST_BYTES <= len(key) <= LONGEST_BYTES
