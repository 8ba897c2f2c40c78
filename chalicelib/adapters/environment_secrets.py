"""Secrets from environment variables, for the local stage and for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.model.secret import Secret

_VARIABLES = {
    Secret.JWT: "JWT_SECRET",
    Secret.SIGNING: "SIGNING_SECRETS",
    Secret.BOARD: "BULL_BOARD_PASSWORD",
}


@dataclass(frozen=True, slots=True)
class EnvironmentSecrets:
    """`ports.SecretStore` of what a process was started with."""

    environment: Mapping[str, str] = field(repr=False)

    def get(self, secret: Secret) -> str | None:
        return self.environment.get(_VARIABLES[secret]) or None

    def place(self, secret: Secret) -> str:
        return f"the environment variable {_VARIABLES[secret]}"
