"""Backends that misbehave on the wire: each becomes an outcome, none holds a worker up."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest

from chalicelib.adapters.http_answers import MAX_ANSWER_BYTES
from chalicelib.adapters.httpx_callbacks import HttpxCallbacks
from chalicelib.model.channel import Queue
from chalicelib.model.outcome import Answer, Kind, outcome_of
from chalicelib.ports.delivery import Call
from tests.contract.odd_answers import BROKEN_OFF, ODD
from tests.contract.raw_backend import raw_backend
from tests.integration.service import Service
from tests.integration.test_scheduling import AN_SMS
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


async def dripping_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while True:
            writer.write(b"x: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass


def test_an_endless_body_is_cut_at_64_kib():
    answer, took_s = answer_of(endless)

    assert (answer.status, len(answer.text)) == (200, MAX_ANSWER_BYTES)
    assert took_s < 0.5


def test_a_body_that_drips_is_cut_at_the_time_out_and_its_status_counts():
    answer, took_s = answer_of(dripping)

    assert outcome_of(answer, now=NOON).kind is Kind.COMPLETED
    assert took_s < 1.5


def test_a_head_that_drips_is_cut_at_the_time_out_and_its_status_counts():
    answer, took_s = answer_of(dripping_head)

    assert outcome_of(answer, now=NOON).kind is Kind.COMPLETED
    assert took_s < 1.5


def test_a_connection_that_is_reset_is_tried_again():
    answer, _ = answer_of(resetting)

    assert answer.status is None
    assert outcome_of(answer, now=NOON).kind is Kind.RETRY


#: A few of each kind; tests/contract has them all.
SUCCESSES = [
    *(
        ODD[name]
        for name in ("204 with a body", "two equal lengths", "a header of 9 KB", "no gzip")
    ),
    *(BROKEN_OFF[name] for name in ("after the status", "amid a header", "amid the body")),
]


@pytest.mark.parametrize("raw", SUCCESSES)
def test_a_job_that_was_answered_with_a_success_is_never_called_again(service: Service, raw: bytes):
    service.backend.raw = raw
    job_id = service.post("/api/schedule-sms", AN_SMS | {"delay": 0}).json_body["jobId"]
    service.work(Queue.SEND_SMS)
    status = service.get(f"/api/job-status/{job_id}").json_body

    assert (status["status"], status["attempts"]) == ("COMPLETED", 1)
    assert len(service.backend.received) == 1
    assert service.messages(Queue.SEND_SMS) == service.messages(Queue.SCHEDULED_SMS) == []
