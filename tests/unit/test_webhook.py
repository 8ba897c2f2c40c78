"""Webhook URLs: public https hosts, unless local development allows more."""

import pytest

from chalicelib.model.webhook import MAX_LENGTH, fault_of


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/hooks?a=1&b=%20",
        "https://hooks.example.co.uk./x",
        "https://93.184.215.14/hooks",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/hooks",
        "https://example.com/".ljust(MAX_LENGTH, "x"),
    ],
)
def test_a_public_https_url_is_taken(url: str):
    assert fault_of(url, allow_private=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/x",
        "http://example.com/",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com/#fragment",
        "https://example.com/#",
        "https://example.com\\@evil.example/",
        "https://example.com/\\x",
        "https://exa mple.com/",
        "https://example.com/\r\nX: y",
        "https://exämple.com/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://[::1",
        "https://-/",
        "https://localhost/",
        "https://localhost./",
        "https://backend/",
        "https://db.internal/",
        "https://printer.local/",
        "https://router.home.arpa/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://2130706433/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://0x7f.0.0.1/",
        "https://x.0x7f/",
        "https://a..example.com/",
        "https://example.com../",
        "https://a.-b.example.com/",
        f"https://{'a' * 64}.example.com/",
        f"https://{'a.' * 126}com/",
        "https://[2606:4700:4700::1111]evil.example/",
        "https://[v1.x]/",
        "https://[fec0::1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:a9fe:a9fe::1]/",
        "https://[2606:4700::1%25eth0]/",
        "https://example.com/".ljust(MAX_LENGTH + 1, "x"),
    ],
)
def test_what_could_lead_elsewhere_is_refused(url: str):
    assert fault_of(url, allow_private=False)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "http://127.0.0.1:8000/", "https://localhost/", "http://[::1]/"]
)
def test_local_development_may_use_http_and_private_hosts(url: str):
    assert fault_of(url, allow_private=True) is None


@pytest.mark.parametrize("url", ["ftp://localhost/", "http://user@localhost/", "http:///"])
def test_local_development_is_no_reason_for_nonsense(url: str):
    assert fault_of(url, allow_private=True)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://[::1", "must be a URL, such as 'https://example.com/hooks'"),
        ("http://example.com/", "must begin with 'https://'"),
        ("https://user@example.com/", "must have no user name, password or fragment"),
        ("https://-/", "must name a host, such as 'https://example.com/hooks'"),
        ("https://localhost/", "must name a host of the public internet"),
        ("https://10.0.0.1/", "must name a host of the public internet"),
    ],
)
def test_a_refusal_says_what_would_be_right(url: str, fault: str):
    assert fault_of(url, allow_private=False) == fault
