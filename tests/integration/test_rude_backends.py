"""Backends that misbehave on the wire: each becomes an outcome, none holds a worker up."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from chalicelib.adapters.httpx_callbacks import MAX_ANSWER_BYTES, HttpxCallbacks
from chalicelib.model.outcome import Answer, Kind, outcome_of
from chalicelib.ports.delivery import Call
from tests.contract.raw_backend import raw_backend
from tests.rig.builders import NOON

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"


def answer_of(script: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> tuple[Answer, float]:
    """What a callback comes to, with a time-out of half a second; and how many seconds it took."""

    async def story() -> tuple[Answer, float]:
        callbacks = HttpxCallbacks(allow_private=True, timeout_s=0.5)
        async with raw_backend(script) as backend:
            start_s = asyncio.get_running_loop().time()
            answer = await callbacks.post(Call(f"{backend.url}/send-sms", {}, b"{}"))
            took_s = asyncio.get_running_loop().time() - start_s
            await callbacks._http().aclose()
        return answer, took_s

    return asyncio.run(story())


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    try:
        while True:
            writer.write(CHUNK)
            await writer.drain()
    except ConnectionError:
        pass


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    try:
        while True:
            writer.write(b"1\r\nx\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass


async def resetting(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def slow_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await asyncio.sleep(2)


def test_an_endless_body_is_cut_at_64_kib():
    answer, took_s = answer_of(endless)

    assert (answer.status, len(answer.text)) == (200, MAX_ANSWER_BYTES)
    assert took_s < 0.5


def test_a_body_that_drips_is_cut_at_the_time_out_and_its_status_counts():
    answer, took_s = answer_of(dripping)

    assert outcome_of(answer, now=NOON).kind is Kind.COMPLETED
    assert took_s < 1.5


def test_a_head_that_never_ends_is_given_up_and_tried_again():
    answer, took_s = answer_of(slow_head)

    assert outcome_of(answer, now=NOON).kind is Kind.RETRY
    assert took_s < 1.5


def test_a_connection_that_is_reset_is_tried_again():
    answer, _ = answer_of(resetting)

    assert answer.status is None
    assert outcome_of(answer, now=NOON).kind is Kind.RETRY
