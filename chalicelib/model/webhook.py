"""Webhook URLs: where a workspace may have itself told about its jobs."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

MAX_LENGTH = 2048

_PLAIN = re.compile(r"[!-~]+", re.ASCII)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?", re.IGNORECASE | re.ASCII)
#: Names that lead to the machine or the network that asks (RFC 6761, RFC 6762, RFC 8375).
_LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa")


def fault_of(url: str, *, allow_private: bool) -> str | None:
    """What is wrong with a webhook URL, as a sentence; None where nothing is.

    `allow_private` is for local development: http, and hosts of private networks. A public
    name may still lead to a private address: the address is checked again when it is connected to.
    """
    if len(url) > MAX_LENGTH or not _PLAIN.fullmatch(url) or "\\" in url:
        return f"must be a URL of at most {MAX_LENGTH} plain characters, without '\\' and spaces"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is read to be checked
    except ValueError:
        return "must be a URL, such as 'https://example.com/hooks'"
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        return "must begin with 'https://'"
    if "@" in parts.netloc or parts.fragment or "#" in url:
        return "must have no user name, password or fragment"
    return _fault_of_host(parts, allow_private=allow_private)


def _fault_of_host(parts: SplitResult, *, allow_private: bool) -> str | None:
    host = (parts.hostname or "").rstrip(".")
    address = _address(host)
    if address is None and not _NAME.fullmatch(host):
        return "must name a host, such as 'https://example.com/hooks'"
    if allow_private:
        return None
    if address is None and (_is_local(host) or _NUMBER.fullmatch(host.rpartition(".")[2])):
        return "must name a host of the public internet"
    if address is not None and (not address.is_global or address.is_multicast):
        return "must name a host of the public internet"
    return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_local(host: str) -> bool:
    name = host.lower()
    return "." not in name or name.endswith(tuple(f".{local}" for local in _LOCAL_NAMES))
