"""Callbacks: every answer of a backend becomes an Answer, and nothing that it does raises."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.adapters.http_answers import MAX_ANSWER_BYTES
from chalicelib.adapters.httpx_callbacks import HttpxCallbacks
from chalicelib.model.endpoint import fault_of
from chalicelib.model.outcome import Answer
from chalicelib.ports.delivery import Call
from tests.contract.raw_backend import RawBackend, Script, raw_backend, reply, saying, silence

T = TypeVar("T")

HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "job-1"}
BODY = '{"message":"Grüße"}'.encode()


@asynccontextmanager
async def calling(
    *, allow_private: bool = True, timeout_s: float = 5.0
) -> AsyncGenerator[HttpxCallbacks]:
    """Callbacks whose connections are closed afterwards."""
    callbacks = HttpxCallbacks(allow_private=allow_private, timeout_s=timeout_s)
    try:
        yield callbacks
    finally:
        if callbacks._client is not None:
            await callbacks._client.aclose()


def a_call(base_url: str, path: str = "/send-sms") -> Call:
    """A callback to a path of a backend."""
    return Call(url=base_url + path, headers=HEADERS, body=BODY)


def with_backend(script: Script, story: Callable[[RawBackend], Awaitable[T]]) -> T:
    """Run a story against a backend that answers by the script."""

    async def run() -> T:
        async with raw_backend(script) as backend:
            return await story(backend)

    return asyncio.run(run())


def answer_to(script: Script, *, allow_private: bool = True, timeout_s: float = 5.0) -> Answer:
    """What one callback to such a backend comes to."""

    async def story(backend: RawBackend) -> Answer:
        async with calling(allow_private=allow_private, timeout_s=timeout_s) as callbacks:
            return await callbacks.post(a_call(backend.url))

    return with_backend(script, story)


def test_the_request_is_sent_as_it_is():
    async def story(backend: RawBackend) -> bytes:
        async with calling() as callbacks:
            await callbacks.post(a_call(backend.url, "/send%20sms?a=1&b=%2B"))
        return backend.requests[0]

    head, _, body = with_backend(saying(reply()), story).partition(b"\r\n\r\n")

    assert head.startswith(b"POST /send%20sms?a=1&b=%2B HTTP/1.1\r\n")
    assert b"\r\ncontent-type: application/json" in head.lower()
    assert b"\r\nidempotency-key: job-1" in head.lower()
    assert body == BODY


@settings(max_examples=30)
@given(
    st.from_regex(
        r"\A/[A-Za-z0-9._~!$&'()*+,;=:%/-]{0,20}(\?[A-Za-z0-9._~!$&'()*+,;=:%/?-]{0,20})?\Z"
    ).filter(lambda path: fault_of(path) is None)
)
def test_a_path_is_sent_as_it_was_scheduled(path: str):
    async def story(backend: RawBackend) -> bytes:
        async with calling() as callbacks:
            await callbacks.post(a_call(backend.url, path))
        return backend.requests[0]

    assert with_backend(saying(reply()), story).split(b" ")[1] == path.encode()


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://localhost:{port}", "localhost:{port}"),
        ("http://LOCALHOST:{port}", "localhost:{port}"),
        ("http://127.0.0.1:{port}", "127.0.0.1:{port}"),
    ],
)
def test_the_host_is_the_url_s(url: str, host: str):
    async def story(backend: RawBackend) -> tuple[bytes, bytes]:
        port = backend.url.rpartition(":")[2]
        async with calling() as callbacks:
            await callbacks.post(a_call(url.format(port=port)))
        return backend.requests[0].lower(), host.format(port=port).encode()

    request, expected = with_backend(saying(reply()), story)

    assert request.count(b"\r\nhost:") == 1
    assert b"\r\nhost: " + expected + b"\r\n" in request


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "a\rb", "a\0b"])
def test_a_header_with_a_line_break_is_not_sent(value: str):
    async def story(backend: RawBackend) -> tuple[Answer, int]:
        call = Call(backend.url + "/x", HEADERS | {"traceparent": value}, BODY)
        async with calling() as callbacks:
            return await callbacks.post(call), len(backend.requests)

    answer, request_count = with_backend(saying(reply()), story)

    assert (answer.status, request_count) == (None, 0)


@pytest.mark.parametrize(
    "status", ["200 OK", "201 Created", "404 Not Found", "503 Service Unavailable"]
)
def test_an_answer_has_its_status_and_its_text(status: str):
    answer = answer_to(saying(reply(status, "schön".encode())))

    assert answer == Answer(int(status[:3]), text="schön")


def test_retry_after_comes_as_it_is():
    answer = answer_to(saying(reply("429 Too Many Requests", retry_after="120")))

    assert answer == Answer(429, retry_after="120")


def test_a_redirect_is_an_answer_and_is_not_followed():
    async def story(backend: RawBackend) -> tuple[Answer, int]:
        async with calling() as callbacks:
            return await callbacks.post(a_call(backend.url)), len(backend.requests)

    moved = reply("307 Temporary Redirect", location="/elsewhere")
    answer, request_count = with_backend(saying(moved), story)

    assert answer.status == 307
    assert request_count == 1


def test_text_that_is_not_utf_8_does_not_raise():
    assert answer_to(saying(reply(body=b"\xff\xfe ok"))).text.endswith(" ok")


def test_a_long_answer_is_cut():
    answer = answer_to(saying(reply(body=b"x" * (MAX_ANSWER_BYTES + 1000))))

    assert answer == Answer(200, text="x" * MAX_ANSWER_BYTES)


@pytest.mark.parametrize(
    "raw", [b"SSH-2.0-OpenSSH_9.2 banner\r\n", b"220 mail.example ESMTP banner\r\n"]
)
def test_an_error_quotes_neither_what_came_nor_the_url(raw: bytes):
    answer = answer_to(saying(raw, then_close=True))

    assert answer.error == "What came back is no HTTP: a status line is missing."


@pytest.mark.parametrize(
    "host", ["a..example.com", "a" * 64 + ".example", "xn--a", "xn--zzzzz-9999.com", "[v1.x]"]
)
def test_a_host_that_cannot_be_looked_up_is_an_error(host: str):
    async def story() -> Answer:
        async with calling() as callbacks:
            return await callbacks.post(a_call(f"https://{host}"))

    answer = asyncio.run(story())

    assert answer.status is None
    assert answer.error


def test_a_backend_that_is_silent_is_given_up_in_time():
    answer = answer_to(silence, timeout_s=0.2)

    assert answer.status is None
    assert answer.error == "The backend did not answer within 0.2 s."


def test_a_backend_that_is_not_there_is_an_error():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]

    async def story() -> Answer:
        async with calling() as callbacks:
            return await callbacks.post(a_call(f"http://127.0.0.1:{port}"))

    answer = asyncio.run(story())

    assert answer.status is None
    assert answer.error


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_address_of_one_s_own_is_never_connected_to(host: str):
    async def story(backend: RawBackend) -> tuple[Answer, int]:
        url = backend.url.replace("127.0.0.1", host)
        async with calling(allow_private=False) as callbacks:
            return await callbacks.post(a_call(url)), backend.connection_count

    answer, connection_count = with_backend(saying(reply()), story)

    assert answer.status is None
    assert answer.error
    assert connection_count == 0


def test_connections_are_kept():
    async def story(backend: RawBackend) -> tuple[int, int]:
        async with calling() as callbacks:
            for _ in range(3):
                await callbacks.post(a_call(backend.url))
            return len(backend.requests), backend.connection_count

    assert with_backend(saying(reply(body=b"ok")), story) == (3, 1)


def test_no_cookie_of_one_callback_reaches_the_next():
    async def story(backend: RawBackend) -> bytes:
        async with calling() as callbacks:
            for _ in range(2):
                await callbacks.post(a_call(backend.url))
            return backend.requests[1]

    second = with_backend(saying(reply(set_cookie="session=of-another-tenant; path=/")), story)

    assert b"of-another-tenant" not in second


def test_slow_answers_do_not_hold_each_other_up():
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await saying(reply())(writer)

    async def story(backend: RawBackend) -> float:
        async with calling() as callbacks:
            start_s = asyncio.get_running_loop().time()
            await asyncio.gather(*(callbacks.post(a_call(backend.url)) for _ in range(30)))
            return asyncio.get_running_loop().time() - start_s

    assert with_backend(slow, story) < 30 * 0.2 / 2
