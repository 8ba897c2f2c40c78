"""One connection to a backend: bytes leave at once, and are read as they are asked for.

What came before a reset or an end can still be read: asyncio's own `StreamReader` forgets it.
"""

import asyncio
import socket
from typing import cast


class Trouble(Exception):
    """No more can be read: the stream is over, or says what HTTP does not."""


class Connection(asyncio.Protocol):
    """A TCP or TLS stream over `sock`; asyncio calls the four methods without words."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._transport: asyncio.Transport | None = None
        self._came = bytearray()
        self._is_over = False
        self._is_kept = False
        self._wakes: asyncio.Future[None] | None = None
        #: Why the stream is over, where that was no orderly end.
        self.failure: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._came += data
        if self._is_kept:
            self.close()
        self._wake()

    def eof_received(self) -> None:
        self._is_over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.failure = self.failure or exc
        self.eof_received()

    def write(self, raw: bytes) -> None:
        """Send it: its first bytes are the kernel's when this returns (plain TCP: all that fit)."""
        self._is_kept = False
        if self._transport is not None:
            self._transport.write(raw)

    async def line(self, most: int) -> bytes:
        """All up to the next line feed, without it; Trouble where that is beyond `most` bytes."""
        seen = 0
        while (end := self._came.find(b"\n", seen, most)) < 0:
            if len(self._came) >= most:
                raise Trouble
            seen = len(self._came)
            await self._more()
        line = bytes(self._came[:end])
        del self._came[: end + 1]
        return line

    async def some(self, most: int) -> bytes:
        """1 to `most` bytes; Trouble where none come any more."""
        if not self._came:
            await self._more()
        return self.rest(most)

    def rest(self, most: int | None = None) -> bytes:
        """What has come and was not read yet, perhaps nothing; waits for nothing."""
        piece = bytes(self._came[:most])
        del self._came[:most]
        return piece

    def keep(self) -> None:
        """From now on nothing may come until the next write: what does ends the connection."""
        self._is_kept = True

    def is_quiet(self) -> bool:
        """Whether nothing has come, not even an end that the event loop has not seen yet.

        The kernel is asked: after Lambda's sleep, the loop learns of a closed connection late.
        """
        if self._is_over or self._came:
            return False
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close the socket without a farewell; what came can still be read."""
        if self._transport is not None:
            self._transport.abort()

    async def _more(self) -> None:
        if self._is_over:
            raise Trouble
        self._wakes = asyncio.get_running_loop().create_future()
        try:
            await self._wakes
        finally:
            self._wakes = None

    def _wake(self) -> None:
        if self._wakes is not None and not self._wakes.done():
            self._wakes.set_result(None)
