"""Callbacks: once a status was read the answer is that status, whatever else is wrong with it."""

import asyncio
import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.http_answers import MAX_ANSWER_BYTES
from chalicelib.model.outcome import Answer, Kind, outcome_of
from chalicelib.ports.delivery import Call
from tests.contract.odd_answers import BROKEN_OFF, IN_ORDER, ODD, OK, UNKNOWN, resetting
from tests.contract.raw_backend import RawBackend, Script, reply, saying
from tests.contract.test_callbacks import HEADERS, a_call, answer_to, calling, with_backend
from tests.rig.builders import NOON


def answers_to(
    script: Script, *, count: int, timeout_s: float = 5.0
) -> tuple[set[int | None], RawBackend]:
    """The statuses of so many callbacks one after the other, and what their backend saw."""

    async def story(backend: RawBackend) -> tuple[set[int | None], RawBackend]:
        async with calling(timeout_s=timeout_s) as callbacks:
            answers = [await callbacks.post(a_call(backend.url)) for _ in range(count)]
        return {answer.status for answer in answers}, backend

    return with_backend(script, story)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_its_status_by_one_call_and_its_connection_is_not_used_again(name: str):
    statuses, backend = answers_to(saying(ODD[name]), count=3)

    assert statuses == {int(ODD[name].upper().partition(b"HTTP/")[2].split()[1])}
    assert len(backend.requests) == 3
    assert backend.connection_count == (1 if name in IN_ORDER else 3)


@pytest.mark.parametrize("end", [lambda raw: saying(raw, then_close=True), resetting])
@pytest.mark.parametrize("name", BROKEN_OFF)
def test_an_answer_that_breaks_off_is_its_status(name: str, end: Callable[[bytes], Script]):
    statuses, backend = answers_to(end(BROKEN_OFF[name]), count=1)

    assert statuses == {200}
    assert len(backend.requests) == 1


@pytest.mark.parametrize("name", BROKEN_OFF)
def test_an_answer_that_does_not_go_on_is_its_status_at_the_time_out(name: str):
    assert answer_to(saying(BROKEN_OFF[name]), timeout_s=0.1).status == 200


@pytest.mark.parametrize("end", [lambda raw: saying(raw, then_close=True), resetting])
@pytest.mark.parametrize("name", UNKNOWN)
def test_what_has_no_status_is_tried_again(name: str, end: Callable[[bytes], Script]):
    answer = answer_to(end(UNKNOWN[name]))

    assert answer.error
    assert outcome_of(answer, now=NOON).kind is Kind.RETRY


@pytest.mark.parametrize(
    "status", ["301 x", "404 x", "429 x", "500 x", "599", "999 Denied", "101 x"]
)
def test_other_statuses_stand_as_well(status: str):
    raw = f"HTTP/1.1 {status}\r\nretry-after: 7\r\ncontent-length: -9\r\n".encode()

    assert answer_to(resetting(raw)) == Answer(int(status[:3]), retry_after="7")


@pytest.mark.parametrize(
    "location", ["http://[::1", "//[", "http://a b:x/", "\\\\host", "https:///x"]
)
def test_a_redirect_to_what_is_no_url_is_an_answer(location: str):
    assert answer_to(saying(reply("302 Found", location=location))).status == 302


def test_interim_answers_are_skipped():
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"

    assert answer_to(saying(interim + reply("503 Down", b"no"))) == Answer(503, text="no")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (OK + b"content-length: 9\r\n\r\npart", "part"),
        (OK + b"transfer-encoding: chunked\r\n\r\n4\r\npart\r\nzz", "part"),
        (OK + b"content-length: 4, 6\r\n\r\npartly", "part"),
        (OK + b"content-length: x\r\n\r\npart", "part"),
        (OK + b"\r\npart", "part"),
    ],
)
def test_what_came_of_a_body_is_kept(raw: bytes, text: str):
    assert answer_to(saying(raw, then_close=True)) == Answer(200, text=text)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"whole" * 999)),
        ("X-GZIP", gzip.compress(b"whole" * 999)),
        ("deflate", zlib.compress(b"whole" * 999)),
        ("deflate", zlib.compress(b"whole" * 999)[2:-4]),
        ("deflate, gzip", gzip.compress(zlib.compress(b"whole" * 999))),
        ("identity", b"whole" * 999),
    ],
    ids=["gzip", "x-gzip", "deflate", "deflate without a head", "both", "neither"],
)
def test_a_body_is_unpacked(coding: str, body: bytes):
    answer = answer_to(saying(reply(body=body, content_encoding=coding)))

    assert answer == Answer(200, text="whole" * 999)


def test_an_answer_that_unpacks_to_a_long_one_is_cut():
    packed = gzip.compress(b"x" * 5_000_000)
    answer = answer_to(saying(reply(body=packed, content_encoding="gzip")))

    assert answer == Answer(200, text="x" * MAX_ANSWER_BYTES)


def test_a_packed_body_counts_up_to_what_is_broken_in_it():
    body = gzip.compress(bytes(range(32, 127)) * 99, compresslevel=0)
    answer = answer_to(saying(reply(body=body[:5000] + b"x" * 9, content_encoding="gzip")))

    assert answer.text.startswith(bytes(range(32, 127)).decode())


def test_headers_beyond_the_limit_leave_those_before_it():
    raw = b"HTTP/1.1 429 x\r\nretry-after: 7\r\nx: " + b"y" * 200_000

    assert answer_to(saying(raw)) == Answer(429, retry_after="7")


def test_an_early_answer_to_a_long_request_is_an_answer():
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await saying(reply("413 Too Large"), then_close=True)(writer)

    async def story() -> Answer:
        async with (
            await asyncio.start_server(refuse, "127.0.0.1", 0) as server,
            calling() as callbacks,
        ):
            port = server.sockets[0].getsockname()[1]
            return await callbacks.post(
                Call(f"http://127.0.0.1:{port}/", HEADERS, b"x" * 9_000_000)
            )

    assert asyncio.run(story()).status == 413


_STATUS = st.integers(100, 999).filter(lambda status: status >= 200 or status == 101)
_PIECES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [
                *(b"\r\n", b"\n", b"\r\n\r\n", b": ", b" ", b"\0", b"HTTP/1.1 100 \r\n", b"0\r\n"),
                *(
                    b"Content-Length: ",
                    b"Transfer-Encoding: chunked\r\n",
                    b"Content-Encoding: gzip\r\n",
                ),
                *(
                    b"Location: ",
                    b"Set-Cookie: ",
                    b"Connection: ",
                    b"9" * 30,
                    b"-1",
                    gzip.compress(b"x"),
                ),
            ]
        ),
    ),
    max_size=30,
)


@given(
    status=_STATUS, after=st.sampled_from([b" ", b"\r", b"\n", b"\r\n", b" OK\r\n"]), pieces=_PIECES
)
def test_whatever_follows_a_status_leaves_it(status: int, after: bytes, pieces: list[bytes]):
    raw = b"HTTP/1.1 %d" % status + after + b"".join(pieces)
    answer = answer_to(saying(raw, then_close=True))

    assert answer.status == status
    assert len(answer.text) <= MAX_ANSWER_BYTES


@given(raw=st.binary(max_size=200), cut=st.integers(0, 14))
def test_whatever_comes_is_an_answer_or_an_error(raw: bytes, cut: int):
    answer = answer_to(saying(b"HTTP/1.1 200 OK"[:cut] + raw, then_close=True))

    assert (answer.status is None) == (answer.error is not None)
