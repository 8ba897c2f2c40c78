"""Signing secrets: what the specification allows, and how a wrong one is refused."""

import base64

import pytest

from chalicelib.adapters.environment_secrets import EnvironmentSecrets
from chalicelib.errors import Misconfigured
from chalicelib.model.signing import secrets_of
from chalicelib.secrets import Secrets
from chalicelib.settings import Settings


def whsec(length: int) -> str:
    return "whsec_" + base64.b64encode(b"\xfb" * length).decode()


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("", ()),
        (" , ", ()),
        (whsec(24), (whsec(24),)),
        (f"{whsec(32)}, {whsec(64)}", (whsec(32), whsec(64))),
    ],
)
def test_secrets_are_listed_with_commas(text: str, secrets: tuple[str, ...]):
    assert secrets_of(text) == secrets


@pytest.mark.parametrize(
    "secret",
    [
        "a plain text of more than 24 bytes",
        base64.b64encode(b"x" * 32).decode(),
        whsec(23),
        whsec(65),
        "whsec_",
        "whsec_" + "-" * 32,
        whsec(48) + "*",
        "whsec_" + "A" * 33,
        "whsec_" + "ü" * 32,
    ],
)
def test_what_is_none_is_refused_without_being_told(secret: str):
    store = EnvironmentSecrets({"SIGNING_SECRETS": f"{whsec(32)},{secret}"})

    with pytest.raises(Misconfigured, match="SIGNING_SECRETS: secret 2 of 2 must be") as refusal:
        Secrets(store, is_deployed=False).signing()
    assert secret == "whsec_" or secret not in str(refusal.value)
    assert "openssl rand" in str(refusal.value)


def test_a_fall_back_webhook_is_checked_like_a_workspace_s():
    url = "https://crm.example.com/hooks"

    assert Settings({}).failure_webhook_url is None
    assert Settings({"FAILURE_WEBHOOK_URL": url}).failure_webhook_url == url
    local = {"FAILURE_WEBHOOK_URL": "http://127.0.0.1/", "ALLOW_PRIVATE_CALLBACKS": "true"}
    assert Settings(local).failure_webhook_url == "http://127.0.0.1/"
    with pytest.raises(Misconfigured, match="FAILURE_WEBHOOK_URL must begin with 'https://'"):
        _ = Settings({"FAILURE_WEBHOOK_URL": "http://127.0.0.1/"}).failure_webhook_url
