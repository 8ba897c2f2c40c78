"""What httpx sends by: our own connections and our own lenient reader.

Other transports raise at answers that have a status (docs/decisions/0020-lenient-reader.md). A
callback costs 0.29 to 0.45 ms of CPU with 50 connections kept alive, 0.38 to 0.71 with a new one
each; by aiohttp 0.34 to 0.49 and 0.52 to 0.81 (five runs of both in turns, 127.0.0.1, 2026-12).
"""

import asyncio

import httpx

from chalicelib.adapters.connections import Connections, Origin
from chalicelib.adapters.http_answers import MAX_ANSWER_BYTES, Received, read_answer
from chalicelib.adapters.unpacking import unpacked

_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535
#: What would end a line of the request, or the text that some backend makes of it.
_BREAKS = (b"\r", b"\n", b"\0")


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1; httpx's read time-out is that of the whole call, from the look-up to the last byte.

    The body is there when the answer is: unpacked, and at most 64 KiB of it. Raises OSError
    (TimeoutError, ForbiddenAddress, NoAnswer), ValueError or httpx.TransportError, and no answer
    that has a status.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it once, over a kept connection where there is one."""
        raw = _head_of(request) + await request.aread()
        ends_at = asyncio.get_running_loop().time() + request.extensions["timeout"]["read"]
        return _response_of(await self._answer(raw, _origin_of(request.url), ends_at=ends_at))

    async def _answer(self, raw: bytes, origin: Origin, *, ends_at: float) -> Received:
        async with asyncio.timeout_at(ends_at):
            connection = await self._connections.take(origin)
        received = Received()
        try:
            connection.write(raw)
            received = await read_answer(connection, ends_at=ends_at)
        finally:
            if received.is_clean:
                self._connections.give_back(connection, origin, rest=received.is_bodiless)
            else:
                self._connections.drop(connection)
        return received

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        self._connections.close()


class _Final(httpx.Response):
    """Redirects nowhere: httpx would raise at a Location that is no URL."""

    @property
    def has_redirect_location(self) -> bool:
        """Never: redirects are not followed (contract, section 2)."""
        return False


def _origin_of(url: httpx.URL) -> Origin:
    if url.scheme not in _PORTS or not url.raw_host:
        raise httpx.UnsupportedProtocol("The URL must begin with http:// or https:// and a host.")
    port = _PORTS[url.scheme] if url.port is None else url.port
    if not 0 < port <= _LAST_PORT:
        raise httpx.InvalidURL("The URL must have a port from 1 to 65535.")
    return Origin(url.raw_host.decode("ascii"), port, url.scheme == "https")


def _head_of(request: httpx.Request) -> bytes:
    """The request's line and headers; the path and query are sent as they were given."""
    lines = [f"{request.method} ".encode("ascii") + request.url.raw_path + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    if any(each in line for line in lines for each in _BREAKS):
        raise httpx.LocalProtocolError("A header of the request has a line break in it.")
    return b"\r\n".join([*lines, b"", b""])


def _response_of(received: Received) -> httpx.Response:
    codings = received.values(b"content-encoding")
    body = unpacked(bytes(received.body), codings, most=MAX_ANSWER_BYTES)
    headers = [each for each in received.headers if each[0].lower() != b"content-encoding"]
    return _Final(received.status or 0, headers=headers, stream=httpx.ByteStream(body))
