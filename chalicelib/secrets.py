"""The secrets of a process as they are now, and the only place that they come out of.

Where strangers can reach the service, a secret that is missing or weak never gets out: what
needs it stops, with a sentence for whoever runs it.
"""

from dataclasses import dataclass

from chalicelib.errors import UnfitSecret
from chalicelib.model.secret import Secret, fault_of, jwt_secrets_of
from chalicelib.model.signing import secrets_of
from chalicelib.ports.access import SecretStore

_REMEDY = "python -m infra.secrets sets it, without a deployment (docs/secrets.md)"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Judges what the store says; in the local stage it takes what is there."""

    store: SecretStore
    is_deployed: bool

    def jwt(self) -> tuple[str, ...]:
        """The HS256 keys that tokens may be signed with, the newest first; locally the one."""
        if self.is_deployed:
            return jwt_secrets_of(self._strong(Secret.JWT))
        found = (self.store.get(Secret.JWT) or "").strip()
        if not found:
            raise UnfitSecret(f"{self.store.place(Secret.JWT)} is not set")
        return (found,)

    def signing(self) -> tuple[str, ...]:
        """What signs callbacks and webhooks, the newest first; locally there may be none."""
        if self.is_deployed:
            return secrets_of(self._strong(Secret.SIGNING))
        try:
            return secrets_of(self.store.get(Secret.SIGNING) or "")
        except ValueError as error:
            raise UnfitSecret(f"{self.store.place(Secret.SIGNING)}: {error}") from error

    def board_password(self) -> str:
        """The password of the Bull Board pages; spaces count. Locally it may be empty."""
        if self.is_deployed:
            return self._strong(Secret.BOARD)
        return self.store.get(Secret.BOARD) or ""

    def check(self, *secrets: Secret) -> None:
        """UnfitSecret with all that is wrong with these, where something is."""
        if not self.is_deployed:
            return
        told = [(each, fault_of(each, self.store.get(each))) for each in secrets]
        faults = [f"{self.store.place(each)}: {fault}" for each, fault in told if fault]
        if faults:
            raise UnfitSecret("; ".join([*faults, _REMEDY]))

    def _strong(self, secret: Secret) -> str:
        text = self.store.get(secret) or ""
        if fault := fault_of(secret, text):
            raise UnfitSecret(f"{self.store.place(secret)}: {fault}; {_REMEDY}")
        return text
