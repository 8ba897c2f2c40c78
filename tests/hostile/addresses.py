"""Addresses that belong to nobody on the internet, and names that lead to them."""

#: Whose these are is made up: nothing is connected to for real.
PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")
#: What `02130706433` is, read as octal: an address of the internet.
OCTAL = "17.99.141.27"

V4: tuple[str, ...] = (
    *("0.0.0.0", "0.1.2.3", "127.0.0.1", "127.1.1.1", "127.255.255.255"),  # noqa: S104 - a target
    *(
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.0.1",
        "192.168.255.255",
    ),
    *("100.64.0.1", "100.100.100.200", "100.127.255.255"),  # carrier-grade NAT; a cloud's metadata
    *("169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.169.123", "169.254.169.253"),
    *("192.0.0.1", "192.0.0.8", "192.0.0.170", "192.0.2.1", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"),  # benchmarks, documentation
    *("224.0.0.1", "224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
)
V6: tuple[str, ...] = (
    *("::", "::1", "::2", "::7f00:1", "::a9fe:a9fe", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe"),
    *("::ffff:10.0.0.1", "::ffff:0.0.0.0", "::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe"),
    *("64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::6440:1"),  # NAT64
    *("64:ff9b:1::7f00:1", "64:ff9b:1::808:808", "64:ff9b:1:ffff:ffff:ffff:a9fe:a9fe"),  # its own
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:a00:1::1", "2002:c0a8:1::1", "2002:e000:1::"),
    *("2001:0:4136:e378:8000:63bf:80ff:fffe", "2001::5601:5601"),  # Teredo, of 127.0.0.1 and others
    *("fe80::5efe:7f00:1", "2001:4860::5efe:7f00:1", "2001:4860::200:5efe:a9fe:a9fe"),  # ISATAP
    *("fe80::1", "fe80::1%1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "feff::1"),
    *("fc00::1", "fd00::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fdff::1"),
    *("ff00::1", "ff01::1", "ff02::1", "ff02::fb", "ff05::2", "ff0e::1"),
    *("100::1", "2001:2::1", "2001:10::1", "2001:db8::1", "3fff::1", "5f00::1"),
    *("0:0:0:1::1", "1::1", "4000::1", "8000::1", "e000::1"),
)
#: A name for each, as a rebinding service would make one.
NAMES: dict[str, str] = {
    f"{address.replace('.', '-').replace(':', '-').replace('%', '-').strip('-') or 'any'}-{n}"
    ".rebound.example": address
    for n, address in enumerate((*V4, *V6))
}
