"""Reads answers leniently: once there is a status, nothing that follows takes it back.

A backend that answered has sent its message; a reader that raises at its odd header would have the
message sent again (contract, section 15). What is odd costs the connection, not the answer.
"""

import asyncio
import re
from dataclasses import dataclass, field

from chalicelib.adapters.http_connection import Connection, Trouble

#: Status lines and headers; what is beyond is not read, and the answer stands.
MAX_HEAD_BYTES = 96 * 1024
#: How much of a body is read (contract, section 2).
MAX_ANSWER_BYTES = 64 * 1024
#: A chunk's size and what may stand beside it.
_MAX_CHUNK_LINE_BYTES = 1024
#: Longer ones mean more than is ever read.
_MAX_LENGTH_DIGITS = 18

_STATUS_LINE = re.compile(rb"HTTP/\d{1,3}(?:\.\d{1,3})? +([1-9]\d\d)(?=[ \r\n]|\Z)", re.IGNORECASE)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STRAY = re.compile(rb"[\0\r]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?", re.DOTALL)
_SWITCHING = 101
#: Statuses that end with their headers (RFC 9110, 15.2.2, 15.3.5, 15.4.5).
_BODILESS = frozenset({_SWITCHING, 204, 304})


class NoAnswer(ConnectionError):
    """What came has no status; says so without quoting it."""


@dataclass(slots=True)
class Received:
    """An answer, as much of it as could be read; names of headers as they came."""

    status: int | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytearray = field(default_factory=bytearray)
    #: All of it came, nothing was odd, and the backend keeps the connection open.
    is_clean: bool = False

    @property
    def is_bodiless(self) -> bool:
        """Whether the status allows no body, so that bytes after it belong to nothing."""
        return self.status in _BODILESS

    def values(self, name: bytes) -> list[bytes]:
        """The members of the lists that headers of this (lower-case) name hold, lower-cased."""
        found = b",".join(value for each, value in self.headers if each.lower() == name)
        return [member.strip().lower() for member in found.split(b",") if member.strip()]


async def read_answer(connection: Connection, *, ends_at: float) -> Received:
    """The final answer, given up at `ends_at` (the loop's clock) with what came until then.

    Without a status: NoAnswer, or the OSError that ended the connection (TimeoutError at the end).
    """
    reader = _Reader(connection)
    try:
        async with asyncio.timeout_at(ends_at):
            await reader.read()
    except (Trouble, TimeoutError) as why:
        if reader.received.status is None and not reader.found_status_in(connection.rest()):
            raise _without_status(connection, why) from None
    return reader.received


def _without_status(connection: Connection, why: Exception) -> Exception:
    if isinstance(why, TimeoutError):
        return why
    if isinstance(why, _NoHttp) or connection.failure is None:
        return NoAnswer("What came back is no HTTP: a status line is missing.")
    return connection.failure


class _NoHttp(Trouble):
    """A line stands where a status line should."""


class _Reader:
    """Goes through one answer, and notes what came in `received` as it comes."""

    def __init__(self, connection: Connection) -> None:
        self.received = Received()
        self._connection = connection
        self._left_bytes = MAX_HEAD_BYTES
        self._is_odd = False

    async def read(self) -> None:
        """All of it; Trouble where it breaks off, or where more would be of no use."""
        await self._status()
        await self._headers()
        await self._body()
        closes = b"close" in self.received.values(b"connection")
        self.received.is_clean = not (self._is_odd or closes)

    def found_status_in(self, line: bytes) -> bool:
        """Whether it begins with a final status, which is the answer's, then."""
        found = _STATUS_LINE.match(line.lstrip(b"\r\n"))
        if found is None or _is_interim(status := int(found[1])):
            return False
        self.received.status = status
        return True

    async def _status(self) -> None:
        """Past blank lines and interim answers (RFC 9110, 15.2) to the final status."""
        while not self.found_status_in(line := await self._line()):
            if line and not _STATUS_LINE.match(line):
                raise _NoHttp
            self._is_odd |= not line
            while line:
                line = await self._line()
        self._is_odd |= not line.startswith(b"HTTP/1.1 ")

    async def _headers(self) -> None:
        while line := await self._line():
            name, colon, value = line.partition(b":")
            self._is_odd |= not (colon and _TOKEN.fullmatch(name)) or bool(_STRAY.search(value))
            if _TOKEN.fullmatch(name := name.rstrip()):
                self.received.headers.append((name, value.strip()))

    async def _body(self) -> None:
        codings = self.received.values(b"transfer-encoding")
        lengths = self.received.values(b"content-length")
        if self.received.is_bodiless:
            self._is_odd |= bool(codings or lengths)
        elif codings:
            self._is_odd |= codings != [b"chunked"] or bool(lengths)
            await (self._chunks() if codings[-1] == b"chunked" else self._until_end())
        elif lengths:
            self._is_odd |= len(lengths) > 1
            await self._shortest(lengths)
        else:
            await self._until_end()

    async def _shortest(self, lengths: list[bytes]) -> None:
        """By the shortest length; where none is a number, what is there: nothing says how long."""
        sizes = [int(each[:_MAX_LENGTH_DIGITS]) for each in lengths if each.isdigit()]
        if not sizes:
            self.received.body += self._connection.rest(MAX_ANSWER_BYTES)
            raise Trouble
        await self._exactly(min(sizes))

    async def _chunks(self) -> None:
        while size := await self._chunk_size():
            await self._exactly(size)
            if await self._line():
                raise Trouble
        if await self._line():  # trailers are of no use
            raise Trouble

    async def _chunk_size(self) -> int:
        self._left_bytes = _MAX_CHUNK_LINE_BYTES
        found = _CHUNK_SIZE.fullmatch(await self._line())
        if found is None:
            raise Trouble
        return int(found[1], 16)

    async def _until_end(self) -> None:
        await self._exactly(MAX_ANSWER_BYTES + 1)

    async def _exactly(self, count: int) -> None:
        body = self.received.body
        while count:
            piece = await self._connection.some(min(count, MAX_ANSWER_BYTES - len(body)))
            body += piece
            count -= len(piece)
            if len(body) >= MAX_ANSWER_BYTES:
                raise Trouble

    async def _line(self) -> bytes:
        line = await self._connection.line(self._left_bytes)
        self._left_bytes -= len(line) + 1
        self._is_odd |= not line.endswith(b"\r")
        return line.removesuffix(b"\r")


def _is_interim(status: int) -> bool:
    return status < 200 and status != _SWITCHING  # noqa: PLR2004 - the 1xx of HTTP
