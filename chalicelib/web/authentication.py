"""Who is calling: what a bearer token says, once its signature holds."""

from collections.abc import Mapping
from typing import Any, cast

from chalicelib import wiring
from chalicelib.errors import Unauthenticated
from chalicelib.model.access import Caller, Role


def caller_of(authorization: str | None) -> Caller:
    """The caller of an `Authorization` header; Unauthenticated where it does not hold."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Send a token in the header 'Authorization: Bearer <JWT>'."
        raise Unauthenticated(message)
    return _caller(wiring.tokens().claims(token.strip()))


def _caller(claims: Mapping[str, Any]) -> Caller:
    try:
        role = Role(str(claims.get("role")))
    except ValueError as error:
        message = f"The token's role must be one of {', '.join(Role)}."
        raise Unauthenticated(message) from error
    return Caller(subject=_subject(claims), role=role, workspaces=_workspaces(claims))


def _subject(claims: Mapping[str, Any]) -> str:
    """Whom the token is of: what stands in the audit trail has to be readable there."""
    subject = str(claims["sub"])
    if not subject.isprintable() or not subject.strip():
        message = "The token's 'sub' must be a name of printable characters."
        raise Unauthenticated(message)
    return subject


def _workspaces(claims: Mapping[str, Any]) -> frozenset[str] | None:
    """The ids that the token covers, None for every one."""
    said = claims.get("workspaces")
    if said == "*":
        return None
    named: list[Any] = cast("list[Any]", said) if isinstance(said, list) else [None]
    if not all(isinstance(workspace_id, str) for workspace_id in named):
        message = "The token's 'workspaces' must be a list of ids, or '*'."
        raise Unauthenticated(message)
    return frozenset(named)
