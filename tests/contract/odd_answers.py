"""Answers with a status line, and with something else that is wrong: each was a success."""

import asyncio
import gzip
import socket
import struct
import zlib

from tests.contract.raw_backend import Script

OK = b"HTTP/1.1 200 OK\r\n"
_LENGTH_2 = b"Content-Length: 2\r\n"
_CHUNKED = b"Transfer-Encoding: chunked\r\n"
_BOMB = gzip.compress(b"x" * 20_000_000)


def _packed(coding: bytes, body: bytes) -> bytes:
    head = b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (coding, len(body))
    return OK + head + body


#: By name: what comes, whole; the connection stays open after it.
ODD: dict[str, bytes] = {
    "204 with a body": b"HTTP/1.1 204 No Content\r\n\r\nnull",
    "204 with a length and a body": b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nnull",
    "204 with chunks": b"HTTP/1.1 204 No Content\r\n" + _CHUNKED + b"\r\n4\r\nnull\r\n0\r\n\r\n",
    "two equal lengths": OK + _LENGTH_2 * 2 + b"\r\nok",
    "two lengths in one": OK + b"Content-Length: 2, 2\r\n\r\nok",
    "two lengths that contradict": OK + _LENGTH_2 + b"Content-Length: 5\r\n\r\nok",
    "a length beside chunks": OK + _LENGTH_2 + _CHUNKED + b"\r\n2\r\nok\r\n0\r\n\r\n",
    "a negative length": OK + b"Content-Length: -1\r\n\r\nok",
    "a signed length": OK + b"Content-Length: +2\r\n\r\nok",
    "a length in words": OK + b"Content-Length: two\r\n\r\nok",
    "a hexadecimal length": OK + b"Content-Length: 0x2\r\n\r\nok",
    "a length of other digits": OK + "Content-Length: ٢\r\n\r\nok".encode(),
    "a fraction of a length": OK + b"Content-Length: 2.0\r\n\r\nok",
    "more than the length": OK + _LENGTH_2 + b"\r\nok and more",
    "a chunk's size that is none": OK + _CHUNKED + b"\r\nzz\r\nok\r\n0\r\n\r\n",
    "a negative chunk": OK + _CHUNKED + b"\r\n-2\r\nok\r\n0\r\n\r\n",
    "a huge chunk": OK + _CHUNKED + b"\r\nfffffffffffffffff\r\nok",
    "a chunk that is longer": OK + _CHUNKED + b"\r\n2\r\nokay\r\n0\r\n\r\n",
    "a chunk's size without end": OK + _CHUNKED + b"\r\n" + b"0" * 5000,
    "a trailer": OK + _CHUNKED + b"\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
    "chunks in name only": OK + _CHUNKED + b'\r\n{"ok":true}\r\n',
    "chunked twice": OK + _CHUNKED * 2 + b"\r\n2\r\nok\r\n0\r\n\r\n",
    "gzip and chunked": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "140 headers": OK + b"".join(b"X-%d: y\r\n" % i for i in range(140)) + _LENGTH_2 + b"\r\nok",
    "a header of 9 KB": OK + b"X: " + b"y" * 9_000 + b"\r\n" + _LENGTH_2 + b"\r\nok",
    "a header of 60 KB": OK + b"X: " + b"y" * 60_000 + b"\r\n" + _LENGTH_2 + b"\r\nok",
    "headers beyond the limit": OK + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    "5,000 headers": OK + b"X: yyyyyyyyyyyyyyyyyyyy\r\n" * 5_000 + b"\r\n",
    "an obsolete fold": OK + b"X: a\r\n b\r\n" + _LENGTH_2 + b"\r\nok",
    "a fold before any header": OK + b" X: a\r\n" + _LENGTH_2 + b"\r\nok",
    "a header without a colon": OK + b"garbage\r\n" + _LENGTH_2 + b"\r\nok",
    "a header without a name": OK + b": x\r\n" + _LENGTH_2 + b"\r\nok",
    "a space before the colon": OK + b"X : a\r\n" + _LENGTH_2 + b"\r\nok",
    "NULs in a header": OK + b"X: a\0b\r\n" + _LENGTH_2 + b"\r\nok",
    "a NUL in a name": OK + b"X\0Y: a\r\n" + _LENGTH_2 + b"\r\nok",
    "bytes in a value that are no text": OK + b"X: \xff\xfe\r\n" + _LENGTH_2 + b"\r\nok",
    "bytes in a name that are no text": OK + b"\xff: y\r\n" + _LENGTH_2 + b"\r\nok",
    "a cookie that is none": OK + b"Set-Cookie: =;;\xff; =x\r\n" + _LENGTH_2 + b"\r\nok",
    "line feeds only": OK.replace(b"\r", b"") + _LENGTH_2.replace(b"\r", b"") + b"\nok",
    "a carriage return in a header": OK + b"X: a\rY: b\r\n" + _LENGTH_2 + b"\r\nok",
    "no reason": b"HTTP/1.1 200\r\n" + _LENGTH_2 + b"\r\nok",
    "a reason that is no text": b"HTTP/1.1 200 \xff\0\r\n" + _LENGTH_2 + b"\r\nok",
    "a reason of 70 KB": b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n" + _LENGTH_2 + b"\r\nok",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + _LENGTH_2 + b"\r\nok",
    "HTTP/2": b"HTTP/2 200\r\n" + _LENGTH_2 + b"\r\nok",
    "lower case": b"http/1.1 200 ok\r\n" + _LENGTH_2 + b"\r\nok",
    "blank lines before it": b"\r\n\n\r\n" + OK + _LENGTH_2 + b"\r\nok",
    "no gzip": _packed(b"gzip", b"ok"),
    "gzip that is broken": _packed(b"gzip", gzip.compress(b"okay" * 999)[:-20] + b"\0" * 20),
    "gzip that is cut": _packed(b"gzip", gzip.compress(b"okay" * 999)[:30]),
    "a bomb of gzip": _packed(b"gzip", _BOMB),
    "a bomb in a bomb": _packed(b"gzip, gzip", gzip.compress(_BOMB)),
    "gzip forty times": _packed(b"gzip, " * 40, gzip.compress(b"ok")),
    "no deflate": _packed(b"deflate", b"ok"),
    "a bomb of deflate": _packed(b"deflate", zlib.compress(b"x" * 20_000_000)),
    "no br": _packed(b"br", b"\xff" * 99),
    "an encoding of its own": _packed(b"rot13", b"bx"),
}
#: Those whose connection is in order all the same: they are only large, or odd within.
IN_ORDER = frozenset(name for name, raw in ODD.items() if b"Content-Encoding" in raw) | {
    *("140 headers", "a header of 9 KB", "a header of 60 KB", "a reason of 70 KB", "no reason"),
    *("a reason that is no text", "bytes in a value that are no text", "a cookie that is none"),
}

#: By name: what comes before the connection ends.
BROKEN_OFF: dict[str, bytes] = {
    "after the status": b"HTTP/1.1 200",
    "after the status and a space": b"HTTP/1.1 200 ",
    "amid the reason": b"HTTP/1.1 200 O",
    "after a return": b"HTTP/1.1 200 OK\r",
    "after the status line": OK,
    "amid a header": OK + b"Content-Le",
    "amid the blank line": OK + _LENGTH_2 + b"\r",
    "before the body": OK + _LENGTH_2 + b"\r\n",
    "amid the body": OK + b"Content-Length: 100\r\n\r\npart",
    "amid a chunk": OK + _CHUNKED + b"\r\n64\r\npart",
    "amid a chunk's size": OK + _CHUNKED + b"\r\n6",
    "before the last chunk": OK + _CHUNKED + b"\r\n2\r\nok\r\n",
    "after an interim answer": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + _LENGTH_2 + b"\r\no",
}
#: By name: no status was read, so that nothing is known.
UNKNOWN: dict[str, bytes] = {
    "nothing": b"",
    "blank lines": b"\r\n\r\n",
    "no HTTP": b"\x00\x01garbage\r\n\r\n",
    "two digits": b"HTTP/1.1 20",
    "two digits and a line's end": b"HTTP/1.1 20\r\n\r\n",
    "four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status of zeros": b"HTTP/1.1 000 OK\r\n\r\n",
    "letters at its end": b"HTTP/1.1 200OK\r\n\r\n",
    "no version": b"HTTP 200 OK\r\n\r\n",
    "another protocol": b"ICY 200 OK\r\n\r\n",
    "a page": b"<html>HTTP/1.1 200 OK</html>\r\n",
    "a greeting": b"220 mail.example ESMTP\r\n",
    "an interim answer alone": b"HTTP/1.1 100 Continue\r\n\r\n",
    "an interim answer, cut": b"HTTP/1.1 102 Proc",
    "interim answers for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 9_000,
}


def resetting(raw: bytes) -> Script:
    """Answer with these bytes, then tear the connection down."""

    async def script(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        await asyncio.sleep(0.05)  # a reset overtakes what the other side has not read
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return script
