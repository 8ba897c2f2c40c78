"""`ports.Signer`: what is signed by it verifies with every secret, and is nobody else's."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.adapters.standard_webhooks import StandardWebhooksSigner
from chalicelib.ports.webhooks import Signer
from tests.rig.builders import NOON
from tests.rig.memory.webhooks import MemorySigner

NEWEST, OLDER, STRANGE = (
    "whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"n", b"o", b"s")
)
BODY = '{"message":"Grüße 🙂"}'.encode()


def signer_of(kind: str, secrets: Sequence[str]) -> Signer:
    return MemorySigner(secrets) if kind == "memory" else StandardWebhooksSigner(secrets)


@pytest.fixture(params=["memory", "standard"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def signatures(headers: Mapping[str, str]) -> list[str]:
    return headers["webhook-signature"].split(" ")


def test_the_id_and_the_second_are_told(kind: str):
    at = NOON + timedelta(milliseconds=999)
    headers = signer_of(kind, [NEWEST]).headers("job-1", at=at, body=BODY)

    assert set(headers) == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert headers["webhook-id"] == "job-1"
    assert headers["webhook-timestamp"] == str(int(NOON.timestamp()))


def test_each_secret_signs_the_newest_first(kind: str):
    both = signer_of(kind, [NEWEST, OLDER]).headers("job-1", at=NOON, body=BODY)
    alone = [
        signer_of(kind, [secret]).headers("job-1", at=NOON, body=BODY) for secret in (NEWEST, OLDER)
    ]

    assert signatures(both) == [each for headers in alone for each in signatures(headers)]
    assert all(each.startswith("v1,") for each in signatures(both))


def test_another_id_instant_or_body_has_another_signature(kind: str):
    signer = signer_of(kind, [NEWEST])
    signed = {
        signer.headers(webhook_id, at=at, body=body)["webhook-signature"]
        for webhook_id, at, body in [
            ("job-1", NOON, BODY),
            ("job-2", NOON, BODY),
            ("job-1", NOON + timedelta(seconds=1), BODY),
            ("job-1", NOON, BODY + b" "),
        ]
    }

    assert len(signed) == 4


def test_without_secrets_nothing_is_signed(kind: str):
    headers = signer_of(kind, []).headers("job-1", at=NOON, body=BODY)

    assert set(headers) == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize("secret", [NEWEST, OLDER])
def test_a_receiver_with_either_secret_verifies(secret: str):
    signer = StandardWebhooksSigner([NEWEST, OLDER])
    headers = signer.headers("job-1", at=datetime.now(UTC), body=BODY)

    assert Webhook(secret).verify(BODY, dict(headers)) == {"message": "Grüße 🙂"}


def test_a_receiver_with_another_secret_does_not():
    headers = StandardWebhooksSigner([NEWEST]).headers("job-1", at=datetime.now(UTC), body=BODY)

    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGE).verify(BODY, dict(headers))


def test_the_signature_is_the_one_that_the_specification_describes():
    headers = StandardWebhooksSigner([NEWEST]).headers("job-1", at=NOON, body=BODY)
    said = f"job-1.{int(NOON.timestamp())}.".encode() + BODY
    digest = hmac.new(b"n" * 32, said, hashlib.sha256).digest()

    assert signatures(headers) == [f"v1,{base64.b64encode(digest).decode()}"]


def test_the_example_of_the_specification_comes_out():
    signer = StandardWebhooksSigner(["whsec_plJ3nmyCDGBKInavdOK15jsl"])
    body = b'{"event_type":"ping","data":{"success":true}}'
    at = datetime.fromtimestamp(1731705121, UTC)
    headers = signer.headers("msg_loFOjxBNrRLzqYUf", at=at, body=body)

    assert signatures(headers) == ["v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="]
