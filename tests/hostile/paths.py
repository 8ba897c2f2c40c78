"""Callback endpoints that want to leave the configured host, or the path under it.

Gathered from RFC 3986, OWASP's SSRF and path traversal pages, and the URL parsers' own quarrels
("A New Era of SSRF", Orange Tsai, 2017). None of these may reach a backend.
"""

from itertools import chain
from urllib.parse import quote

_EVIL = "evil.example"

_SCHEMES = [
    *(f"{scheme}://{_EVIL}/" for scheme in ("http", "https", "HTTP", "ftp", "file", "gopher")),
    *(f"{scheme}:{_EVIL}" for scheme in ("javascript", "data", "mailto", "http", "jar")),
    *("http:/evil.example", "http:///evil.example", "://evil.example", ":80/", ":80@evil.example/"),
    *(f"file:///etc/{name}" for name in ("passwd", "hosts")),
]
_HOSTS = [
    *(
        f"{lead}{_EVIL}"
        for lead in ("//", "///", "////", "/\\", "\\", "\\\\", "\\/", "/\\/", "/\\\\")
    ),
    *(f"{lead}{_EVIL}/" for lead in ("@", "/@", ".", "-", ";@", "?@", ":@", "user:pass@", "%40")),
    *(f"/{lead}{_EVIL}" for lead in ("%2F", "%2f", "%252F", "%25252f", "%5C", "%5c", "%255c")),
    *(f"/a@{_EVIL}", f"/a%40{_EVIL}", f"/a%2540{_EVIL}", f"/%2F%2F{_EVIL}", f"/?x=1@{_EVIL}"),
    *(f"//{_EVIL}%2f..", f"//user@{_EVIL}", f"//{_EVIL}:80/", "//[::1]/", "//127.0.0.1/"),
    *(f"//{_EVIL}#", f"//{_EVIL}?", f"/.{chr(0x2F)}{chr(0x2F)}{_EVIL}", f"/a//{_EVIL}", "/a//"),
    *(f"{_EVIL}", f"{_EVIL}/send", "169.254.169.254/latest", "localhost:80/", "[::1]/"),
]
_DOTS = [
    *(
        "..",
        ".",
        "/..",
        "/.",
        "../",
        "./",
        "/../",
        "/./",
        "/../admin",
        "/./admin",
        "/a/../../admin",
    ),
    *(
        "/a/..",
        "/a/.",
        "/a/./b",
        "/...//",
        "/..;/admin",
        "/..;x=1/admin",
        "/.;/admin",
        "/;/../admin",
    ),
    *("/..\\admin", "/..\\..\\admin", "\\..\\admin", "/..%5Cadmin", "/..%5c..%5cadmin"),
    *(f"/{dots}/admin" for dots in ("%2e%2e", "%2E%2E", "%2e.", ".%2e", ".%2E", "%2e", "%2E")),
    *(
        f"/{dots}admin"
        for dots in ("..%2f", "%2e%2e%2f", "..%2F", ".%2e%2F", "%2e%2e%5c", "..%255c")
    ),
    *(
        f"/{dots}/admin"
        for dots in ("%252e%252e", "%25252e%25252e", "%2525252e.", "..%253b", "%252e")
    ),
    *(
        f"/{dots}/admin"
        for dots in ("%2e%2e%3b", "%2e%2e;a=b", "..%3Ba", "..%00", "..%09", "..%20/..")
    ),
    "/a/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/a" + "/.." * 200,
]
#: UTF-8 of '.', '/' and '\\' that is longer than it needs to be, UTF-16, and IIS's own %u.
_OVERLONG = [
    *(f"/{dot * 2}/admin" for dot in ("%c0%ae", "%e0%80%ae", "%f0%80%80%ae", "%c0%2e", "%c0.")),
    *(f"/..{slash}admin" for slash in ("%c0%af", "%e0%80%af", "%f0%80%80%af", "%c1%9c", "%c0%9v")),
    *("/%u002e%u002e/admin", "/..%u2216admin", "/..%uEFC8admin", "/%uff0e%uff0e/admin"),
    *("/%fe%ff%00.%00.", "/%80", "/%bf", "/%ff", "/%ed%a0%80", "/%f5%80%80%80", "/%e2%28%a1"),
]
_BROKEN_PERCENT = ["/%", "/%%", "/%2", "/%zz", "/%2x", "/a%", "/%-1", "/%2%65", "/%%32%65", "/% 2e"]
#: Characters that end a line, a header or a string somewhere, plain and encoded.
_CONTROLS = [
    *(f"/send{character}x" for character in "\x00\x01\t\n\x0b\x0c\r\x1b\x7f\x85\xa0\xad "),
    *(f"/send%{code:02x}x" for code in (0x00, 0x01, 0x09, 0x0A, 0x0D, 0x1B, 0x7F)),
    *(f"/send%25{code:02x}x" for code in (0x00, 0x0A, 0x0D)),
    "/send HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "/send%20HTTP/1.1%0d%0aHost:%20evil.example",
    "/send\r\nX-Injected: 1",
    "/send%0aX-Injected:%201",
    "/send\u560a\u560dx",  # cut to its low bytes, it is CRLF
    "\r\n/send",
    "\t/send",
    " /send",
    "/send ",
    "/send\n",
    "\ufeff/send",
    "/\u0000",
]
#: What looks like, or is normalised to, a dot, a slash, an @ or a #.
_LOOK_ALIKES = [
    *(f"/{dot * 2}/admin" for dot in "\uff0e\u3002\uff61\u2024\u0701\ufe52"),
    *(f"/..{slash}admin" for slash in "\u2044\u2215\u29f8\uff0f\u2571"),
    *(f"{slash * 2}{_EVIL}" for slash in "\uff0f\u2044\uff3c\ufe68"),
    *("/\u2025/admin", "/\u2026/admin", "/\uff20evil.example", "/\uff03", "/\ufe6bevil.example"),
    *("/\u202e/admin", "/\u200b", "/\u00e9", "/\u0430", "/\U0001f4a9", "/\ud800"),
    *(f"/{quote(dots)}/admin#" for dots in ("\uff0e\uff0e", "\u3002\u3002")),
]
_MARKS = [
    *(f"/send{mark}x" for mark in '#"<>\\^`{|}'),
    *("/#", "/send#//evil.example", "/send%23x", "/send%3Fx", "/send%2523x", "/send%3fx=1"),
    *("/${jndi:ldap://evil.example}", "/{{7*7}}", "/<script>", "/[::1]", "/a]"),
]
_SIZES = ["", "send-sms", "?x=1", "*", "/" + "a" * 1024, "/" + "%61" * 400, "/" + "../" * 400]


_ALL = (
    _SCHEMES,
    _HOSTS,
    _DOTS,
    _OVERLONG,
    _BROKEN_PERCENT,
    _CONTROLS,
    _LOOK_ALIKES,
    _MARKS,
    _SIZES,
)

#: Each of them has to be refused.
REFUSED: tuple[str, ...] = tuple(dict.fromkeys(chain.from_iterable(_ALL)))
#: These look worse than they are: they reach the backend, below its base, as they are written.
TAKEN: tuple[str, ...] = (
    *(
        "/",
        "/send-sms",
        "/...",
        "/.a",
        "/a.",
        "/a..b",
        "/..a",
        "/.well-known/x",
        "/a/",
        "/a;b=..;c",
    ),
    *("/a:80", "/a:80/b", "/a,b", "/(a)", "/*", "/~root", "/a=b&c", "/$HOME", "/!x", "/'x'"),
    *(
        "/?x=//evil.example",
        "/?x=http://evil.example/",
        "/?x=..%2f..",
        "/?x=%0d%0aA:b",
        "/?",
        "/??",
    ),
    *(
        "/?x=%2e%2e",
        "/a%20b",
        "/%7Ea",
        "/%E2%9C%93",
        "/100%25",
        "/%EF%BC%8E%EF%BC%8E/x",
        "/%E5%98%8A%E5%98%8D",
        "/%2Dx",
    ),
    *(
        "/evil.example",
        "/http:evil.example",
        "/localhost",
        "/index.php/a",
        "/a?b?c",
        "/a;jsessionid=1",
    ),
)
