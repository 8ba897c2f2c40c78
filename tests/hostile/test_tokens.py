"""Whoever has no right token is told so in the one shape, and nothing happens."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from chalice.test import HTTPResponse
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

from chalicelib.adapters.jwks_keys import JwksKeys
from chalicelib.adapters.pyjwt_tokens import PyJwtTokens
from chalicelib.errors import RetryableError, Unauthenticated
from tests.hostile.tokens import (
    CLAIMS,
    FORGED,
    GOOD,
    NOT_THE_BOARDS,
    SENSELESS,
    SPELLINGS,
    part,
    signed,
)
from tests.integration.board import MOUNT, basic
from tests.integration.service import Service
from tests.integration.test_scheduling import AN_SMS
from tests.network import watching

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
EVIL = "https://evil.example/jwks.json"


def is_refused(answer: HTTPResponse) -> bool:
    """Whether it is the contract's refusal, and nothing but that."""
    body = answer.json_body
    return (
        answer.status_code == 401
        and body.keys() == {"success", "message", "code"}
        and body["success"] is False
        and body["code"] in {"unauthenticated", "token_expired"}
        and "Traceback" not in body["message"]
    )


def schedule(service: Service, authorization: str, **headers: str) -> HTTPResponse:
    return service.post("/api/schedule-sms", AN_SMS, Authorization=authorization, **headers)


def test_a_right_token_is_taken(service: Service):
    assert schedule(service, f"Bearer {GOOD}").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [{"exp": 9_999_999_999.5}, {"exp": 10**400}, {"nbf": 0, "iat": -1.5}, {"kid": "x"}],
)
def test_numbers_of_any_size_are_numbers(service: Service, claims: dict[str, object]):
    assert schedule(service, f"Bearer {signed(CLAIMS | claims)}").status_code == 200


@pytest.mark.parametrize("corpus", [FORGED, SENSELESS], ids=["forged", "senseless"])
def test_a_token_that_does_not_hold_is_refused(service: Service, corpus: dict[str, str]):
    for name, token in corpus.items():
        assert is_refused(schedule(service, f"Bearer {token}")), name
    assert service.items() == []


def test_a_token_that_is_sent_in_another_way_is_refused(service: Service):
    for authorization in SPELLINGS:
        assert is_refused(schedule(service, authorization)), ascii(authorization)
    assert service.items() == []


@pytest.mark.parametrize(
    "header", ["Cookie", "X_Authorization", "X_Api_Key", "Proxy_Authorization"]
)
def test_a_token_in_another_header_is_none(service: Service, header: str):
    for value in (GOOD, f"Bearer {GOOD}", f"session={GOOD}", f"Authorization=Bearer {GOOD}"):
        answer = service.post("/api/schedule-sms", AN_SMS, token=None, **{header: value})

        assert is_refused(answer), value
    assert service.items() == []


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "jwt"])
def test_a_token_in_the_query_or_the_body_is_none(service: Service, name: str):
    body = AN_SMS | {name: GOOD}
    answer = service.post(f"/api/schedule-sms?{name}={GOOD}", body, token=None)

    assert is_refused(answer)


@pytest.mark.parametrize("values", [["x", "y"], ["Bearer x", f"Basic {GOOD}"], [GOOD, GOOD]])
def test_of_two_headers_none_is_pieced_together(service: Service, values: list[str]):
    assert is_refused(schedule(service, ", ".join(values)))
    assert is_refused(schedule(service, ",".join([*values, f"Bearer {GOOD}"])))


def public(form: serialization.PublicFormat, encoding: serialization.Encoding) -> bytes:
    return RSA_KEY.public_key().public_bytes(encoding, form)


def confused() -> list[bytes]:
    """The public key in all the forms in which it could be taken for a secret."""
    spki, pkcs1 = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    jwk = RSAAlgorithm.to_jwk(RSA_KEY.public_key())
    whole = [public(form, encoding) for form in (spki, pkcs1) for encoding in (pem, der)]
    return [*whole, *(raw.strip() for raw in whole), jwk.encode(), b""]


HEADERS: list[dict[str, object]] = [
    {"jku": EVIL},
    {"x5u": EVIL},
    {"jku": "http://169.254.169.254/latest"},
    {"jwk": RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True)},
    {"x5c": ["MIIB"]},
    *({"kid": kid} for kid in ("", "../../dev/null", "/etc/passwd", EVIL, "' OR 1=1--", "k1\x00")),
    *({"kid": kid} for kid in ("x" * 100_000, "\ud800", None, 0, True, [], {}, ["k1"])),
]


@pytest.mark.parametrize("secret", confused())
def test_a_public_key_is_no_secret(secret: bytes):
    tokens = PyJwtTokens("RS256", lambda _: (RSA_KEY.public_key(),))
    for alg in ("HS256", "RS256", "none"):
        with pytest.raises(Unauthenticated):
            tokens.claims(signed(CLAIMS, {"alg": alg}, secret=secret))


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_of_a_token_leads_nowhere(header: dict[str, object]):
    keys = JwksKeys("http://127.0.0.1:9/jwks.json")
    tokens = PyJwtTokens("RS256", lambda token: (keys.key_of(token),))
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    whole = f"{part({'alg': 'RS256'} | header)}.{part(CLAIMS)}"
    signature = RSAAlgorithm(RSAAlgorithm.SHA256).sign(whole.encode(), other)
    token = f"{whole}.{base64url_encode(signature).decode()}"
    with watching({}) as watch, pytest.raises((Unauthenticated, RetryableError)):
        tokens.claims(token)

    assert set(watch.connections) <= {("127.0.0.1", 9)}
    assert watch.lookups in ([], ["127.0.0.1"])


@pytest.mark.parametrize("size", [0, 1, 32, 64, 96, 1000])
@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_a_signature_of_nothing_is_none(size: int, byte: bytes):
    tokens = PyJwtTokens("ES256", lambda _: (EC_KEY.public_key(),))
    token = f"{part({'alg': 'ES256'})}.{part(CLAIMS)}.{part(byte * size)}"
    with pytest.raises(Unauthenticated):
        tokens.claims(token)


@pytest.mark.parametrize(
    "aud", [None, "", [], ["billing"], 7, {}, [None], "QUEUE", "queue ", ["q"]]
)
@pytest.mark.parametrize("claim", ["aud", "iss"])
def test_a_token_for_another_or_by_another_is_refused(claim: str, aud: object):
    tokens = PyJwtTokens("HS256", lambda _: ("a secret " * 8,), audience="queue", issuer="crm")
    good = CLAIMS | {"aud": "queue", "iss": "crm"}
    secret = b"a secret " * 8

    assert tokens.claims(signed(good, secret=secret))
    with pytest.raises(Unauthenticated):
        tokens.claims(signed(good | {claim: aud}, secret=secret))


@pytest.mark.parametrize("path", ["", "/api/queues", "/static/js/x.js"])
def test_the_board_takes_only_its_own_credentials(service: Service, path: str):
    for authorization in NOT_THE_BOARDS:
        headers = {"Authorization": authorization, "Cookie": f"session={basic()}"}
        answer = service.client.http.get(MOUNT + path, headers=headers)

        assert answer.status_code == 401, ascii(authorization)[:80]
        assert not path.startswith("/api") or answer.json_body.keys() == {"error", "message"}
    right = {"Authorization": basic().replace("Basic", "bASIC")}
    assert service.client.http.get(f"{MOUNT}/api/queues", headers=right).status_code == 200


def test_the_service_s_own_signatures_are_no_tokens():
    """A token is signed with the tokens' secret: one that was made with another of ours is none."""
    now = datetime.now(UTC)
    tokens = PyJwtTokens("HS256", lambda _: ("a secret " * 8,))
    forged = jwt.encode(CLAIMS | {"exp": now + timedelta(days=1)}, "whsec_" + "bmV3" * 8, "HS256")
    stamped = hmac.new(b"whsec", b"x", hashlib.sha256).hexdigest()
    for token in (forged, stamped, f"v1,{stamped}"):
        with pytest.raises(Unauthenticated):
            tokens.claims(token)
