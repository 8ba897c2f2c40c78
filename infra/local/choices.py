"""What a run of the local cloud is told by its environment; the only reader of it here."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.layer import BUILD

#: Environment variable → the stack's parameter; those that are not set keep the stack's default.
_PARAMETERS = {
    "SMS_API_URL": "SmsApiUrl",
    "EMAIL_API_URL": "EmailApiUrl",
    "JOBS_API_URL": "JobsApiUrl",
    "SMS_CALLBACK_ENDPOINT": "SmsCallbackEndpoint",
    "EMAIL_CALLBACK_ENDPOINT": "EmailCallbackEndpoint",
    "JOBS_CALLBACK_ENDPOINT": "JobsCallbackEndpoint",
    "FAILURE_WEBHOOK_URL": "FailureWebhookUrl",
    "BULL_BOARD_USERNAME": "BullBoardUsername",
    "BULL_BOARD_PASSWORD": "BullBoardPassword",
    "JWT_ALGORITHM": "JwtAlgorithm",
    "JWKS_URL": "JwksUrl",
    "JWT_AUDIENCE": "JwtAudience",
    "JWT_ISSUER": "JwtIssuer",
    "OPEN_SCHEDULING": "OpenScheduling",
    "SQS_HORIZON_S": "SqsHorizonS",
    "TIMER_LEAD_S": "TimerLeadS",
    "SIGNING_SECRETS": "SigningSecrets",
    "CORS_ORIGINS": "CorsOrigins",
}
#: Only this machine reaches the local cloud: these may be known.
_LOCAL_DEFAULTS = {"BullBoardUsername": "admin", "BullBoardPassword": "admin"}
_DEFAULT_PORT = 8000
_LAST_PORT = 65535


@dataclass(frozen=True)
class Choices:
    """One run's settings."""

    port: int
    jwt_secret: str = field(repr=False)
    #: Where state survives a stop; None: it is gone with the process.
    state: Path | None
    #: What was chosen, by stack parameter.
    parameters: Mapping[str, str] = field(repr=False)

    @property
    def folder(self) -> Path:
        """Where this run keeps its package, logs and temporary files."""
        return BUILD / "local" / str(self.port)

    @property
    def needs_sample_backend(self) -> bool:
        """Whether somebody has to answer callbacks that nobody was named for."""
        return not {"SmsApiUrl", "EmailApiUrl"} <= self.parameters.keys()

    @property
    def is_scheduling_open(self) -> bool:
        """Whether the scheduling routes ask for no token."""
        return self.parameters.get("OpenScheduling") == "true"

    def stack_parameters(self, sample_backend_url: str | None) -> dict[str, str]:
        """The stack's parameters, the sample backend standing in for those not named."""
        backends = {"SmsApiUrl": sample_backend_url, "EmailApiUrl": sample_backend_url}
        return {
            **{name: url for name, url in backends.items() if url},
            **_LOCAL_DEFAULTS,
            **self.parameters,
            "Stage": "local",
            "JwtSecret": self.jwt_secret,
            "AllowPrivateCallbacks": "true",
        }


def read_choices(environ: Mapping[str, str]) -> Choices:
    """Read ``environ``, an empty variable as an absent one; SystemExit on a nonsensical port."""
    state = Path(environ["LOCAL_STATE"]).resolve() if environ.get("LOCAL_STATE") else None
    return Choices(
        port=_port(environ.get("PORT") or str(_DEFAULT_PORT)),
        jwt_secret=environ.get("JWT_SECRET") or _kept_secret(state),
        state=state,
        parameters={
            parameter: environ[name] for name, parameter in _PARAMETERS.items() if environ.get(name)
        },
    )


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= _LAST_PORT:
        return int(text)
    raise SystemExit(f"PORT must be a number from 1 to {_LAST_PORT}, not {text!r}.")


def _kept_secret(state: Path | None) -> str:
    if state is None:
        return secrets.token_urlsafe(32)
    path = state / "jwt-secret"
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii")
