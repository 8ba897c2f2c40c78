"""TCP connections to backends: the address that is really connected to is checked."""

import ipaddress
import socket
import ssl
from functools import cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

#: More than the callbacks that one worker can have under way at a time.
_CONNECTIONS = 512
#: Below the 5 s after which Node closes idle connections: a callback must not meet a closing one.
_KEEPALIVE_S = 4


class ForbiddenAddress(OSError):
    """The backend's name leads to an address that callbacks may not go to."""


def is_forbidden(address: str) -> bool:
    """Whether an IP address is not one of the public internet's.

    Covers loopback, private, link-local (the cloud's metadata service), multicast and reserved
    ranges, and IPv4 addresses inside IPv6 ones (mapped, 6to4, Teredo, NAT64).
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and any(ip in network for network in _CARRYING_IPV4):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return not inner.is_global or inner.is_multicast
        if ip in _LOCAL_NAT64:
            return True
    return not ip.is_global or ip.is_multicast


#: IPv6 networks whose last 32 bits are an IPv4 address: NAT64 (RFC 6052) and the old
#: IPv4-compatible form (RFC 4291, 2.5.5.1). Local-use NAT64 (RFC 8215) is nobody's on the internet.
_CARRYING_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")


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
