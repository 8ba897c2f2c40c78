"""The tests' network ends at this machine, whichever way a library tries to leave it."""

import asyncio
import socket
from contextlib import closing

import pytest

#: An address for documentation, which belongs to nobody (RFC 5737).
ELSEWHERE = ("192.0.2.1", 9)


def test_a_connection_to_elsewhere_is_refused():
    with (
        closing(socket.socket()) as tcp,
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
    ):
        tcp.connect(ELSEWHERE)


def test_a_datagram_to_elsewhere_is_refused():
    with (
        closing(socket.socket(type=socket.SOCK_DGRAM)) as udp,
        pytest.raises(RuntimeError, match=r"192\.0\.2\.1"),
    ):
        udp.sendto(b"", ELSEWHERE)


def test_a_look_up_of_a_name_is_refused():
    with pytest.raises(RuntimeError, match=r"service\.invalid"):
        socket.getaddrinfo("service.invalid", 443)


def test_an_asynchronous_connection_to_elsewhere_is_refused():
    with pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        asyncio.run(asyncio.open_connection(*ELSEWHERE))


def test_a_connection_to_this_machine_is_made():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = ("localhost", server.getsockname()[1])

        socket.create_connection(address, timeout=5).close()
