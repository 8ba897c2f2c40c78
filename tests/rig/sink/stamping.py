"""An aiohttp server that stamps a request when its first bytes are read, before any parsing."""

from __future__ import annotations

import asyncio

from aiohttp import web

from tests.rig.measuring.clock import Reading


class StampingProtocol(web.RequestHandler):
    """aiohttp's connection, which also reads both clocks when a request's first bytes are there."""

    first_bytes: Reading | None = None

    def data_received(self, data: bytes) -> None:
        """Stamp, then parse; later pieces of the same request change nothing."""
        if self.first_bytes is None:
            self.first_bytes = Reading.now()
        super().data_received(data)

    def take_stamp(self) -> Reading:
        """Hand over the stamp once the body is read; the next bytes are the next request's."""
        stamp, self.first_bytes = self.first_bytes, None
        return stamp or Reading.now()


class StampingServer(web.Server):
    """A server whose connections stamp."""

    def __call__(self) -> StampingProtocol:
        """Make the protocol of one connection."""
        return StampingProtocol(self, loop=asyncio.get_running_loop())


async def read_stamped(request: web.BaseRequest) -> tuple[bytes, Reading]:
    """Read a request's body; with it, the instant at which its first bytes came."""
    body = await request.read()
    protocol = request.protocol
    if not isinstance(protocol, StampingProtocol):
        raise TypeError(protocol)
    return body, protocol.take_stamp()
