"""Callers who are slow, half there or confused hold up nobody else at the local front door."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp
import pytest
from aiohttp import web

from infra.local.addresses import claim
from infra.local.front import MAX_IN_FLIGHT_COUNT, serving

T = TypeVar("T")
Story = Callable[["Door"], Awaitable[T]]

#: More than the requests that may be in flight at a time.
MANY = 4 * MAX_IN_FLIGHT_COUNT
PATIENCE_S = 20
BODY = b'{"a": 1}'
HEAD = b"POST /api/schedule-sms HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


class Door:
    """The front door on a port of its own, and what came through it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.came: list[tuple[str, bytes]] = []

    async def open(self, raw: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection over which these bytes were sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(raw)
        await writer.drain()
        return reader, writer

    async def say(self, raw: bytes, *, then_end: bool = False) -> bytes:
        """All that comes back for these bytes, until the door closes or has answered."""
        reader, writer = await self.open(raw)
        if then_end:
            writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(65_536), PATIENCE_S)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    async def is_serving(self) -> bool:
        """Whether somebody with a whole request is answered meanwhile."""
        request = HEAD + b"Content-Length: 8\r\nConnection: close\r\n\r\n" + BODY
        return (await self.say(request)).startswith(b"HTTP/1.1 200 ")


@asynccontextmanager
async def a_door() -> AsyncIterator[Door]:
    """The local front door before an API that takes everything."""
    claimed = claim(["127.0.0.1"], 0)
    door = Door(claimed[0].getsockname()[1])

    async def take(request: web.Request) -> web.Response:
        door.came.append((request.path, await request.read()))
        return web.json_response({"success": True})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (host, port), *_ = [address[:2] for address in runner.addresses]
    async with serving(claimed, f"http://{host}:{port}"):
        yield door
    await runner.cleanup()


def at_the_door(story: Story[T]) -> T:
    """Run a story before an open door."""

    async def run() -> T:
        async with a_door() as door:
            return await story(door)

    return asyncio.run(run())


UNFINISHED = {
    "nothing": b"",
    "half a request line": b"POST /api/sched",
    "half of the headers": HEAD,
    "a header without end": HEAD + b"X-Slow: " + b"x" * 1_000,
    "no body": HEAD + b"Content-Length: 8\r\n\r\n",
    "half of a body": HEAD + b"Content-Length: 8\r\n\r\n" + BODY[:4],
    "less than was promised": HEAD + b"Content-Length: 5000000\r\n\r\n" + BODY,
    "no end of the chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n8\r\n" + BODY + b"\r\n",
    "half of a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nFFFFF\r\n" + BODY,
    "an expectation": HEAD + b"Content-Length: 8\r\nExpect: 100-continue\r\n\r\n",
}


@pytest.mark.parametrize("name", UNFINISHED)
def test_many_who_do_not_finish_hold_up_nobody(name: str):
    async def story(door: Door) -> tuple[bool, int]:
        opened = [await door.open(UNFINISHED[name]) for _ in range(MANY)]
        served = await door.is_serving()
        for _, writer in opened:
            writer.close()
        return served, len(door.came)

    assert at_the_door(story) == (True, 1)


def test_drips_are_put_together_while_others_are_served():
    async def story(door: Door) -> tuple[bytes, bool]:
        reader, writer = await door.open(b"")
        served = True
        for byte in HEAD + b"Content-Length: 8\r\nConnection: close\r\n\r\n" + BODY:
            writer.write(bytes([byte]))
            await writer.drain()
            served = served and (byte != ord("\n") or await door.is_serving())
        answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
        return answer, served

    answer, served = at_the_door(story)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert served


def test_who_hangs_up_half_way_is_heard_to_the_end():
    whole = HEAD + b"Content-Length: 8\r\n\r\n" + BODY
    answer = at_the_door(lambda door: door.say(whole, then_end=True))

    assert answer.startswith(b"HTTP/1.1 200 ") or answer == b""


def test_requests_in_one_breath_are_answered_one_by_one():
    one = HEAD + b"Content-Length: 8\r\n\r\n" + BODY
    last = HEAD + b"Content-Length: 8\r\nConnection: close\r\n\r\n" + BODY

    async def story(door: Door) -> tuple[int, int]:
        reader, writer = await door.open(one * 9 + last)
        answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.close()
        return answer.count(b"HTTP/1.1 200 "), len(door.came)

    assert at_the_door(story) == (10, 10)


#: One request to one reader, two to another (CWE-444): none may smuggle a second one through.
_HIDDEN = b"GET /admin/hidden HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED = {
    "two lengths": b"Content-Length: 8\r\nContent-Length: 0\r\n\r\n" + BODY,
    "two equal lengths in one": b"Content-Length: 8, 8\r\n\r\n" + BODY,
    "a length with a sign": b"Content-Length: +8\r\n\r\n" + BODY,
    "a length below 0": b"Content-Length: -1\r\n\r\n" + BODY,
    "a hexadecimal length": b"Content-Length: 0x8\r\n\r\n" + BODY,
    "a length of words": b"Content-Length: eight\r\n\r\n" + BODY,
    "a length of 100 digits": b"Content-Length: " + b"9" * 100 + b"\r\n\r\n" + BODY,
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + _HIDDEN,
    "chunks of another name": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "chunks twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + _HIDDEN,
    "a chunk of a wrong size": b"Transfer-Encoding: chunked\r\n\r\nXYZ\r\n" + BODY,
    "a chunk with a sign": b"Transfer-Encoding: chunked\r\n\r\n-8\r\n" + BODY,
    "a chunk of 10^30": b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 30 + b"\r\n" + BODY,
    "a space before the colon": b"Content-Length : 8\r\n\r\n" + BODY,
    "a folded header": b"X-A: 1\r\n Content-Length: 8\r\n\r\n" + _HIDDEN,
    "a zero byte in a header": b"X-A: \x00\r\n\r\n",
    "bare line feeds": b"X-A: 1\n\n" + _HIDDEN,
    "a bare carriage return": b"X-A: 1\rContent-Length: 8\r\n\r\n",
    "a header of 100 KB": b"X-A: " + b"x" * 100_000 + b"\r\n\r\n",
    "10,000 headers": b"X-A: 1\r\n" * 10_000 + b"\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_second_request_is_smuggled_through(name: str):
    async def story(door: Door) -> tuple[bytes, list[str], bool]:
        answer = await door.say(HEAD + SMUGGLED[name], then_end=True)
        served = await door.is_serving()
        return answer, [path for path, _ in door.came[:-1]], served

    answer, came, served = at_the_door(story)

    assert not answer.startswith(b"HTTP/1.1 5")
    assert "/admin/hidden" not in came
    assert len(came) <= 1
    assert served


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://evil.example/ HTTP/1.1",
        b"GET //evil.example/ HTTP/1.1",
        b"GET /../../etc/passwd HTTP/1.1",
        b"GET /\\evil.example HTTP/1.1",
        b"GET /%00%0d%0aX:y HTTP/1.1",
        b"GET /\xff\xfe HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1",
        b"TRACE / HTTP/1.1",
        b"GET * HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET / HTTP/9.9",
        b"GET /",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0",
        b"x" * 100_000,
    ],
)
def test_a_strange_first_line_leads_nowhere_else(line: bytes):
    async def story(door: Door) -> tuple[bytes, bool]:
        request = line + b"\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        return await door.say(request, then_end=True), await door.is_serving()

    answer, served = at_the_door(story)

    assert b"evil.example" not in answer.split(b"\r\n\r\n")[0]
    assert served


def test_a_body_that_never_ends_is_cut_off_with_a_reason():
    async def story(door: Door) -> tuple[int, dict[str, object]]:
        async def forever() -> AsyncIterator[bytes]:
            for _ in range(200):
                yield b"x" * 100_000

        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{door.port}/api/schedule-sms"
            async with session.post(url, data=forever()) as answer:
                return answer.status, json.loads(await answer.text())

    status, body = at_the_door(story)

    assert (status, body["code"]) == (413, "too_large")
