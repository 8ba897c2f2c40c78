"""Bearer tokens verified by PyJWT: one pinned algorithm, and `exp` required."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jwt

from chalicelib.errors import Unauthenticated

#: Clocks of token makers may differ from ours by this.
LEEWAY_S = 10

_TIMES = ("exp", "nbf", "iat")
_DOES_NOT_HOLD = "The token does not hold: check its signature, algorithm, 'sub' and 'exp'."


@dataclass(frozen=True, slots=True)
class PyJwtTokens:
    """`ports.Tokens`; `keys_of` finds the keys that may have signed a token of the algorithm."""

    algorithm: str
    keys_of: Callable[[str], Sequence[Any]]
    audience: str | None = None
    issuer: str | None = None

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that holds.

        The algorithm is compared first: a token of another one never makes anybody fetch keys.
        """
        try:
            if jwt.get_unverified_header(token).get("alg") != self.algorithm:
                raise Unauthenticated(_DOES_NOT_HOLD)
            return self._verified(token)
        except jwt.ExpiredSignatureError as error:
            message = "The token has expired: get a new one."
            raise Unauthenticated(message, code="token_expired") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthenticated(_DOES_NOT_HOLD) from error

    def _verified(self, token: str) -> Mapping[str, Any]:
        """By the first key that fits: while a secret is rotated, there are two."""
        for key in self.keys_of(token):
            with suppress(jwt.InvalidSignatureError):
                claims = jwt.decode(
                    token,
                    key,
                    algorithms=[self.algorithm],
                    audience=self.audience,
                    issuer=self.issuer,
                    leeway=LEEWAY_S,
                    options={"require": ["exp", "sub"], "verify_aud": self.audience is not None},
                )
                return _with_numbers(claims)
        raise Unauthenticated(_DOES_NOT_HOLD)


def _with_numbers(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims, whose times are JSON numbers (RFC 7519, 2): PyJWT also reads `"1"` and `true`."""
    if not all(type(claims.get(name, 0)) in {int, float} for name in _TIMES):
        raise Unauthenticated(_DOES_NOT_HOLD)
    return claims
