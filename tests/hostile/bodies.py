"""Request bodies that no client of ours would write, and how they may be declared."""

import gzip
import json
from collections.abc import Callable

_DEEP = 100_000


def _inside(text: str) -> bytes:
    """An object with one odd value."""
    return b'{"metadata": {"a": ' + text.encode("utf-8", "surrogatepass") + b"}}"


#: None of them is a JSON object that the service reads, whatever route it is sent to.
UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "white space": b" \t\r\n ",
    "a form": b"phoneNumber=%2B1234567890&message=x",
    "multipart": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
    "XML with an entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "a pickle": b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x08builtins.",
    "YAML": b"!!python/object/apply:os.system ['true']",
    "gzip": gzip.compress(b"{}", mtime=0),
    "half an object": b'{"phoneNumber": "+12345',
    "two objects": b'{"a": 1}{"b": 2}',
    "two objects on two lines": b'{"a": 1}\n{"b": 2}',
    "a prefix against hijacking": b")]}',\n{}",
    "a comma too many": b'{"a": 1,}',
    "no quotes": b"{a: 1}",
    "single quotes": b"{'a': 1}",
    "a comment": b'/* x */ {"a": 1}',
    "an octal number": b'{"a": 01}',
    "a hexadecimal number": b'{"a": 0x1}',
    "a plus": b'{"a": +1}',
    "a dot first": b'{"a": .5}',
    "True": b'{"a": True}',
    "undefined": b'{"a": undefined}',
    "a function": b'{"a": function(){}}',
    "a list": b"[]",
    "a list of objects": b'[{"a": 1}]',
    "a string": b'"a"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "zero bytes": b"\x00" * 100,
    "a zero byte behind": b'{"a": 1}\x00',
    "a control character in a text": b'{"a": "\x01"}',
    "a line end in a text": b'{"a": "\n"}',
    "a wrong escape": b'{"a": "\\x41"}',
    "half an escape": b'{"a": "\\u12"}',
    "no UTF-8": b'{"a": "\xff\xfe"}',
    "overlong UTF-8": b'{"a": "\xc0\xae"}',
    "a surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "Latin-1": '{"a": "Gr\u00fc\u00dfe"}'.encode("latin-1"),
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a": 1}'.encode("utf-16-le"),
    "UTF-32": '{"a": 1}'.encode("utf-32"),
    "UTF-7": b"+AHsAfQ-",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "half a character": _inside('"\\ud83d"'),
    "the other half": _inside('"\\udc00"'),
    "halves in the wrong order": _inside('"\\ude00\\ud83d"'),
    "half a character in a key": _inside('{"\\uD800": 1}'),
    "half a character in a list": _inside('[[["\\udfff"]]]'),
    "NaN": _inside("NaN"),
    "Infinity": _inside("Infinity"),
    "-Infinity": _inside("[-Infinity]"),
    "1e400": _inside("1e400"),
    "-1e400": _inside("-1e400"),
    "1e999999999": _inside("1e999999999"),
    "a number of 100,000 digits": _inside("9" * 100_000),
    "a negative one": _inside("-" + "9" * 100_000),
    "a duplicate key": b'{"a": 1, "a": 1}',
    "a duplicate key by an escape": b'{"a": 1, "\\u0061": 1}',
    "a duplicate key far inside": _inside('[{"b": {"c": 1, "c": 2}}]'),
    "a duplicate __proto__": b'{"__proto__": {}, "__proto__": {}}',
    "brackets": b"[" * _DEEP,
    "brackets, closed": b"[" * _DEEP + b"]" * _DEEP,
    "braces": b'{"a":' * _DEEP,
    "braces, closed": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "both in turns": b'{"a":[' * _DEEP,
    "brackets inside": _inside("[" * _DEEP + "]" * _DEEP),
    "900 brackets inside, closed": _inside("[" * 900 + "]" * 900),
    "66 levels": b'{"a":' * 66 + b"1" + b"}" * 66,
}

#: JSON objects that no route takes as they are: each lacks what is asked for, or says too much.
UNFIT: dict[str, bytes] = {
    "__proto__": b'{"__proto__": {"role": "admin"}, "constructor": {"prototype": {"a": 1}}}',
    "dunders": b'{"__class__": "x", "__dict__": {}, "__init__": {"__globals__": {}}, "self": 1}',
    "an empty key": b'{"": 1}',
    "a zero byte as key": b'{"\\u0000": 1}',
    "keys of another case": b'{"PhoneNumber": "+1", "WORKSPACEID": "w1", "Filter": {}}',
    "keys in snake case": b'{"phone_number": "+1234567890", "workspace_id": "w1", "dry_run": true}',
    "operators": b'{"workspaceId": {"$gt": ""}, "filter": {"$ne": null}, "type": {"S": "sms"}}',
    "a key of 1 MB": b'{"' + b"k" * 1_000_000 + b'": 1}',
    "a value of 1 MB": b'{"workspaceId": "' + b"v" * 1_000_000 + b'"}',
    "100,000 keys": ("{" + ",".join(f'"k{i}":{i}' for i in range(100_000)) + "}").encode(),
    "a list of 1,000,000": b'{"messages": [' + b"1," * 999_999 + b"1]}",
    "5,001 messages": json.dumps(
        {"workspaceId": "w1", "priority": 1, "messages": [{}] * 5_001}
    ).encode(),
    "numbers of 4,000 digits": b'{"delay": ' + b"9" * 4_000 + b', "limit": ' + b"9" * 4_000 + b"}",
    "all lists": b'{"workspaceId": ["w1"], "filter": [], "limits": [], "messages": []}',
    "all null": b'{"workspaceId": null, "filter": null, "messages": null, "type": "x"}',
    "numbers": b'{"workspaceId": 1, "type": 1, "filter": 1, "timezone": 1, "messages": 1}',
    "other scripts": '{"workspaceId": "\u0430", "timezone": "\u202e", "type": "\uff53ms"}'.encode(),
}

#: What takes time where somebody compares each with each: the duplicate stands at the very end.
MANY_KEYS = ("{" + ",".join(f'"k{i}":1' for i in range(100_000)) + ',"k99999":2}').encode()

TOO_LARGE: dict[str, Callable[[], bytes]] = {
    "10 MB of brackets": lambda: b"[" * 10_000_000,
    "10 MB of text": lambda: b'{"message": "' + b"x" * 10_000_000 + b'"}',
    "6 MB of white space": lambda: b"{" + b" " * 6_000_000 + b"}",
}

#: Not JSON, or not only.
CONTENT_TYPES: tuple[str, ...] = (
    *("", " ", ";", "json", "text/json", "text/plain", "text/html", "application/xml", "*/*"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"),
    *(
        "application/json-patch+json",
        "application/vnd.api+json",
        "application/x-json",
        "application/",
    ),
    *(
        "application/json, text/plain",
        "text/plain, application/json",
        "text/plain; application/json",
    ),
    *("application/json\x00", "application/jso\u0144", "application /json", "x" * 10_000),
)
