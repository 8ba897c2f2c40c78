"""What a run of the local cloud is told by its environment; the only reader of it here."""

import base64
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from chalicelib.model.signing import PREFIX, secrets_of
from infra.layer import BUILD
from infra.local.addresses import addresses, loopback_origins

#: Environment variable → the stack's parameter; those that are not set keep the stack's default.
_PARAMETERS = {
    "SMS_API_URL": "SmsApiUrl",
    "EMAIL_API_URL": "EmailApiUrl",
    "JOBS_API_URL": "JobsApiUrl",
    "SMS_CALLBACK_ENDPOINT": "SmsCallbackEndpoint",
    "EMAIL_CALLBACK_ENDPOINT": "EmailCallbackEndpoint",
    "JOBS_CALLBACK_ENDPOINT": "JobsCallbackEndpoint",
    "FAILURE_WEBHOOK_URL": "FailureWebhookUrl",
    "WEBHOOK_WAITS_S": "WebhookWaitsS",
    "BULL_BOARD_USERNAME": "BullBoardUsername",
    "BULL_BOARD_PASSWORD": "BullBoardPassword",
    "JWT_ALGORITHM": "JwtAlgorithm",
    "JWKS_URL": "JwksUrl",
    "JWT_AUDIENCE": "JwtAudience",
    "JWT_ISSUER": "JwtIssuer",
    "OPEN_SCHEDULING": "OpenScheduling",
    "SQS_HORIZON_S": "SqsHorizonS",
    "TIMER_LEAD_S": "TimerLeadS",
    "CORS_ORIGINS": "CorsOrigins",
}
#: Only this machine reaches the local cloud, unless HOST says otherwise: these may be known.
_LOCAL_DEFAULTS = {"BullBoardUsername": "admin", "BullBoardPassword": "admin"}
_DEFAULT_PORT = 8000
_LAST_PORT = 65535


@dataclass(frozen=True)
class Choices:
    """One run's settings."""

    port: int
    #: Where the origin listens; the emulator never leaves 127.0.0.1.
    addresses: tuple[str, ...]
    jwt_secret: str = field(repr=False)
    #: Comma-separated, the newest first.
    signing_secrets: str = field(repr=False)
    #: Where state survives a stop; None: it is gone with the process.
    state: Path | None
    #: What was chosen, by stack parameter.
    parameters: Mapping[str, str] = field(repr=False)
    #: Whether the workers have processes before the first job comes.
    warms_up: bool = True
    #: Whether what is used of AWS is written down: infra/bench/cost.py prices it.
    records_calls: bool = False
    #: Whether AWS can be made to fail: infra/bench/faults.py does.
    has_faults: bool = False

    @property
    def folder(self) -> Path:
        """Where this run keeps its package, logs and temporary files."""
        return BUILD / "local" / str(self.port)

    @property
    def is_reachable(self) -> bool:
        """Whether other machines reach the origin."""
        return not all(ip_address(address).is_loopback for address in self.addresses)

    @property
    def board_access(self) -> tuple[str, str]:
        """The board's user name and password."""
        chosen = {**_LOCAL_DEFAULTS, **self.parameters}
        return chosen["BullBoardUsername"], chosen["BullBoardPassword"]

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
            "SigningSecrets": self.signing_secrets,
            "AllowPrivateCallbacks": "true",
        }


def read_choices(environ: Mapping[str, str]) -> Choices:
    """Read ``environ``, an empty variable as an absent one; SystemExit on what is nonsensical."""
    state = Path(environ["LOCAL_STATE"]).resolve() if environ.get("LOCAL_STATE") else None
    return Choices(
        port=_port(environ.get("PORT") or str(_DEFAULT_PORT)),
        addresses=addresses(environ.get("HOST", "")),
        jwt_secret=environ.get("JWT_SECRET") or _kept(state, "jwt-secret", make=_jwt_secret),
        signing_secrets=_signing_secrets(environ) or _kept(state, "signing-secret", make=_whsec),
        state=state,
        parameters=_parameters(environ),
        warms_up=environ.get("WARM_UP") != "false",
        records_calls=environ.get("RECORD_CALLS") == "true",
        has_faults=environ.get("AWS_FAULTS") == "true",
    )


def _parameters(environ: Mapping[str, str]) -> dict[str, str]:
    given = {_PARAMETERS[name]: environ[name] for name in _PARAMETERS if environ.get(name)}
    if origins := given.get("CorsOrigins"):
        given["CorsOrigins"] = loopback_origins(origins)
    return given


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) <= _LAST_PORT:
        return int(text)
    raise SystemExit(f"PORT must be a number from 1 to {_LAST_PORT}, not {text!r}.")


def _signing_secrets(environ: Mapping[str, str]) -> str:
    given = environ.get("SIGNING_SECRETS", "")
    try:
        return ",".join(secrets_of(given))
    except ValueError as error:
        raise SystemExit(f"SIGNING_SECRETS: {error}.") from error


def _jwt_secret() -> str:
    return secrets.token_urlsafe(32)


def _whsec() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _kept(state: Path | None, name: str, *, make: Callable[[], str]) -> str:
    """A secret that survives with the state, or is new each time."""
    if state is None:
        return make()
    path = state / name
    if not path.exists():
        state.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(make(), encoding="ascii")
    return path.read_text(encoding="ascii")
