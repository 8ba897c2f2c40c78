"""Keeps a stack's secrets in SSM: puts, rotates and checks them; no deployment follows.

docs/secrets.md says which there are, and how one is rotated without a gap.
"""

import argparse
import base64
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from secrets import token_bytes, token_urlsafe
from typing import TextIO

import boto3
from botocore.exceptions import ClientError

from chalicelib.model.secret import Secret, fault_of, jwt_secrets_of
from chalicelib.model.signing import PREFIX, secrets_of
from infra.deploy import Client

_MAKERS: dict[Secret, Callable[[], str]] = {
    Secret.JWT: lambda: token_urlsafe(32),
    Secret.SIGNING: lambda: PREFIX + base64.b64encode(token_bytes(32)).decode("ascii"),
    Secret.BOARD: lambda: token_urlsafe(18),
}
#: What a comma-separated list holds; the board has one password.
_LISTS: dict[Secret, Callable[[str], tuple[str, ...]]] = {
    Secret.JWT: jwt_secrets_of,
    Secret.SIGNING: secrets_of,
}
_MOST = 2
_SOON = "Functions take it within SecretsMaxAgeS (60 s where it was not chosen)."


@dataclass(frozen=True)
class Safe:
    """The SSM parameters of one stack; SystemExit where a person has to decide."""

    ssm: Client
    stack: str

    def name(self, secret: Secret) -> str:
        """The parameter of a secret."""
        return f"/{self.stack}/{secret}"

    def get(self, secret: Secret) -> str | None:
        """Its value, None where there is none."""
        try:
            answer = self.ssm.get_parameter(Name=self.name(secret), WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                return None
            raise
        return answer["Parameter"]["Value"]

    def put(self, secret: Secret, value: str) -> str:
        """Replace it by a value that a deployed stage would take."""
        if fault := fault_of(secret, value):
            raise SystemExit(f"{self.name(secret)} is left as it is. The value: {fault}.")
        self.ssm.put_parameter(
            Name=self.name(secret), Value=value, Type="SecureString", Overwrite=True
        )
        return f"{self.name(secret)} is put. {_SOON}"

    def rotate(self, secret: Secret) -> str:
        """Put a new random one, in front of the one that holds now where both may hold."""
        held = self._held(secret)
        if len(held) == _MOST:
            raise SystemExit(f"Two hold already: drop {secret} first, once nobody uses the older.")
        put = self.put(secret, ",".join([_MAKERS[secret](), *held]))
        return f"{put} To see it:\n  {self._look(secret)}"

    def drop(self, secret: Secret) -> str:
        """Keep the newest only."""
        held = self._held(secret)
        if len(held) < _MOST:
            raise SystemExit(f"There is no older one in {self.name(secret)}.")
        return self.put(secret, held[0])

    def faults(self, secrets: Sequence[Secret]) -> list[str]:
        """What would stop a deployed stage."""
        told = [(each, fault_of(each, self.get(each))) for each in secrets]
        return [f"{self.name(each)}: {fault}" for each, fault in told if fault]

    def _held(self, secret: Secret) -> tuple[str, ...]:
        return _LISTS[secret](self.get(secret) or "") if secret in _LISTS else ()

    def _look(self, secret: Secret) -> str:
        asked = "--with-decryption --query Parameter.Value --output text"
        return f"aws ssm get-parameter --name {self.name(secret)} {asked}"


def run(safe: Safe, arguments: argparse.Namespace, *, given: TextIO) -> str:
    """Do what the command line says; answer what a person should read."""
    match arguments.act:
        case "put":
            return safe.put(arguments.secret, given.readline().rstrip("\r\n"))
        case "rotate":
            return safe.rotate(arguments.secret)
        case "drop":
            return safe.drop(arguments.secret)
        case _:
            if faults := safe.faults(arguments.secrets or list(Secret)):
                raise SystemExit("\n".join(faults))
            return "All is well."


def read(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line: what to do with which secret of which stack."""
    parser = argparse.ArgumentParser(prog="python -m infra.secrets", description=__doc__)
    parser.add_argument("--stack", required=True)
    names = ", ".join(Secret)
    acts = parser.add_subparsers(dest="act", required=True)
    for act, told in (
        ("put", "replace it by the line on standard input"),
        ("rotate", "a new random one; the one that holds now goes on holding"),
        ("drop", "keep the newest only"),
    ):
        acts.add_parser(act, help=told).add_argument("secret", type=Secret, help=names)
    check = acts.add_parser("check", help="whether a deployed stage would run with them")
    check.add_argument("secrets", type=Secret, nargs="*", metavar="secret", help=names)
    return parser.parse_args(arguments)


def main() -> None:
    """Run with the AWS credentials of the environment."""
    chosen = read()
    print(run(Safe(boto3.client("ssm"), chosen.stack), chosen, given=sys.stdin))


if __name__ == "__main__":
    main()
