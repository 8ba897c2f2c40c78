"""A backend on 127.0.0.1 that answers with the very bytes that a test gives it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

#: What a test does with a connection, once the request was read.
Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


def reply(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    """A complete HTTP/1.1 answer; `retry_after` becomes `retry-after`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", *lines])
    return f"{head}\r\n\r\n".encode() + body


def saying(raw: bytes, *, then_close: bool = False) -> Script:
    """Answer with these bytes."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        if then_close:
            writer.close()

    return script


async def silence(_writer: asyncio.StreamWriter) -> None:
    """Answer nothing, and keep the connection open."""


@dataclass
class RawBackend:
    """Its address, the requests that came, and how many connections they came over."""

    script: Script
    url: str = ""
    requests: list[bytes] = field(default_factory=list[bytes])
    connection_count: int = 0
    _writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read requests and run the script on each, until the caller hangs up."""
        self.connection_count += 1
        self._writers.append(writer)
        while not writer.is_closing() and (request := await _read_request(reader)):
            self.requests.append(request)
            await self.script(writer)
        writer.close()

    @property
    def open_count(self) -> int:
        """Connections that neither side has closed."""
        return sum(not writer.is_closing() for writer in self._writers)

    async def hang_up(self) -> None:
        """Close what is still open."""
        for writer in self._writers:
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length or 0))


@asynccontextmanager
async def raw_backend(script: Script) -> AsyncGenerator[RawBackend]:
    """Serve until the block ends."""
    backend = RawBackend(script)
    server = await asyncio.start_server(backend.connected, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    backend.url = f"http://{host}:{port}"
    try:
        yield backend
    finally:
        server.close()
        await backend.hang_up()
