"""A signer whose secrets may change while the process lives."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from chalicelib.ports.webhooks import Signer


class RotatingSigner:
    """`ports.Signer` with the secrets of the last `renew`: signing itself asks nobody."""

    def __init__(
        self, secrets: Callable[[], Sequence[str]], signer_of: Callable[[Sequence[str]], Signer]
    ) -> None:
        self._secrets = secrets
        self._signer_of = signer_of
        self._known: tuple[str, ...] | None = None

    def renew(self) -> None:
        """Take the secrets as they are now; raises what is wrong with them."""
        known, self._known = self._known, None
        secrets = tuple(self._secrets())
        if secrets != known:
            self._signer = self._signer_of(secrets)
        self._known = secrets

    def headers(self, webhook_id: str, *, at: datetime, body: bytes) -> Mapping[str, str]:
        if self._known is None:
            self.renew()
        return self._signer.headers(webhook_id, at=at, body=body)
