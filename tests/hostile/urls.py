"""Webhook URLs that want to lead inside: every one is refused when it is chosen."""

from tests.hostile.addresses import V4, V6

_EVIL, _GOOD, _META = "evil.example", "good.example", "169.254.169.254"

#: 127.0.0.1, 169.254.169.254 and others as the C library reads them (inet_aton).
SPELLINGS: tuple[str, ...] = (
    *("127.1", "127.0.1", "127.0.0.01", "127.00.00.01", "0127.0.0.1", "0177.0.0.1", "0177.1"),
    *("0x7f.1", "0x7f.0.0.1", "0x7F.0x0.0x0.0x1", "0x7f000001", "0X7F000001", "0x7f.0.1"),
    *("017700000001", "2130706433", "02130706433", "00000000177.0.0.1", "127.0.0.0x1", "127.0x1"),
    *(
        "0",
        "00",
        "0x0",
        "0.0",
        "0.0.0",
        "0x00000000",
        "1",
        "127",
        "255",
        "4294967295",
        "0xffffffff",
    ),
    *("2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.43518"),
    *("169.16689662", "0xa9.254.0251.254", "169.254.169.0376", "025177524776", "0251.254.169.254"),
    *(
        "10.1",
        "10.0.1",
        "012.0.0.1",
        "0xa.0.0.1",
        "167772161",
        "192.168.1",
        "192.168.257",
        "0300.168.1",
    ),
    *("3232235521", "172.16.1", "0xac.16.0.1", "100.64.1", "1681915905", "224.1", "3758096385"),
    *("256.256.256.256", "383.0.0.1", "425.510.425.510", "127.0.0.1.1", "127.0.0.0.1", "1.2.3.4.5"),
)
_BRACKETED: tuple[str, ...] = (
    *(f"[{address}]" for address in V6),
    *(
        "[0:0:0:0:0:0:0:1]",
        "[0000::0001]",
        "[::0001]",
        "[0::1]",
        "[::1%lo]",
        "[::1%25lo]",
        "[::%31]",
    ),
    *(
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::FFFF:7F00:1]",
        "[::ffff:0x7f.0.0.1]",
        "[::ffff:2130706433]",
    ),
    *(
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[FE80::1]",
        "[2606:2800:21f:cb07:6820:80da:af6b:8b2c%25eth0]",
        "[::1",
    ),
    *("::1", "::1]", "[::1]]", "[[::1]]", "[]", "[:]", "[127.0.0.1]", "[::1].example", "[v1.x]"),
    *(
        f"[2606:2800:21f:cb07:6820:80da:af6b:8b2c]{_EVIL}",
        "[::1]@good.example",
        "[1::2::3]",
        "[12345::]",
        "[g::1]",
    ),
)
_NAMES: tuple[str, ...] = (
    *("localhost", "LOCALHOST", "localhost.", "LocalHost.", "x.localhost", "a.b.localhost."),
    *("localhost.localdomain.local", "metadata.google.internal", "db.internal.", "printer.local"),
    *("router.home.arpa", "instance-data", "metadata", "backend", "ip6-localhost", "kubernetes"),
    *("host.docker.internal", "x.compute.internal", "ip-10-0-0-1.ec2.internal", "a.LOCAL"),
)
_MALFORMED: tuple[str, ...] = (
    *(
        "",
        ".",
        "..",
        "-",
        "_-",
        "-a.example",
        "a-.example",
        "a..example",
        ".a.example",
        "a.example..",
    ),
    *(
        f"{'a' * 64}.example",
        f"{'a.' * 127}example",
        f"{'a' * 63}.{'b' * 64}.example",
        "*",
        "*.example",
    ),
    *(
        "a,b.example",
        "a;b.example",
        "a&b.example",
        "a=b.example",
        "a+b.example",
        "a!b.example",
        "$a",
    ),
    *(
        "a%2eexample",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "%6c%6f%63alhost",
        "a%00.example",
        "a%2f",
    ),
    *("good.example%00.evil.example", "good.example%2f@evil.example", "(a).example", "'a'.example"),
)
#: Look-alikes that IDNA or NFKC turn into digits, dots and letters.
_UNICODE: tuple[str, ...] = (
    *(f"127{dot}0{dot}0{dot}1" for dot in "\u3002\uff0e\uff61\u2024"),
    *(
        "\uff11\uff12\uff17.0.0.1",
        "\u2460\u2461\u2466.0.0.1",
        "\u0661\u0662\u0667.0.0.1",
        "\U0001d7cf",
    ),
    *(
        "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
        "\uff4c\uff4fcalhost",
        "loc\u00adalhost",
    ),
    *(
        "local\u200bhost",
        "ex\u00e4mple.example",
        "e\u0445ample.example",
        "\u212aubernetes",
        "\u00df.a",
    ),
    *("good.example\uff0fevil.example", "good.example\u2044x", "good.example\uff20evil.example"),
    *("good.example\u2100evil.example", "good.example\uff1a80", "\ud800.example", "\u202eexample"),
)
USERS = [
    *(f"https://{user}@{_EVIL}/" for user in ("good.example", "a:b", "", ":", "good.example:443")),
    *(
        f"https://{_GOOD}{trick}{_META}/"
        for trick in ("@", ":@", ":443@", "%40@", "\\@", "#@", "/\\@")
    ),
    *(f"https://{_GOOD}{trick}" for trick in ("@", ":443@", "#", "#@evil.example", "#x", "/#x")),
    *(f"https://a@b@{_EVIL}/", f"https://{_GOOD} @{_EVIL}/", f"https://{_GOOD}&@{_EVIL}/"),
]
SLASHES = [
    *(f"https:{slashes}{_EVIL}/" for slashes in ("", "/", "\\\\", "/\\", "\\/", "///", "////")),
    *(f"//{_EVIL}/", f"\\\\{_EVIL}\\", f"/{_EVIL}", f"{_EVIL}", f"https//{_EVIL}", f"://{_EVIL}"),
    *(
        f"https://{_GOOD}\\{_EVIL}/",
        f"https://{_GOOD}\\.{_EVIL}/",
        f"https://{_GOOD}/\\x",
        "https://\\",
    ),
]
_SCHEMES = [
    *(f"{scheme}://{_GOOD}/" for scheme in ("http", "HTTP", "ftp", "ws", "wss", "ldap", "gopher")),
    *(
        f"{scheme}://{_GOOD}/"
        for scheme in ("httpss", "http s", "xhttps", "https+unix", "view-source")
    ),
    *(f"{scheme}:{_GOOD}" for scheme in ("javascript", "data", "mailto", "urn", "blob", "https")),
    *(
        "file:///etc/passwd",
        "unix:///var/run/docker.sock",
        "dict://127.0.0.1:11211/stat",
        "https:",
        "",
    ),
    *(
        "http://127.0.0.1/",
        f"http://{_META}/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://0/",
    ),
]
_CHARACTERS = [
    *(
        f"https://{_GOOD}/a{character}b"
        for character in "\x00\x01\t\n\x0b\x0c\r\x1b \x7f\x85\xa0\u2028"
    ),
    *(f"https://good{character}.example/" for character in "\x00\t\n\r \x7f\xa0\ufeff"),
    *(
        f"{blank}https://{_GOOD}/"
        for blank in (" ", "\t", "\n", "\x00", "\ufeff", "\u00a0", "\x1f")
    ),
    *(f"https://{_GOOD}/{blank}" for blank in (" ", "\t", "\r\n", "\x00")),
    f"https://{_GOOD}/ HTTP/1.1\r\nHost: {_EVIL}\r\n\r\nGET /",
    f"ht\ntps://{_GOOD}/",
    f"https://{_GOOD}/" + "a" * 2048,
]
_PORTS = [
    f"https://{_GOOD}:{port}/"
    for port in (
        "65536",
        "99999",
        "-1",
        "+443",
        "0x1bb",
        "4_43",
        "443a",
        "a",
        "\uff14\uff14\uff13",
        " 443",
    )
]

#: In a deployed stage each of them has to be refused when it is chosen.
REFUSED: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(
                f"https://{host}/"
                for hosts in (V4, SPELLINGS, _BRACKETED, _NAMES, _MALFORMED, _UNICODE)
                for host in hosts
            ),
            *(f"https://{host}:8443/" for host in (*V4[:4], *SPELLINGS[:4], *_NAMES[:3])),
            *(f"https://{host}./" for host in (*V4[:4], *SPELLINGS[:4])),
            *(*USERS, *SLASHES, *_SCHEMES, *_CHARACTERS, *_PORTS),
        ]
    )
)
#: These are strange, and lead nowhere but to a host of the internet.
TAKEN: tuple[str, ...] = (
    *(f"https://{_GOOD}", f"HTTPS://{_GOOD}", f"https://{_GOOD.upper()}/", f"https://{_GOOD}./"),
    *(f"https://{_GOOD}:{port}/" for port in ("", "1", "22", "25", "443", "8443", "65535", "0443")),
    *(
        f"https://{_GOOD}/{path}"
        for path in ("../..", "%2e%2e/", "//evil.example", "@evil.example")
    ),
    *(
        f"https://{_GOOD}?{query}"
        for query in ("@evil.example", "x=https://127.0.0.1/", "%0d%0a", "")
    ),
    *("https://93.184.215.14/", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:443/"),
    *("https://[::ffff:5db8:d70e]/", "https://[64:ff9b::5db8:d70e]/", "https://a_b.good.example/"),
)
