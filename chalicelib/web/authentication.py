"""Who is calling: bearer tokens checked in-process, one pinned algorithm, `exp` required."""

from typing import Any, cast

import jwt

from chalicelib.errors import Unauthenticated
from chalicelib.model.access import Caller, Role
from chalicelib.settings import Settings

#: Clocks of token makers may differ from ours by this.
LEEWAY_S = 10


def caller_of(authorization: str | None, settings: Settings) -> Caller:
    """The caller of an `Authorization` header; Unauthenticated where it does not hold."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        message = "Send a token in the header 'Authorization: Bearer <JWT>'."
        raise Unauthenticated(message)
    return _caller(_claims(token.strip(), settings))


def _claims(token: str, settings: Settings) -> dict[str, Any]:
    try:
        return jwt.decode(
            token,
            settings.jwt_secret,
            algorithms=[settings.jwt_algorithm],
            leeway=LEEWAY_S,
            options={"require": ["exp", "sub"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError as error:
        message = "The token has expired: get a new one."
        raise Unauthenticated(message, code="token_expired") from error
    except (jwt.InvalidTokenError, ValueError) as error:
        message = "The token does not hold: check its signature, algorithm, 'sub' and 'exp'."
        raise Unauthenticated(message) from error


def _caller(claims: dict[str, Any]) -> Caller:
    workspaces = claims.get("workspaces")
    try:
        role = Role(str(claims.get("role")))
    except ValueError as error:
        message = f"The token's role must be one of {', '.join(Role)}."
        raise Unauthenticated(message) from error
    if workspaces == "*":
        return Caller(subject=str(claims["sub"]), role=role, workspaces=None)
    named: list[Any] = cast("list[Any]", workspaces) if isinstance(workspaces, list) else [None]
    if not all(isinstance(workspace_id, str) for workspace_id in named):
        message = "The token's 'workspaces' must be a list of ids, or '*'."
        raise Unauthenticated(message)
    return Caller(subject=str(claims["sub"]), role=role, workspaces=frozenset(named))
