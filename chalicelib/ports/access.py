"""Who may do what in which workspace, and who did."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from chalicelib.model.audit import AuditEntry
from chalicelib.model.secret import Secret
from chalicelib.model.workspace import WorkspaceSettings


class Tokens(Protocol):
    """Verifies bearer tokens."""

    def claims(self, token: str) -> Mapping[str, Any]:
        """The claims of a token that holds, `sub` and `exp` among them; else Unauthenticated."""
        ...


class SecretStore(Protocol):
    """Keeps secrets."""

    def get(self, secret: Secret) -> str | None:
        """The value as it is, or was a short while ago; None where there is none.

        RetryableError where the store has never answered, UnfitSecret where it refuses to.
        """
        ...

    def place(self, secret: Secret) -> str:
        """Where a person finds it, such as "the SSM parameter /queue/jwt-secrets"."""
        ...


class Workspaces(Protocol):
    """What workspaces have chosen."""

    def get(self, workspace_id: str) -> WorkspaceSettings:
        """Its settings as they are now; the defaults where it has chosen nothing."""
        ...

    def put(self, workspace_id: str, chosen: WorkspaceSettings) -> None:
        """Replace its settings."""
        ...


class AuditTrail(Protocol):
    """Every act that changes something, of every workspace."""

    def begin(self, entry: AuditEntry) -> None:
        """Write down what is about to be done; where this fails, it must not be done."""
        ...

    def end(self, entry: AuditEntry) -> None:
        """Complete an entry with what came of the act."""
        ...

    def page(
        self, workspace_id: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[AuditEntry], str | None]:
        """Entries behind a place, newest first, and where the next page begins (None: nowhere)."""
        ...
