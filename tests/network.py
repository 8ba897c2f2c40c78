"""The tests' network: it ends at this machine, and who asks is told what was tried to leave it."""

import ipaddress
import socket
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pytest


class NetworkClosedError(RuntimeError):
    """A test reached for the network beyond this machine."""


@dataclass
class Watch:
    """The connections that were tried, by address and port, and the names that were looked up."""

    connections: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    lookups: list[str] = field(default_factory=list[str])


#: An audit hook stays for ever: this is its switch.
_watches: list[Watch] = []


def close() -> None:
    """Refuse connections and look-ups that would leave the machine, whichever library asks.

    An audit hook sees every socket of the interpreter, and no library can keep an older reference
    to what it replaces: nothing is replaced (PEP 578).
    """
    sys.addaudithook(_audited)


@contextmanager
def watching(names: Mapping[str, Sequence[Sequence[str]]] | None = None) -> Generator[Watch]:
    """What is tried until the block ends; to whoever tries, the world refuses connections.

    `names` are those that have addresses: what each look-up finds, the last one again and again.
    Addresses in any spelling of the C library's are found by it.
    """
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        if names is not None:
            patch.setattr(socket, "getaddrinfo", _Names(watch, names))
        _watches.append(watch)
        try:
            yield watch
        finally:
            _watches.remove(watch)


class _Names:
    """A resolver in the place of the C library's."""

    def __init__(self, watch: Watch, names: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._watch = watch
        self._answers = {name: list(answers) for name, answers in names.items()}

    def __call__(self, host: str, port: int, *_: object, **__: object) -> list[Any]:
        host.encode("idna")  # the C library's door: what it cannot encode raises UnicodeError
        self._watch.lookups.append(host)
        found = [_info(address, port) for address in self._addresses(host.partition("%")[0])]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    def _addresses(self, host: str) -> Sequence[str]:
        with suppress(ValueError):
            return [str(ipaddress.ip_address(host))]
        with suppress(OSError):
            return [socket.inet_ntoa(socket.inet_aton(host))]
        answers = self._answers.get(host.removesuffix("."), [[]])
        return answers.pop(0) if len(answers) > 1 else answers[0]


def _info(address: str, port: int) -> tuple[Any, ...]:
    is_v6 = ":" in address
    family = socket.AF_INET6 if is_v6 else socket.AF_INET
    whole = (address, port, 0, 0) if is_v6 else (address, port)
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", whole


def _audited(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        if not (_is_this_machine(args[0]) or _is_address(args[0])):
            raise NetworkClosedError(f"a look-up of {args[0]!r}")
    elif event in {"socket.connect", "socket.sendto"}:
        match args[1]:
            case (host, port, *_):
                _tried(host, port)
            case _:  # a socket of the file system
                pass


def _tried(host: object, port: int) -> None:
    for watch in _watches:
        watch.connections.append((str(host), port))
    if not _is_this_machine(host):
        if _watches:
            raise ConnectionRefusedError(f"nobody is at {host}")
        raise NetworkClosedError(f"a connection to {host}")


def _is_this_machine(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    with suppress(ValueError):
        return ipaddress.ip_address(str(host)).is_loopback
    return host in {"localhost", "", None}


def _is_address(host: object) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(str(host)))
    return False
