"""Who may do what, who did, and what answers `/health`."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from chalicelib.adapters.dynamodb_audit import DynamoAuditTrail
from chalicelib.adapters.jwks_keys import JwksKeys
from chalicelib.adapters.pyjwt_tokens import PyJwtTokens
from chalicelib.flow.audit import Audited
from chalicelib.model.secret import Secret
from chalicelib.ports.access import Tokens
from chalicelib.settings import SYMMETRIC, settings
from chalicelib.wiring.vault import secrets
from chalicelib.wiring.world import pace, queues, store


@cache
def audit_trail() -> DynamoAuditTrail:
    """Who did what."""
    return DynamoAuditTrail(table=settings().required("AUDIT_TABLE"))


@cache
def audited() -> Audited:
    """Does acts under audit."""
    return Audited(audit_trail())


@cache
def tokens() -> Tokens:
    """Who is calling."""
    algorithm = settings().jwt_algorithm
    if algorithm == SYMMETRIC:
        keys_of: Callable[[str], tuple[Any, ...]] = lambda _: secrets().jwt()  # noqa: E731
    else:
        jwks = JwksKeys(settings().jwks_url)
        keys_of = lambda token: (jwks.key_of(token),)  # noqa: E731
    return PyJwtTokens(
        algorithm,
        keys_of,
        audience=settings().optional("JWT_AUDIENCE") or None,
        issuer=settings().optional("JWT_ISSUER") or None,
    )


def probes() -> dict[str, Callable[[], object]]:
    """What `/health` asks, by name: each raises a ServiceError where it does not answer."""
    return {
        "jobs": lambda: store().get("health"),
        "control": lambda: pace().is_reachable(),
        "queues": lambda: queues().is_reachable(),
        "secrets": lambda: secrets().check(*_secrets_of_the_api()),
    }


def _secrets_of_the_api() -> Iterator[Secret]:
    if settings().jwt_algorithm == SYMMETRIC:
        yield Secret.JWT
    if settings().optional("BULL_BOARD_USERNAME"):
        yield Secret.BOARD
