"""Where the local cloud listens, by HOST."""

import socket

import pytest

from infra.local.addresses import LOOPBACK, addresses, claim, loopback_origins

ANY = "0.0.0.0"  # noqa: S104
#: An address of documentation (RFC 5737): no machine has it.
ELSEWHERE = "203.0.113.7"


@pytest.mark.parametrize("host", ["", "localhost", "127.0.0.1", "::1"])
def test_loopback_is_the_default_in_both_families(host: str):
    assert addresses(host) == LOOPBACK == ("127.0.0.1", "::1")


@pytest.mark.parametrize(
    ("host", "listened"),
    [
        (ANY, (ANY, "::1")),
        ("::", (ANY, "::")),
        ("192.0.2.1", (*LOOPBACK, "192.0.2.1")),
        ("127.0.0.2", (*LOOPBACK, "127.0.0.2")),
    ],
)
def test_what_is_asked_for_is_added_to_loopback(host: str, listened: tuple[str, ...]):
    assert addresses(host) == listened


def test_a_name_is_refused():
    with pytest.raises(SystemExit, match="HOST must be an address"):
        addresses("example.org")


def test_a_claimed_port_is_taken_on_each_address():
    claimed = claim(LOOPBACK, port := _free_port())

    try:
        assert {each.getsockname()[1] for each in claimed} == {port}
        assert claimed[0].getsockname()[0] == "127.0.0.1"
        claimed[0].listen()
        with pytest.raises(SystemExit, match=f"Port {port} is taken"):
            claim(LOOPBACK, port)
    finally:
        for each in claimed:
            each.close()


def test_an_address_of_another_machine_is_refused_and_the_port_left_free():
    port = _free_port()

    with pytest.raises(SystemExit, match=f"HOST={ELSEWHERE} is no address of this machine"):
        claim((*LOOPBACK, ELSEWHERE), port)
    for each in claim(LOOPBACK, port):
        each.close()


def test_an_origin_on_loopback_is_taken_by_each_of_its_names():
    assert loopback_origins("http://localhost:3000,https://example.org") == (
        "http://localhost:3000,http://127.0.0.1:3000,http://[::1]:3000,https://example.org"
    )
    assert loopback_origins("*") == "*"
    assert loopback_origins("http://localhost.example.org") == "http://localhost.example.org"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
