"""Connections to backends: opened to checked addresses only, kept for a while, and closed."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from aiohappyeyeballs import (
    start_connection,  # pyright: ignore[reportUnknownVariableType] - a bare tuple in it
)

from chalicelib.adapters.http_connection import Connection
from chalicelib.adapters.lookups import Info, Lookups
from chalicelib.model.address import is_forbidden

#: More than the callbacks that one worker can have under way at a time.
_MAX_SOCKETS = 512
#: Below the 5 s after which Node closes idle connections: a callback must not meet a closing one.
_KEPT_S = 4.0
#: How long bytes that a careless backend sends after a 204 may take to show themselves.
_REST_S = 0.05
#: After which the next address is tried as well (RFC 8305, 8).
_NEXT_ADDRESS_AFTER_S = 0.25


class ForbiddenAddress(OSError):
    """The backend's name leads to an address that callbacks may not go to."""


class Origin(NamedTuple):
    """Where a connection leads; the host is ASCII, an IPv6 address without brackets."""

    host: str
    port: int
    is_tls: bool


@cache
def certificates() -> ssl.SSLContext:
    """What backends' certificates are held against: the system's, or those of `SSL_CERT_FILE`.

    Read once a process, in 20 ms.
    """
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(frozen=True, slots=True)
class _Kept:
    connection: Connection
    origin: Origin
    usable_from_s: float
    expires_at_s: float
    expiry: asyncio.TimerHandle


@dataclass(slots=True)
class Connections:
    """Those of one event loop; `allow_private` is for local development."""

    allow_private: bool
    max_sockets: int = _MAX_SOCKETS
    kept_s: float = _KEPT_S
    _lookups: Lookups = field(default_factory=Lookups, init=False)
    #: The one that was used last is at the end.
    _kept: list[_Kept] = field(default_factory=list[_Kept], init=False)
    _taken_count: int = field(default=0, init=False)
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.max_sockets)

    async def take(self, origin: Origin) -> Connection:
        """A connection on which nothing was written yet; every one taken has to be given back.

        OSError (ForbiddenAddress, ssl.SSLError) or ValueError where none can be opened.
        """
        await self._places.acquire()
        self._taken_count += 1
        with ExitStack() as undo:
            undo.callback(self._leave)
            connection = self._quiet_one(origin) or await self._opened(origin)
            undo.pop_all()
        return connection

    def give_back(self, connection: Connection, origin: Origin, *, rest: bool = False) -> None:
        """Keep it for the next callback, where nothing has come; `rest`: not at once."""
        self._leave()
        if not connection.is_quiet():
            connection.close()
            return
        connection.keep()
        loop = asyncio.get_running_loop()
        now = loop.time()
        expiry = loop.call_later(self.kept_s, self._expire, connection)
        usable_from_s = now + (_REST_S if rest else 0)
        self._kept.append(_Kept(connection, origin, usable_from_s, now + self.kept_s, expiry))

    def drop(self, connection: Connection) -> None:
        """Close one that was taken."""
        self._leave()
        connection.close()

    def close(self) -> None:
        """Close those that are kept."""
        while self._kept:
            self._forget(0).close()

    def _quiet_one(self, origin: Origin) -> Connection | None:
        now = asyncio.get_running_loop().time()
        for i in reversed(range(len(self._kept))):
            kept = self._kept[i]
            if kept.origin != origin or kept.usable_from_s > now:
                continue
            connection = self._forget(i)
            if kept.expires_at_s > now and connection.is_quiet():
                return connection
            connection.close()
        return None

    async def _opened(self, origin: Origin) -> Connection:
        if len(self._kept) + self._taken_count > self.max_sockets:
            self._forget(0).close()
        found = await self._lookups.addresses(origin.host, origin.port)
        sock = await start_connection(
            found if self.allow_private else _allowed(found, origin.host),
            happy_eyeballs_delay=_NEXT_ADDRESS_AFTER_S,
        )
        connection = Connection(sock)
        with ExitStack() as undo:
            undo.callback(sock.close)
            await asyncio.get_running_loop().create_connection(
                lambda: connection,
                sock=sock,
                ssl=certificates() if origin.is_tls else None,
                server_hostname=origin.host.rstrip(".") if origin.is_tls else None,
            )
            undo.pop_all()
        return connection

    def _leave(self) -> None:
        self._taken_count -= 1
        self._places.release()

    def _expire(self, connection: Connection) -> None:
        self._kept = [kept for kept in self._kept if kept.connection is not connection]
        connection.close()

    def _forget(self, place: int) -> Connection:
        kept = self._kept.pop(place)
        kept.expiry.cancel()
        return kept.connection


def _allowed(found: Sequence[Info], host: str) -> Sequence[Info]:
    """Those that callbacks may go to: these very addresses are connected to, not the name."""
    allowed = [info for info in found if not is_forbidden(str(info[4][0]))]
    if not allowed:
        inside = found[0][4][0]
        raise ForbiddenAddress(f"The backend's host {host} leads to {inside}, where none may go.")
    return allowed
