"""The settings of a process, and the only reader of the environment.

A missing setting is named when it is first needed, never at import: `chalice package` imports
the app without any.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache

from chalicelib.errors import Misconfigured
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.endpoint import fault_of, fault_of_base
from chalicelib.model.notice import WAITS_S, waits_of
from chalicelib.model.webhook import fault_of as fault_of_webhook

_QUEUE_VARIABLES = {
    Queue.SEND_SMS: "SEND_SMS_QUEUE_URL",
    Queue.SCHEDULED_SMS: "SCHEDULED_SMS_QUEUE_URL",
    Queue.SEND_EMAIL: "SEND_EMAIL_QUEUE_URL",
    Queue.SCHEDULED_EMAIL: "SCHEDULED_EMAIL_QUEUE_URL",
    Queue.MY_QUEUE: "MY_QUEUE_URL",
}
_URL_VARIABLES = {
    Channel.SMS: "SMS_API_URL",
    Channel.EMAIL: "EMAIL_API_URL",
    Channel.GENERAL: "JOBS_API_URL",
}
_ENDPOINT_VARIABLES = {
    Channel.SMS: ("SMS_CALLBACK_ENDPOINT", "/send-sms"),
    Channel.EMAIL: ("EMAIL_CALLBACK_ENDPOINT", "/api/email/send"),
    Channel.GENERAL: ("JOBS_CALLBACK_ENDPOINT", "/jobs"),
}
SYMMETRIC = "HS256"
_ASYMMETRIC = ("RS256", "ES256")
_LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, by name."""

    environment: Mapping[str, str] = field(repr=False)

    def required(self, name: str) -> str:
        """A variable that must be there; Misconfigured where it is not."""
        value = self.environment.get(name, "").strip()
        if not value:
            message = f"the environment variable {name} is not set"
            raise Misconfigured(message)
        return value

    def optional(self, name: str, default: str = "") -> str:
        """A variable, or its default where it is absent or empty."""
        return self.environment.get(name, "").strip() or default

    def is_on(self, name: str) -> bool:
        """A variable that says `true`."""
        return self.optional(name).lower() == "true"

    def seconds(self, name: str, default_s: int) -> timedelta:
        """A variable that holds whole seconds."""
        text = self.optional(name, str(default_s))
        if not re.fullmatch(r"[0-9]{1,9}", text):
            message = f"{name} must be whole seconds, not {text[:40]!r}"
            raise Misconfigured(message)
        return timedelta(seconds=int(text))

    @property
    def stage(self) -> str:
        """local, dev or prod."""
        return self.optional("STAGE", _LOCAL)

    @property
    def is_deployed(self) -> bool:
        """Whether strangers can reach it: every stage but the local one."""
        return self.stage != _LOCAL

    def queue_url(self, queue: Queue) -> str:
        """The SQS queue of a queue."""
        return self.required(_QUEUE_VARIABLES[queue])

    def base_url(self, channel: Channel) -> str:
        """Where callbacks of a channel go, without a trailing slash."""
        name = _URL_VARIABLES[channel]
        default = self.optional("SMS_API_URL") if channel is Channel.GENERAL else ""
        url = (self.optional(name, default) or self.required(name)).rstrip("/")
        if fault := fault_of_base(url):
            raise Misconfigured(f"{name} {fault}")
        return url

    def callback_endpoint(self, channel: Channel) -> str:
        """The callback path of jobs that name none."""
        name, default = _ENDPOINT_VARIABLES[channel]
        endpoint = self.optional(name, default)
        if fault := fault_of(endpoint):
            message = f"{name} {fault}"
            raise Misconfigured(message)
        return endpoint

    @property
    def jwt_algorithm(self) -> str:
        """The one signature algorithm that tokens may use: with a secret, or with a JWKS."""
        algorithm = self.optional("JWT_ALGORITHM", SYMMETRIC)
        if algorithm not in {SYMMETRIC, *_ASYMMETRIC}:
            message = f"JWT_ALGORITHM must be {SYMMETRIC}, RS256 or ES256, not {algorithm!r}"
            raise Misconfigured(message)
        return algorithm

    @property
    def jwks_url(self) -> str:
        """Where the public keys of tokens are; https outside the local stage."""
        url = self.required("JWKS_URL")
        if not url.startswith("https://") and self.is_deployed:
            message = "JWKS_URL must be an https URL"
            raise Misconfigured(message)
        return url

    @property
    def failure_webhook_url(self) -> str | None:
        """Where failed jobs of workspaces without a webhook are told; https outside local."""
        url = self.optional("FAILURE_WEBHOOK_URL")
        allow_private = self.is_on("ALLOW_PRIVATE_CALLBACKS")
        if url and (fault := fault_of_webhook(url, allow_private=allow_private)):
            raise Misconfigured(f"FAILURE_WEBHOOK_URL {fault}")
        return url or None

    @property
    def webhook_waits_s(self) -> tuple[int, ...]:
        """Seconds between the tries of a webhook; from then on the last one."""
        text = self.optional("WEBHOOK_WAITS_S")
        try:
            return waits_of(text) if text else WAITS_S
        except ValueError as error:
            raise Misconfigured(f"WEBHOOK_WAITS_S {error}") from error

    @property
    def cors_origins(self) -> tuple[str, ...]:
        """Origins whose pages may call the API."""
        return tuple(o.strip() for o in self.optional("CORS_ORIGINS").split(",") if o.strip())


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings(environment=dict(os.environ))


def lambda_handler() -> str:
    """The function of app.py that this Lambda runs, by Lambda's own variable; empty elsewhere."""
    return os.environ.get("_HANDLER", "").rpartition(".")[2]


def serves_http() -> bool:
    """Whether this process answers requests: the API's Lambda, and whatever is no Lambda."""
    return lambda_handler() in {"", "app"}


def event_source(name: str, *, otherwise: str) -> str:
    """The ARN of an event source where `chalice deploy` is told it by a variable of that name."""
    return os.environ.get(name, otherwise)
