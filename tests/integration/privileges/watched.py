"""The service with each of its Lambdas watched: what they ask of AWS is written down by name."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from chalice.test import Client, HTTPResponse
from moto import mock_aws

from chalicelib.adapters import aws_clients
from chalicelib.model.secret import Secret
from tests.integration.backend import Backend
from tests.integration.privileges.recorder import Recorder
from tests.integration.privileges.roles import STACK, stack
from tests.integration.service import CHOSEN, Json, Service, forget, open_client, stack_environment

SECRETS = {
    Secret.JWT: CHOSEN["JWT_SECRET"],
    Secret.SIGNING: "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob",
    Secret.BOARD: CHOSEN["BULL_BOARD_PASSWORD"],
}
#: Its handler is app.app.
API = "app"


@dataclass(frozen=True)
class _Http:
    """The test client's HTTP side."""

    http: Any
    recorder: Recorder

    def __getattr__(self, method: str) -> Callable[..., HTTPResponse]:
        call = getattr(self.http, method)

        def watched(*args: Any, **named: Any) -> HTTPResponse:  # noqa: ANN401 - as the client's
            with self.recorder.running(API):
                return call(*args, **named)

        return watched


@dataclass(frozen=True)
class _Client:
    """The test client, as `Service` uses it."""

    http: Any


@dataclass(frozen=True)
class Watched(Service):
    """The service; only what its Lambdas do is written down, not what a scenario prepares."""

    recorder: Recorder

    def invoke(self, function: str, event: Json, *, context: object = None) -> Any:  # noqa: ANN401
        """Run a Lambda as AWS would."""
        with self.recorder.running(function):
            return super().invoke(function, event, context=context)


@contextmanager
def watched(backend: Backend, recorder: Recorder) -> Generator[Watched]:
    """The service over an AWS of its own."""
    backend.received.clear()
    backend.answers.clear()
    backend.takes_s.clear()
    timer_role = stack().resolved({"Fn::GetAtt": ["TimerRole", "Arn"]})
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for variable, value in stack_environment(backend):
            patch.setenv(variable, value)
        patch.setenv("TIMER_ROLE_ARN", timer_role)
        patch.setenv("STAGE", "prod")  # where secrets are in SSM
        patch.setenv("SECRETS_PATH", f"/{STACK}")
        patch.setenv("SECRETS_MAX_AGE_S", "0")
        forget()
        for secret, value in SECRETS.items():
            aws_clients.client("ssm").put_parameter(
                Name=f"/{STACK}/{secret}", Value=value, Type="SecureString"
            )
        client: Client = open_client()
        yield Watched(_Client(_Http(client.http, recorder)), backend, recorder)  # type: ignore[arg-type]
        forget()
