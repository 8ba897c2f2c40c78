"""Webhook URLs: where a workspace may have itself told about its jobs."""

import re
from urllib.parse import SplitResult, urlsplit

from chalicelib.model.address import is_forbidden

MAX_LENGTH = 2048

_PLAIN = re.compile(r"[!-~]+", re.ASCII)
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE | re.ASCII)
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
#: RFC 1035, 2.3.4: labels of 1 to 63 letters, 253 in all: a longer one cannot even be looked up.
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*", re.IGNORECASE | re.ASCII)
_IN_BRACKETS = re.compile(r"\[[0-9a-f:.]+\](:[0-9]*)?", re.IGNORECASE | re.ASCII)
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
        return "must begin with 'https://'" + (" or 'http://'" if allow_private else "")
    if "@" in parts.netloc or parts.fragment or "#" in url:
        return "must have no user name, password or fragment"
    return _fault_of_host(parts, allow_private=allow_private)


def _fault_of_host(parts: SplitResult, *, allow_private: bool) -> str | None:
    is_private = _is_private(parts)
    if is_private is None:
        return "must name a host, such as 'https://example.com/hooks'"
    return "must name a host of the public internet" if is_private and not allow_private else None


def _is_private(parts: SplitResult) -> bool | None:
    """Whether the host is, by its own words, not the public internet's; None: it is no host."""
    host = (parts.hostname or "").removesuffix(".")
    form = _IN_BRACKETS.fullmatch(parts.netloc) if "[" in parts.netloc else _NAME.fullmatch(host)
    if form is None:
        return None
    try:
        return is_forbidden(host)
    except ValueError:
        return _is_local(host.lower())


def _is_local(name: str) -> bool:
    *others, last = name.split(".")
    is_number = _NUMBER.fullmatch(last) is not None  # an IPv4 address in another spelling
    return not others or is_number or name.endswith(tuple(f".{each}" for each in _LOCAL_NAMES))
