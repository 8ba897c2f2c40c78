"""Callback endpoints: paths pass, and whatever could leave the host or the path does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.model.endpoint import MAX_LENGTH, fault_of, fault_of_base

GOOD = [
    "/",
    "/send-sms",
    "/api/email/send",
    "/api/v1.2/email_send~now",
    "/a;b=1,2/c",
    "/a:b",
    "/send?to=sms&x=1",
    "/send?next=/a//b/../c",
    "/send?q=%2F%2e%2e%0d%0a",
    "/send?a?b",
    "/Gr%C3%BC%C3%9Fe",
    "/100%25",
    "/a%20b",
    "/...",
    "/.well-known/x",
    "/a..b/..c/d..",
    "/(a)*'!$&+",
    "/trailing/",
]

HOSTILE = [
    "",
    "send-sms",
    "http://evil.example/",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "//evil.example",
    "///evil.example",
    "/a//b",
    "/%2F/evil.example",
    "/%2f%2fevil.example",
    "/%252F%252Fevil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "/%5Cevil.example",
    "/%255Cevil.example",
    "@evil.example",
    "/@evil.example",
    "/a@evil.example/b",
    "/%40evil.example",
    "/?@evil.example",
    ".",
    "/.",
    "/..",
    "/../admin",
    "/a/./b",
    "/a/../b",
    "/a/..",
    "/%2e",
    "/%2E%2e/admin",
    "/.%2e/admin",
    "/a/%2e%2e%2fadmin",
    "/%252e%252e/admin",
    "/%25252e%25252e/admin",
    "/%2525252525252e",
    "/..;/admin",
    "/..;a=1/admin",
    "/%2e%2e%3b/admin",
    "/%c0%ae%c0%ae/admin",
    "/%e0%80%ae",
    "/%ff",
    "/send-sms#fragment",
    "/%23fragment",
    "/a%3Fb",
    "/send sms",
    " /send-sms",
    "/send-sms ",
    "/send\tsms",
    "/send\r\nHost: evil.example",
    "/send-sms\n",
    "/%0d%0aHost:%20evil.example",
    "/%00",
    "/%7f",
    "/\x00",
    "/\x7f",
    "/%",
    "/%2",
    "/%zz",
    "/Grüße",
    "/\u2025/admin",
    "/\uff0e\uff0e/admin",
    "/\u2215\u2215evil.example",
    "/%E2%80%AEevil",
    "/a|b",
    "/<script>",
    '/"',
    "/{a}",
    "/a^b",
    "/a`b",
    "/[::1]",
    "/\ud800",
    "/" + "a" * MAX_LENGTH,
]


@pytest.mark.parametrize("endpoint", GOOD)
def test_a_path_passes(endpoint: str):
    assert fault_of(endpoint) is None


@pytest.mark.parametrize("endpoint", HOSTILE)
def test_what_could_leave_the_path_is_refused(endpoint: str):
    fault = fault_of(endpoint)

    assert fault is not None
    assert fault.startswith("must ")


def test_the_longest_path_passes():
    assert fault_of("/" + "a" * (MAX_LENGTH - 1)) is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3000", "https://backend.example", "http://sms:80/api", "http://[::1]"]
)
def test_a_base_is_a_host_with_or_without_a_path(url: str):
    assert fault_of_base(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "backend.example",
        "//backend.example",
        "ftp://backend.example",
        "http://good.example@evil.example",
        "http://backend.example#",
        "http://backend.example?x=",
        "http://backend.example/api?x=",
        "http://backend.example/../api",
        "http://backend.example/%2e%2e/api",
        "http://backend.example//api",
        "http://backend.example\\@evil.example",
        "http://backend.example\r\nX: y",
    ],
)
def test_a_base_that_endpoints_cannot_be_joined_onto_is_refused(url: str):
    assert (fault_of_base(url) or "").startswith("must ")


segments = st.text("abcXYZ019-._~!$&'()*+,;=:", min_size=1, max_size=8).filter(
    lambda segment: segment.partition(";")[0] not in {"", ".", ".."}
)


@given(st.lists(segments, max_size=6))
def test_every_path_of_plain_segments_passes(parts: list[str]):
    assert fault_of("/" + "/".join(parts)) is None


@given(
    st.sampled_from(["..", ".", "//", "\\", "@", "\r\n", "\x00", "#"]),
    st.integers(1, 6),
    st.lists(segments, max_size=3),
)
def test_hiding_it_in_percent_encodings_does_not_help(bad: str, depth: int, parts: list[str]):
    hidden = "".join(f"%{ord(character):02x}" for character in bad)
    for _ in range(depth - 1):
        hidden = hidden.replace("%", "%25")
    endpoint = "/" + "/".join([*parts, hidden])

    assert fault_of(endpoint) is not None


@given(st.text(max_size=40).map("/".__add__))
def test_what_passes_is_printable_ascii_that_stays_on_its_path(endpoint: str):
    if fault_of(endpoint) is None:
        path = endpoint.partition("?")[0]

        assert endpoint.isascii()
        assert endpoint.isprintable()
        assert not {"", ".", ".."} & set(path.split("/")[1:-1])
