"""The addresses that callbacks may go to: those of the public internet, and no others."""

import pytest

from chalicelib.model.address import is_forbidden


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",  # noqa: S104 - a target here, not something to bind to
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # carrier-grade NAT
        "169.254.169.254",  # the cloud's metadata service
        "169.254.170.2",  # the containers' credentials
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",  # the metadata service over IPv6
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:10.0.0.1",
        "2002:7f00:0001::1",  # 6to4 of 127.0.0.1
        "2002:a9fe:a9fe::1",  # 6to4 of 169.254.169.254
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
        "64:ff9b:1::a9fe:a9fe",  # NAT64 with a local prefix
        "::7f00:1",  # IPv4-compatible, long obsolete
        "::ffff:0:7f00:1",  # IPv4-translated (RFC 2765)
        "fec0::1",  # site-local, deprecated and not routed
        "2001:0:4136:e378:8000:63bf:80ff:fffe",  # Teredo of 127.0.0.1
        "2001:4860::5efe:7f00:1",  # ISATAP of 127.0.0.1
        "2001:4860::200:5efe:a9fe:a9fe",  # ISATAP of 169.254.169.254
        "3fff::1",  # documentation
        "5f00::1",  # segment routing
        "4000::1",  # nobody's
        "192.0.0.8",  # the IETF's protocols
        "192.88.99.1",  # relays of 6to4
    ],
)
def test_an_address_that_is_not_public_is_forbidden(address: str):
    assert is_forbidden(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_a_public_address_is_allowed(address: str):
    assert not is_forbidden(address)
