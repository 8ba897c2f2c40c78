"""Callback endpoints: a path on the configured host, and nothing that could leave it."""

import re
from urllib.parse import unquote, urlsplit

from chalicelib.model import webhook

#: Longest endpoint that is accepted.
MAX_LENGTH = 1024

_ALLOWED = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:%/]*(\?[A-Za-z0-9\-._~!$&'()*+,;=:%/?]*)?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MAX_DECODINGS = 4


def fault_of(endpoint: str) -> str | None:
    """What is wrong with a callback endpoint, as a sentence; None where nothing is.

    It may only be an absolute path with an optional query (RFC 3986, 3.3 and 3.4): a scheme,
    a second slash at the start, a backslash, an `@`, a dot segment (also in percent encoding,
    however deep), a control character or a fragment could change the host or the path.
    """
    if not endpoint.startswith("/"):
        return "must be a path that starts with '/', such as '/send-sms'"
    if len(endpoint) > MAX_LENGTH:
        return f"must be at most {MAX_LENGTH} characters"
    if not _ALLOWED.fullmatch(endpoint) or _BAD_PERCENT.search(endpoint):
        return "must be a plain URL path: no '@', '\\', '#', spaces or control characters"
    return _fault_when_decoded(endpoint)


def fault_of_base(url: str) -> str | None:
    """What is wrong with the URL that endpoints are joined onto; None where nothing is.

    With a query or a fragment, an endpoint would be a part of that.
    """
    if fault := webhook.fault_of(url, allow_private=True):
        return fault
    if "?" in url:
        return "must have no query"
    path = urlsplit(url).path
    return fault_of(path) if path else None


def _fault_when_decoded(endpoint: str) -> str | None:
    path = endpoint.partition("?")[0]
    for _ in range(_MAX_DECODINGS):
        if "//" in path or "\\" in path or "@" in path:
            return "must not contain '//', '\\' or '@', also not percent-encoded"
        if any(segment.partition(";")[0] in {".", ".."} for segment in path.split("/")):
            return "must not contain '.' or '..' segments, also not percent-encoded"
        if not path.isprintable() or "#" in path or "?" in path:
            return "must not contain control characters, '?' or '#', also not percent-encoded"
        try:
            decoded = unquote(path, errors="strict")
        except UnicodeDecodeError:  # overlong encodings of '.' and '/' among them
            return "must be UTF-8 where it is percent-encoded"
        if decoded == path:
            return None
        path = decoded
    return "must not be percent-encoded more than once"
