"""Chalice's request, with types."""

from typing import Any, cast

from chalice.app import Request


def header(request: Request, name: str) -> str | None:
    """A header by its name in any case."""
    value = cast("Any", request.headers).get(name)
    return None if value is None else str(value)


def raw_body(request: Request) -> bytes:
    """The body as it came."""
    raw = cast("Any", request).raw_body
    return raw.encode() if isinstance(raw, str) else bytes(raw)


def source_ip(request: Request) -> str:
    """The address that API Gateway saw: a header could be made up."""
    context: dict[str, Any] = getattr(request, "context", None) or {}
    identity: dict[str, Any] = context.get("identity") or {}
    return str(identity.get("sourceIp") or "unknown")
