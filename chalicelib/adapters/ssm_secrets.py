"""Secrets from SSM's Parameter Store, kept for a while (docs/decisions/0015-secrets.md)."""

from dataclasses import dataclass, field
from functools import cached_property
from time import monotonic
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws_clients import client, error_code, in_our_words
from chalicelib.errors import OperatorError, RetryableError, UnfitSecret
from chalicelib.model.secret import Secret

#: What was not there, or did not answer, is not asked for again for so long.
PAUSE_S = 15


@dataclass
class SsmSecrets:
    """`ports.SecretStore`: a SecureString for each secret, under the stack's path.

    An outage of SSM is outlived with the values at hand.
    """

    path: str
    max_age_s: int
    #: Seconds; a test has no time for a pause.
    pause_s: float = PAUSE_S
    _known: dict[Secret, str | None] = field(
        default_factory=dict[Secret, str | None], init=False, repr=False
    )
    _paused_until_s: dict[Secret, float] = field(
        default_factory=dict[Secret, float], init=False, repr=False
    )

    def get(self, secret: Secret) -> str | None:
        if monotonic() >= self._paused_until_s.get(secret, 0.0):
            self._ask(secret)
        if secret in self._known:
            return self._known[secret]
        raise RetryableError(f"{self.place(secret)}: SSM did not answer", delay_s=self.pause_s)

    def place(self, secret: Secret) -> str:
        return f"the SSM parameter {self._name(secret)}"

    def _ask(self, secret: Secret) -> None:
        try:
            with in_our_words(self.place(secret)):
                found = self._found(secret)
        except RetryableError:
            self._pause(secret)
        except OperatorError as error:
            self._known.pop(secret, None)
            raise UnfitSecret(str(error)) from error
        else:
            self._known[secret] = found
            if found is None:
                self._pause(secret)

    def _found(self, secret: Secret) -> str | None:
        from aws_lambda_powertools.utilities.parameters import GetParameterError  # noqa: PLC0415

        try:
            return self._provider.get(self._name(secret), max_age=self.max_age_s, decrypt=True)
        except GetParameterError as error:
            cause = error.__context__ or error  # Powertools keeps only its words
            if isinstance(cause, ClientError) and error_code(cause) == "ParameterNotFound":
                return None
            raise cause from None

    def _pause(self, secret: Secret) -> None:
        self._paused_until_s[secret] = monotonic() + self.pause_s

    def _name(self, secret: Secret) -> str:
        return f"{self.path}/{secret}"

    @cached_property
    def _provider(self) -> Any:  # noqa: ANN401 - Powertools types it by halves
        # It brings boto3: only a function that needs a secret pays, and never in the local stage.
        from aws_lambda_powertools.utilities.parameters import SSMProvider  # noqa: PLC0415

        return SSMProvider(boto3_client=client("ssm"))
