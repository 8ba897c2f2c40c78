"""Connections to backends: kept while both sides want it, never over the limit, never leaked."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import httpx
import pytest

from chalicelib.adapters.connections import Connections
from chalicelib.adapters.httpx_transport import Transport
from tests.contract.raw_backend import RawBackend, Script, raw_backend, reply, saying, silence
from tests.network import watching

T = TypeVar("T")

OK = saying(reply(body=b"ok"))


@asynccontextmanager
async def sending(connections: Connections) -> AsyncGenerator[httpx.AsyncClient]:
    """A client over these connections; afterwards none of them is open."""
    async with httpx.AsyncClient(transport=Transport(connections), timeout=5) as client:
        yield client


def told(
    script: Script, story: Callable[[RawBackend, httpx.AsyncClient], Awaitable[T]], **how: float
) -> T:
    """What a story comes to, with a backend that answers by the script."""

    async def run() -> T:
        connections = Connections(allow_private=True, **how)  # type: ignore[arg-type]
        async with raw_backend(script) as backend, sending(connections) as client:
            return await story(backend, client)

    return asyncio.run(run())


async def until(fact: Callable[[], bool]) -> None:
    """Wait for a fact; the test's own patience ends after 5 s."""
    async with asyncio.timeout(5):
        while not fact():  # noqa: ASYNC110 - a socket's state fires no event
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("surplus", [b"x", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_bytes_on_an_idle_connection_close_it(surplus: bytes):
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        await client.post(backend.url)
        backend._writers[0].write(surplus)
        await until(backend._writers[0].is_closing)
        assert (await client.post(backend.url)).text == "ok"
        return backend.connection_count

    assert told(OK, story) == 2


def test_an_idle_connection_that_the_backend_closes_is_closed():
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        await client.post(backend.url)
        backend._writers[0].write_eof()
        await until(backend._writers[0].is_closing)
        assert (await client.post(backend.url)).text == "ok"
        return backend.connection_count

    assert told(OK, story) == 2


def test_a_connection_is_not_kept_for_long():
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> None:
        await client.post(backend.url)
        assert backend.open_count == 1
        await until(lambda: backend.open_count == 0)

    told(OK, story, kept_s=0.05)


def test_what_a_backend_sends_after_a_204_is_not_the_next_answer():
    async def late_body(writer: asyncio.StreamWriter) -> None:
        await saying(b"HTTP/1.1 204 No Content\r\n\r\n")(writer)
        await asyncio.sleep(0.01)
        await saying(b"null")(writer)

    async def story(backend: RawBackend, client: httpx.AsyncClient) -> list[int]:
        return [(await client.post(backend.url)).status_code for _ in range(5)]

    assert told(late_body, story) == [204] * 5


def test_a_204_in_order_keeps_its_connection():
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        for _ in range(3):
            await client.post(backend.url)
            await asyncio.sleep(0.1)
        return backend.connection_count

    assert told(saying(b"HTTP/1.1 204 No Content\r\n\r\n"), story) == 1


@pytest.mark.parametrize("said", [b"close", b"x, Close", b"CLOSE"])
def test_a_backend_that_closes_is_believed(said: bytes):
    raw = b"HTTP/1.1 200 OK\r\nconnection: " + said + b"\r\ncontent-length: 0\r\n\r\n"

    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        await client.post(backend.url)
        await client.post(backend.url)
        return backend.connection_count

    assert told(saying(raw), story) == 2


def test_chunks_in_order_keep_the_connection():
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;x=y\r\nok\r\n0\r\n\r\n"

    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        assert [(await client.post(backend.url)).text for _ in range(3)] == ["ok"] * 3
        return backend.connection_count

    assert told(saying(raw), story) == 1


@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"])
def test_a_call_that_is_cancelled_closes_its_connection(begun: bytes):
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> set[asyncio.Task[object]]:
        call = asyncio.create_task(client.post(backend.url))
        await until(lambda: bool(backend.requests))
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        await until(lambda: backend.open_count == 0)
        return {task for task in asyncio.all_tasks() if "adapters" in str(task.get_coro())}

    assert told(saying(begun), story) == set()


def test_a_call_that_times_out_closes_its_connection():
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> None:
        with pytest.raises(TimeoutError):
            await client.post(backend.url, timeout=0.05)
        await until(lambda: backend.open_count == 0)

    told(silence, story)


def test_there_are_never_more_sockets_than_the_limit():
    most = 0

    async def counting(writer: asyncio.StreamWriter) -> None:
        nonlocal most
        most = max(most, backends[0].open_count)
        await asyncio.sleep(0.01)
        await OK(writer)

    backends: list[RawBackend] = []

    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        backends.append(backend)
        answers = await asyncio.gather(*(client.post(backend.url) for _ in range(20)))
        return sum(answer.text == "ok" for answer in answers)

    assert told(counting, story, max_sockets=3) == 20
    assert most == 3


def test_an_idle_connection_makes_room_for_another_host_s():
    async def story(backend: RawBackend, client: httpx.AsyncClient) -> int:
        async with raw_backend(OK) as other:
            await client.post(backend.url)
            assert (await client.post(other.url)).text == "ok"
            await until(lambda: backend.open_count == 0)
            return other.open_count

    assert told(OK, story, max_sockets=1) == 1


def test_a_connection_that_ended_while_the_loop_slept_is_not_written_to():
    """Lambda freezes a process between two invocations: the loop has not seen the end."""

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(reply(body=b"first"))
            slept.wait(5)
        ended.set()
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(reply(body=b"second"))

    slept, ended = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server, asyncio.Runner() as runner:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        client = httpx.AsyncClient(transport=Transport(Connections(allow_private=True)))
        first = runner.run(client.post(url))
        slept.set()
        ended.wait(5)
        second = runner.run(client.post(url))
        runner.run(client.aclose())
        thread.join()

    assert (first.text, second.text) == ("first", "second")


def test_a_name_is_looked_up_once_for_many_connections():
    async def story() -> list[object]:
        async with sending(Connections(allow_private=True)) as client:
            calls = (client.post("http://good.example/") for _ in range(20))
            return await asyncio.gather(*calls, return_exceptions=True)

    with watching({"good.example": [["93.184.215.14"]]}) as watch:
        errors = asyncio.run(story())

    assert {type(error) for error in errors} == {ConnectionRefusedError}
    assert watch.lookups == ["good.example"]
    assert len(watch.connections) == 20


def test_a_name_that_was_not_found_is_looked_up_again():
    async def story() -> None:
        async with sending(Connections(allow_private=True)) as client:
            for _ in range(2):
                with pytest.raises(socket.gaierror):
                    await client.post("http://nobody.example/")

    with watching({}) as watch:
        asyncio.run(story())

    assert watch.lookups == ["nobody.example"] * 2


def test_a_call_that_is_cancelled_while_it_looks_up_leaves_its_place():
    async def story() -> str:
        connections = Connections(allow_private=True, max_sockets=1)
        async with raw_backend(OK) as backend, sending(connections) as client:
            with pytest.raises(TimeoutError):
                await client.post("http://slow.example/", timeout=0.05)
            return (await client.post(backend.url)).text

    with watching({}), pytest.MonkeyPatch.context() as patch:
        patched = socket.getaddrinfo

        def slow(host: str, *rest: object, **more: object) -> object:
            if host == "slow.example":
                time.sleep(0.2)
            return patched(host, *rest, **more)  # type: ignore[arg-type]

        patch.setattr(socket, "getaddrinfo", slow)

        assert asyncio.run(story()) == "ok"
