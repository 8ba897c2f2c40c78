"""What the service keeps secret, and what each must be like where strangers can reach it."""

import base64
from collections.abc import Callable
from enum import StrEnum
from typing import assert_never

from chalicelib.model.signing import PREFIX, secrets_of

#: RFC 7518, 3.2: an HS256 key has the size of the hash output or more.
SHORTEST_JWT_BYTES = 32
SHORTEST_PASSWORD_LENGTH = 12
#: A repeated word has fewer; random bytes, in hex or in base64, have more.
_FEWEST_DIFFERENT = 6
#: What manuals and samples say, without what stands between letters. Long enough not to stand
#: in random text.
_PLACEHOLDERS = (
    "123456789",
    "bullboard",
    "changeme",
    "changethis",
    "example",
    "jwtsecret",
    "mysecret",
    "password",
    "placeholder",
    "qwertyui",
    "replaceme",
    "replacethis",
    "supersecret",
    "your256bit",
    "yoursecret",
)


class Secret(StrEnum):
    """A secret, by its name in the store."""

    JWT = "jwt-secrets"
    SIGNING = "signing-secrets"
    BOARD = "bull-board-password"


def jwt_secrets_of(text: str) -> tuple[str, ...]:
    """The secrets of a comma-separated list, the newest first."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def fault_of(secret: Secret, text: str | None) -> str | None:
    """What is wrong with a secret's value, None: nothing; it never tells the value."""
    if text is None or not text.strip(" ,"):
        return "there is none"
    match secret:
        case Secret.JWT:
            return _fault_of_any(jwt_secrets_of(text), _fault_of_key)
        case Secret.SIGNING:
            return _fault_of_signing(text)
        case Secret.BOARD:
            return _fault_of_password(text)
        case _:
            assert_never(secret)


def _fault_of_any(
    secrets: tuple[str, ...], fault_of_one: Callable[[str], str | None]
) -> str | None:
    for number, each in enumerate(secrets, start=1):
        if fault := fault_of_one(each):
            return f"secret {number} of {len(secrets)} {fault}"
    return None


def _fault_of_key(text: str) -> str | None:
    if len(text.encode()) < SHORTEST_JWT_BYTES:
        return f"has fewer than {SHORTEST_JWT_BYTES} bytes"
    return _weakness_of(text)


def _fault_of_signing(text: str) -> str | None:
    try:
        secrets = secrets_of(text)
    except ValueError as error:
        return str(error)
    keys = [base64.b64decode(each.removeprefix(PREFIX)).hex() for each in secrets]
    return _fault_of_any(tuple(keys), _weakness_of)


def _fault_of_password(text: str) -> str | None:
    if len(text) < SHORTEST_PASSWORD_LENGTH:
        return f"it has fewer than {SHORTEST_PASSWORD_LENGTH} characters"
    weakness = _weakness_of(text)
    return weakness and f"it {weakness}"


def _weakness_of(text: str) -> str | None:
    letters = "".join(each for each in text.lower() if each.isalnum())
    if any(word in letters for word in _PLACEHOLDERS):
        return "is a placeholder, or made of one"
    if len(set(text)) < _FEWEST_DIFFERENT:
        return f"has fewer than {_FEWEST_DIFFERENT} different characters"
    return None
