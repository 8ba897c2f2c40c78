"""Where the one origin listens: this machine's loopback, and more only when HOST asks for it."""

import errno
import ipaddress
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

#: `localhost` is one or the other, as the machine has it; clients try both.
LOOPBACK = ("127.0.0.1", "::1")
#: The names by which a page on this machine may have been opened.
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_ANY = {"0.0.0.0": ("0.0.0.0", "::1"), "::": ("0.0.0.0", "::")}  # noqa: S104 - asked for by HOST
#: A machine without IPv6 has no such family, or none of its addresses.
_ABSENT = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})


def addresses(host: str) -> tuple[str, ...]:
    """Return what to listen on for ``host``, an address of this machine or nothing: loopback.

    Loopback always is among it, so that the links that are printed work.

    Raises:
        SystemExit: ``host`` is a name.
    """
    if host in {"", "localhost"}:
        return LOOPBACK
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        raise SystemExit(f"HOST must be an address such as 0.0.0.0, not {host!r}.") from None
    if address.is_loopback:
        return tuple(dict.fromkeys((*LOOPBACK, str(address))))
    return _ANY.get(str(address), (*LOOPBACK, str(address)))


def claim(listened: Sequence[str], port: int) -> tuple[socket.socket, ...]:
    """Take the port on each address, not listening yet: none connects before there is an answer.

    ``::1`` is left out where there is no IPv6.

    Raises:
        SystemExit: the port is taken, or an address is none of this machine's.
    """
    with ExitStack() as undo:
        claimed = [
            undo.enter_context(each) for address in listened for each in _claimed(address, port)
        ]
        undo.pop_all()
    return tuple(claimed)


def loopback_origins(origins: str) -> str:
    """Return ``origins``, with commas, and those on loopback by each of its names.

    A page on this machine has the origin by which it was opened: http://localhost:3000 or another.
    """
    given = [each for each in origins.split(",") if each]
    return ",".join(dict.fromkeys(name for each in given for name in _spellings(each)))


def _spellings(origin: str) -> Iterator[str]:
    yield origin
    host = re.sub(r":\d+$", "", urlsplit(origin.strip()).netloc)
    if host in _LOOPBACK_HOSTS:
        yield from (origin.strip().replace(host, name, 1) for name in _LOOPBACK_HOSTS)


def _claimed(address: str, port: int) -> Iterator[socket.socket]:
    """The socket that has the port on ``address``; none on ``::1`` where there is no IPv6."""
    try:
        yield _bound(address, port)
    except OSError as error:
        if error.errno not in _ABSENT:
            raise SystemExit(
                f"Port {port} is taken ({address}: {error.strerror}): is a local cloud running "
                "already? PORT=… chooses another."
            ) from None
        if address != "::1":
            raise SystemExit(f"HOST={address} is no address of this machine.") from None


def _bound(address: str, port: int) -> socket.socket:
    is_v6 = ":" in address
    bound = socket.socket(socket.AF_INET6 if is_v6 else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_v6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((address, port))
    except OSError:
        bound.close()
        raise
    return bound
