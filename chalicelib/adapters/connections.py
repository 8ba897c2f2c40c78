"""TCP connections to backends: the address that is really connected to is checked."""

import socket
import ssl
from functools import cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from chalicelib.model.address import is_forbidden

#: More than the callbacks that one worker can have under way at a time.
_CONNECTIONS = 512
#: Below the 5 s after which Node closes idle connections: a callback must not meet a closing one.
_KEEPALIVE_S = 4


class ForbiddenAddress(OSError):
    """The backend's name leads to an address that callbacks may not go to."""


@cache
def certificates() -> ssl.SSLContext:
    """What backends' certificates are held against: the system's, or those of `SSL_CERT_FILE`.

    Read once a process, in 20 ms: aiohttp and httpx would each read theirs.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _checked_socket(address_info: Any) -> socket.socket:  # noqa: ANN401 - aiohttp's AddrInfoType
    family, kind, protocol, _, address = address_info
    if is_forbidden(str(address[0])):
        message = f"The backend's host leads to {address[0]}, where callbacks may not go."
        raise ForbiddenAddress(message)
    return socket.socket(family=family, type=kind, proto=protocol)


def transport(*, allow_private: bool) -> httpx.AsyncBaseTransport:
    """The transport of the one client; `allow_private` is for local development."""

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=_CONNECTIONS,
            keepalive_timeout=_KEEPALIVE_S,
            ssl=certificates(),
            socket_factory=None if allow_private else _checked_socket,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )

    return AiohttpTransport(client=session, verify=certificates())
