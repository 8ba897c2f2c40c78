"""The public keys of whoever signs tokens: fetched from their JWKS, kept, and fetched rarely."""

from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any

import jwt
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError

from chalicelib.errors import RetryableError

#: How long a fetched set is used before it is fetched again.
LIFESPAN_S = 600
#: A token may name a key that we do not know: the set is fetched for it, at most this often.
COOLDOWN_S = 30
#: After a fetch that failed, nobody tries for so long.
PAUSE_S = 5
_TIMEOUT_S = 3


@dataclass
class JwksKeys:
    """Finds keys by the `kid` of a token."""

    url: str
    #: Seconds; a test has no time for a cool-down.
    cooldown_s: float = COOLDOWN_S
    pause_s: float = PAUSE_S
    lifespan_s: float = LIFESPAN_S

    def key_of(self, token: str) -> jwt.PyJWK:
        """The key that signed a token, as far as its header is true.

        A `jwt.PyJWTError` where there is no such key; RetryableError where none was ever fetched.
        """
        kid = jwt.get_unverified_header(token).get("kid")
        try:
            return self._client.get_signing_key(str(kid))
        except PyJWKClientConnectionError as error:
            message = "the JWKS of the tokens' issuer does not answer"
            raise RetryableError(message, delay_s=self.pause_s) from error

    @cached_property
    def _client(self) -> "_PatientClient":
        return _PatientClient(self)


class _PatientClient(jwt.PyJWKClient):
    """PyJWT's client, which also outlives an outage: with the keys it has, and without a rush."""

    def __init__(self, keys: JwksKeys) -> None:
        super().__init__(
            keys.url,
            lifespan=keys.lifespan_s,
            timeout=_TIMEOUT_S,
            cooldown_duration=keys.cooldown_s,
        )
        self._pause_s = keys.pause_s
        self._closed_until = 0.0
        self._last: jwt.PyJWKSet | None = None

    def fetch_data(self) -> Any:  # noqa: ANN401 - as PyJWT has it
        if monotonic() < self._closed_until:
            message = "the last fetch failed a moment ago"
            raise PyJWKClientConnectionError(message)
        try:
            return super().fetch_data()
        except (PyJWKClientError, jwt.PyJWTError, ValueError) as error:
            self._closed_until = monotonic() + self._pause_s
            raise PyJWKClientConnectionError(str(error)) from error

    def get_jwk_set(self, refresh: bool = False) -> jwt.PyJWKSet:  # noqa: FBT001, FBT002
        try:
            self._last = super().get_jwk_set(refresh)
        except PyJWKClientConnectionError:
            if self._last is None:
                raise
        return self._last
