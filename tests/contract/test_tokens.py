"""Tokens verified by a JWKS: which keys are taken, and how often they are fetched."""

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.utils import base64url_encode

from chalicelib.adapters.jwks_keys import JwksKeys
from chalicelib.adapters.pyjwt_tokens import LEEWAY_S, PyJwtTokens
from chalicelib.errors import RetryableError, Unauthenticated

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
SECRET = "a secret of the tests that is long enough for HS256"


@dataclass
class Issuer:
    """Serves a JWKS on 127.0.0.1, and counts how often it is fetched."""

    keys: dict[str, Key] = field(default_factory=dict[str, Key])
    status: int = 200
    fetches: int = 0
    url: str = ""

    def jwks(self) -> bytes:
        keys = [_jwk(key) | {"kid": kid, "use": "sig"} for kid, key in self.keys.items()]
        return json.dumps({"keys": keys}).encode()


def _jwk(key: Key) -> dict[str, Any]:
    maker = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return dict(maker.to_jwk(key.public_key(), as_dict=True))


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    serving = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            serving.fetches += 1
            self.send_response(serving.status)
            self.end_headers()
            self.wfile.write(serving.jwks())

        def log_message(self, *_: object) -> None:  # type: ignore[override]
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        serving.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
        yield serving
        server.shutdown()
        thread.join()


def a_token(key: Key | str, *, algorithm: str = "RS256", kid: str | None = "k1", **claims: object):
    usual = {"sub": "crm", "exp": datetime.now(UTC) + timedelta(days=1)}
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(usual | claims, key, algorithm=algorithm, headers=headers)


def tokens(issuer: Issuer, *, algorithm: str = "RS256", **changes: float) -> PyJwtTokens:
    keys = JwksKeys(issuer.url, **changes)
    return PyJwtTokens(algorithm, lambda token: (keys.key_of(token),))


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA_KEY), ("ES256", EC_KEY)])
def test_a_token_of_a_published_key_holds(issuer: Issuer, algorithm: str, key: Key):
    issuer.keys["k1"] = key

    claims = tokens(issuer, algorithm=algorithm).claims(a_token(key, algorithm=algorithm))

    assert claims["sub"] == "crm"


def test_keys_are_fetched_once(issuer: Issuer):
    issuer.keys["k1"] = RSA_KEY
    verifying = tokens(issuer)

    for _ in range(20):
        verifying.claims(a_token(RSA_KEY))

    assert issuer.fetches == 1


def test_a_key_that_was_added_is_found(issuer: Issuer):
    issuer.keys["old"] = EC_KEY
    verifying = tokens(issuer, cooldown_s=0)
    with pytest.raises(Unauthenticated):
        verifying.claims(a_token(RSA_KEY))
    issuer.keys["k1"] = RSA_KEY

    assert verifying.claims(a_token(RSA_KEY))["sub"] == "crm"


def test_unknown_keys_are_fetched_for_at_a_bounded_rate(issuer: Issuer):
    issuer.keys["k1"] = RSA_KEY
    verifying = tokens(issuer)

    for k in range(20):
        with pytest.raises(Unauthenticated):
            verifying.claims(a_token(RSA_KEY, kid=f"unknown-{k}"))

    assert issuer.fetches == 1


@pytest.mark.parametrize(
    "token",
    [
        a_token(SECRET, algorithm="HS256"),
        a_token(EC_KEY, algorithm="ES256"),
        a_token(RSA_KEY, algorithm="RS512"),
        "not.a.token",
        "",
    ],
)
def test_a_token_of_another_algorithm_makes_nobody_fetch(issuer: Issuer, token: str):
    issuer.keys["k1"] = RSA_KEY

    with pytest.raises(Unauthenticated):
        tokens(issuer).claims(token)

    assert issuer.fetches == 0


def test_a_public_key_is_no_secret(issuer: Issuer):
    issuer.keys["k1"] = RSA_KEY
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    exp = int(datetime.now(UTC).timestamp()) + 300
    parts = [{"alg": "HS256", "kid": "k1"}, {"sub": "crm", "exp": exp}]
    signed = b".".join(base64url_encode(json.dumps(part).encode()) for part in parts)
    signature = hmac.digest(public, signed, "sha256")  # PyJWT itself would not sign so
    forged = b".".join([signed, base64url_encode(signature)]).decode()

    with pytest.raises(Unauthenticated):
        tokens(issuer).claims(forged)


@pytest.mark.parametrize(
    "token",
    [
        a_token(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
        a_token(RSA_KEY, kid=None),
        a_token(RSA_KEY, exp=None),
        a_token(RSA_KEY, exp=datetime.now(UTC) - timedelta(seconds=LEEWAY_S + 5)),
    ],
    ids=["another key", "no kid", "no exp", "expired"],
)
def test_a_token_that_does_not_hold_is_refused(issuer: Issuer, token: str):
    issuer.keys["k1"] = RSA_KEY

    with pytest.raises(Unauthenticated):
        tokens(issuer).claims(token)


def test_clocks_may_differ_a_little(issuer: Issuer):
    issuer.keys["k1"] = RSA_KEY
    just_over = datetime.now(UTC) - timedelta(seconds=LEEWAY_S / 2)

    assert tokens(issuer).claims(a_token(RSA_KEY, exp=just_over))


def test_an_issuer_that_never_answered_is_nobodys_fault(issuer: Issuer):
    issuer.status = 500
    verifying = tokens(issuer)

    for _ in range(5):
        with pytest.raises(RetryableError):
            verifying.claims(a_token(RSA_KEY))

    assert issuer.fetches == 1


def test_an_issuer_is_asked_again_after_a_pause(issuer: Issuer):
    issuer.status, issuer.keys["k1"] = 500, RSA_KEY
    verifying = tokens(issuer, pause_s=0)
    with pytest.raises(RetryableError):
        verifying.claims(a_token(RSA_KEY))
    issuer.status = 200

    assert verifying.claims(a_token(RSA_KEY))


def test_an_outage_of_the_issuer_is_outlived_with_the_keys_at_hand(issuer: Issuer):
    issuer.keys["k1"] = RSA_KEY
    verifying = tokens(issuer, lifespan_s=1e-9, pause_s=0)
    verifying.claims(a_token(RSA_KEY))
    issuer.status = 503

    assert verifying.claims(a_token(RSA_KEY))
    assert issuer.fetches > 1


def test_a_token_for_another_application_is_refused():
    verifying = PyJwtTokens("HS256", lambda _: (SECRET,), audience="queue", issuer="crm")
    good = {"aud": "queue", "iss": "crm"}

    assert verifying.claims(a_token(SECRET, algorithm="HS256", **good))
    for wrong in ({"aud": "billing"}, {"iss": "somebody"}, {"aud": None}):
        with pytest.raises(Unauthenticated):
            verifying.claims(a_token(SECRET, algorithm="HS256", **(good | wrong)))


@pytest.mark.parametrize("secret", ["new " * 8, "old " * 8], ids=["newest", "older"])
def test_while_a_secret_is_rotated_tokens_of_either_hold(secret: str):
    verifying = PyJwtTokens("HS256", lambda _: ("new " * 8, "old " * 8))

    assert verifying.claims(a_token(secret, algorithm="HS256"))["sub"] == "crm"


def test_an_expired_token_of_the_older_secret_says_that_it_has_expired():
    verifying = PyJwtTokens("HS256", lambda _: ("new " * 8, "old " * 8))
    expired = a_token("old " * 8, algorithm="HS256", exp=datetime.now(UTC) - timedelta(days=1))

    with pytest.raises(Unauthenticated) as refusal:
        verifying.claims(expired)
    assert refusal.value.code == "token_expired"


def test_a_secret_that_was_dropped_holds_no_longer():
    secrets = ["new " * 8, "old " * 8]
    verifying = PyJwtTokens("HS256", lambda _: secrets)
    token = a_token(secrets.pop(), algorithm="HS256")

    with pytest.raises(Unauthenticated):
        verifying.claims(token)
