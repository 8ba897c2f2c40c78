"""Tokens and credentials that want to pass for somebody's."""

import base64
import hashlib
import hmac
import json
from typing import Any

from tests.integration.service import CHOSEN, SECRET, Json

CLAIMS: Json = {"sub": "crm", "role": "admin", "workspaces": "*", "exp": 9_999_999_999}
HEADER: Json = {"alg": "HS256", "typ": "JWT"}


def part(raw: object) -> str:
    """A segment of a token: of JSON, or of bytes as they are."""
    said = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()


def signed(claims: object, header: object = HEADER, *, secret: bytes = SECRET.encode()) -> str:
    """A token whose signature is right, whatever its parts say."""
    whole = f"{part(header)}.{part(claims)}"
    return f"{whole}.{part(hmac.digest(secret, whole.encode(), hashlib.sha256))}"


def without(name: str) -> Json:
    return {key: value for key, value in CLAIMS.items() if key != name}


def raw_claims(**said: str) -> bytes:
    """Claims with some of them written by hand."""
    parts = {name: json.dumps(value) for name, value in CLAIMS.items()} | said
    return ("{" + ",".join(f'"{name}":{text}' for name, text in parts.items()) + "}").encode()


GOOD = signed(CLAIMS)
_HEAD, _BODY, _SIGNATURE = GOOD.split(".")
_NONES = ("none", "None", "NONE", "nOnE", "none ", " none", "none\x00", "n\u00f6ne", "", "null")
_ALGS: list[Any] = [
    *("HS384", "HS512", "hs256", "Hs256", "HS256 ", " HS256", "HS256\n", "HS256\x00", "HS-256"),
    *("RS256", "RS512", "ES256", "PS256", "EdDSA", "dir", "A128KW", "HS256,none", "*"),
    *(None, 0, 1, True, [], ["HS256"], {}, {"alg": "HS256"}, 1e308),
]
_OBJECTS, _NO_TEXT = b'{"a":' * 100_000, b"\xff\xfe"
_ADMIN = CLAIMS | {"sub": "admin"}

#: Right as they may look, the signature does not hold, or there is none.
FORGED: dict[str, str] = {
    **{f"alg {alg!r}, unsigned": f"{part({'alg': alg})}.{_BODY}." for alg in _NONES},
    **{f"alg {alg!r}, signed": signed(CLAIMS, {"alg": alg}) for alg in (*_NONES, *_ALGS)},
    "no alg": signed(CLAIMS, {"typ": "JWT"}),
    "alg in capitals of its name": signed(CLAIMS, {"ALG": "HS256"}),
    "two algs, none last": signed(CLAIMS, b'{"alg":"HS256","alg":"none"}'),
    "no signature": f"{_HEAD}.{_BODY}.",
    "no dot for it": f"{_HEAD}.{_BODY}",
    "a signature of zeros": f"{_HEAD}.{_BODY}.{part(bytes(32))}",
    "a signature cut short": GOOD[:-1],
    "a longer signature": f"{_HEAD}.{_BODY}.{_SIGNATURE}AAAA",
    "another's signature": f"{_HEAD}.{part(_ADMIN)}.{_SIGNATURE}",
    "signed with nothing": signed(CLAIMS, secret=b""),
    "signed with a word": signed(CLAIMS, secret=b"secret"),
    "signed with part of the secret": signed(CLAIMS, secret=SECRET.encode()[:-1]),
    "signed with the secret and a line end": signed(CLAIMS, secret=SECRET.encode() + b"\n"),
    "signed with null": signed(CLAIMS, secret=b"null"),
    "critical extensions": signed(CLAIMS, HEADER | {"crit": ["exp"], "exp": 1}),
    "a detached payload": signed(b"", HEADER | {"b64": False, "crit": ["b64"]}),
    "b64 false": signed(CLAIMS, HEADER | {"b64": False, "crit": ["b64"]}),
    "one segment": _HEAD,
    "four segments": f"{GOOD}.x",
    "five segments, as if encrypted": f"{_HEAD}.{_BODY}.{_BODY}.{_BODY}.{_SIGNATURE}",
    "dots": "...",
    "one dot": ".",
    "an empty header": f".{_BODY}.{_SIGNATURE}",
    "an empty payload": f"{_HEAD}..{_SIGNATURE}",
    "white space within": GOOD.replace(".", " . "),
    "a tab within": GOOD.replace(".", ".\t"),
    "a line end within": GOOD.replace(".", ".\n"),
    "a zero byte behind": GOOD + "\x00",
    "percent-encoded": GOOD.replace(".", "%2E"),
    "full-width dots": GOOD.replace(".", "\uff0e"),
    "standard base64": f"{_HEAD}=.{_BODY}==.{_SIGNATURE}=",
    "half a character": "\ud800." + GOOD,
    "unicode": "\u043d\u0435\u0442.\u0442\u043e\u043a\u0435\u043d.\U0001f511",
    "JSON itself": json.dumps(CLAIMS),
    "a JSON serialisation": json.dumps(
        {"protected": _HEAD, "payload": _BODY, "signature": _SIGNATURE}
    ),
    "a huge one": f"{_HEAD}.{'A' * 1_000_000}.{_SIGNATURE}",
    "a million dots": "." * 1_000_000,
    "a header of 100,000 brackets": f"{part(b'[' * 100_000)}.{_BODY}.{_SIGNATURE}",
    "a header of 100,000 objects": f"{part(_OBJECTS)}.{_BODY}.{_SIGNATURE}",
    "a header of a huge number": f"{part(b'9' * 5_000)}.{_BODY}.{_SIGNATURE}",
    "a header that is no object": f"{part([HEADER])}.{_BODY}.{_SIGNATURE}",
    "a header that is no UTF-8": f"{part(_NO_TEXT)}.{_BODY}.{_SIGNATURE}",
    "null": "null",
    "undefined": "undefined",
}

_NO_NUMBERS = ("[]", "{}", "[1]", '"x"', '""', "null", "1e999", "-1e999", "NaN", "Infinity")
_TIMES = ("exp", "nbf", "iat")
#: Signed by the right key: nothing of what they say may be guessed at, or break the service.
SENSELESS: dict[str, str] = {
    **{
        f"{name} {said}": signed(raw_claims(**{name: said}))
        for name in _TIMES
        for said in _NO_NUMBERS
    },
    **{f"{name} as text": signed(CLAIMS | {name: "1"}) for name in _TIMES},
    "an exp as text, far ahead": signed(CLAIMS | {"exp": "9999999999"}),
    "an exp that is true": signed(CLAIMS | {"exp": True}),
    "an nbf that is true": signed(CLAIMS | {"nbf": True}),
    "an exp of 0": signed(CLAIMS | {"exp": 0}),
    "an exp below 0": signed(CLAIMS | {"exp": -1}),
    "an exp far below 0": signed(raw_claims(exp="-1" + "0" * 400)),
    "an exp with a fraction, passed": signed(CLAIMS | {"exp": 1.5}),
    "an exp of 5,000 digits": signed(raw_claims(exp="9" * 5_000)),
    "an nbf far ahead": signed(CLAIMS | {"nbf": 9_999_999_998}),
    "an iat far ahead": signed(CLAIMS | {"iat": 9_999_999_998}),
    **{f"no {name}": signed(without(name)) for name in CLAIMS},
    **{
        f"{name} {value!r}"[:40]: signed(CLAIMS | {name: value})
        for name, values in {
            "sub": [None, "", " ", 0, 7, True, [], ["crm"], {}, "half: \ud83d", "a\x00b", "a\r\nb"],
            "role": [
                None,
                "",
                0,
                True,
                [],
                ["admin"],
                {},
                "Admin",
                "admin ",
                "admin\n",
                "root",
                "*",
            ],
            "workspaces": [
                None,
                "",
                "w1",
                "**",
                0,
                True,
                {},
                {"w1": 1},
                [1],
                [None],
                [["w1"]],
                1.5,
            ],
        }.items()
        for value in values
    },
    "no claims at all": signed({}),
    "claims that are a list": signed([CLAIMS]),
    "claims that are null": signed(None),
    "claims that are text": signed("admin"),
    "claims of 100,000 brackets": signed(b"[" * 100_000),
    "claims that are no UTF-8": signed(b"\xff\xfe"),
    "an empty payload": signed(b""),
}

#: How a good token is not sent.
SPELLINGS: tuple[str, ...] = (
    *(
        "",
        " ",
        "Bearer",
        "Bearer ",
        "Bearer\t",
        f"Bearer{GOOD}",
        f"Bearer:{GOOD}",
        f"Bearer={GOOD}",
    ),
    *(GOOD, f"Token {GOOD}", f"JWT {GOOD}", f"Basic {GOOD}", f"Digest {GOOD}", f"Negotiate {GOOD}"),
    *(
        f"Bearer Bearer {GOOD}",
        f"Bearer {GOOD}, Bearer {GOOD}",
        f"Bearer {GOOD},{GOOD}",
        f"Bearer, {GOOD}",
    ),
    *(f'Bearer "{GOOD}"', f"Bearer '{GOOD}'", f"Bearer token={GOOD}", f"Bearer <{GOOD}>"),
    *(f"\u00a0Bearer {GOOD}", f"Bearer\u00a0{GOOD}", f"\uff22earer {GOOD}", f"Bearer\n{GOOD}"),
    *(f"Bearer\x00 {GOOD}", f"X-Bearer {GOOD}", f"bearer_ {GOOD}", f"Basic Bearer {GOOD}"),
)


def basic(raw: bytes) -> str:
    """A header with these credentials."""
    return "Basic " + base64.b64encode(raw).decode()


_NAME, _PASSWORD = CHOSEN["BULL_BOARD_USERNAME"], CHOSEN["BULL_BOARD_PASSWORD"]
_RIGHT = f"{_NAME}:{_PASSWORD}".encode()
#: None of them are the board's credentials, whose password has a colon in it.
NOT_THE_BOARDS: tuple[str, ...] = (
    *("", "Basic", "Basic ", "Basic =", "Basic ====", "Basic !", "Basic \u00fc", "Basic \ud800"),
    *(basic(raw) for raw in (b"", b":", b"::", b"operator", b"operator:", b":a pass: with words")),
    *(
        basic(raw)
        for raw in (b"operator:a pass", b"operator:a pass:", b"operator:a pass: with word")
    ),
    *(
        basic(raw)
        for raw in (_RIGHT + b"\n", _RIGHT + b"\x00", b" " + _RIGHT, _RIGHT + b":", b"\x00")
    ),
    *(
        basic(raw)
        for raw in (_RIGHT.upper(), b"operator :a pass: with words", b"\xff\xfe:\xff", b"\x80")
    ),
    *(
        basic(raw)
        for raw in (_RIGHT.decode().encode("utf-16"), b"\xef\xbb\xbf" + _RIGHT, _RIGHT * 1_000)
    ),
    *(
        basic(raw)
        for raw in (b"admin:admin", b"operator:operator", b"' OR 1=1--:x", b"operator:null")
    ),
    *(basic(_RIGHT)[:-2], basic(_RIGHT) + "AA==", f"Basic {_RIGHT.decode()}", basic(_RIGHT)[6:]),
    *(
        f"Bearer {GOOD}",
        f"Basic {GOOD}",
        basic(_RIGHT).replace("Basic", "Bearer"),
        "Basic " + "A" * 100_001,
    ),
    *(
        basic(_RIGHT).replace("Basic", "Digest"),
        basic(_RIGHT).replace("Basic ", "Basic"),
        "Negotiate x",
    ),
)
