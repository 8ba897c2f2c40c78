"""Signatures of callbacks: the two clients' checks accept and refuse alike."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from infra.clients.python.verify_callback import NotGenuineError, verify_callback
from tests.clients.node import Node

#: The example of https://github.com/standard-webhooks/standard-webhooks (libraries' tests).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
AT_S = 1_614_265_330
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(AT_S),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes......").decode()

Check = Callable[..., str]


def in_python(**said: Any) -> str:  # noqa: ANN401 - each its own type
    try:
        verify_callback(said.pop("headers"), said.pop("body"), **said)
    except NotGenuineError:
        return "not genuine"
    except ValueError as error:
        return f"broken: {error}"
    return "genuine"


def in_node(node: Node, **said: Any) -> str:  # noqa: ANN401 - each its own type
    names = {"now_s": "nowS", "tolerance_s": "toleranceS"}
    options = {name: said.pop(own) for own, name in names.items() if own in said}
    said["body"] = base64.b64encode(said["body"]).decode()
    found = node.do("verify", options=options, **said)
    return found.get("value") or f"broken: {found['broken']}"


@pytest.fixture(params=[False, True], ids=["python", "javascript"])
def check(request: pytest.FixtureRequest, node: Node) -> Check:
    """Whether a message is genuine: the standard's own example, but for what a test says."""
    usual: dict[str, Any] = {"headers": HEADERS, "body": BODY, "secrets": [SECRET], "now_s": AT_S}
    checked = partial(in_node, node) if request.param else in_python
    return lambda **said: checked(**usual | said)


def signed(secret: str, **changes: str) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    headers = HEADERS | changes
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + BODY
    right = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    return headers | {"webhook-signature": f"v1,{right}"}


def test_the_standard_s_example_is_genuine(check: Check):
    assert check() == "genuine"
    assert check(headers={name.upper(): value for name, value in HEADERS.items()}) == "genuine"
    assert check(secrets=[SECRET.removeprefix("whsec_")]) == "genuine"


def test_each_valid_secret_and_each_signature_will_do(check: Check):
    both = f"{signed(OTHER)['webhook-signature']} {HEADERS['webhook-signature']}"

    assert check(secrets=[OTHER, SECRET]) == "genuine"
    assert check(headers=HEADERS | {"webhook-signature": both}) == "genuine"
    assert check(headers=HEADERS | {"webhook-signature": f"v1a,x {both} v1,"}) == "genuine"


@pytest.mark.parametrize("age_s", [-300, 300])
def test_a_message_of_the_last_minutes_is_genuine(check: Check, age_s: int):
    assert check(now_s=AT_S + age_s) == "genuine"
    assert check(now_s=AT_S + age_s, tolerance_s=299) == "not genuine"


@pytest.mark.parametrize("age_s", [-301, 301, 86_400])
def test_an_old_one_is_not(check: Check, age_s: int):
    assert check(now_s=AT_S + age_s) == "not genuine"


@pytest.mark.parametrize(
    "said",
    [
        {"body": BODY + b" "},
        {"secrets": [OTHER]},
        {"secrets": []},
        {"headers": HEADERS | {"webhook-id": "msg_other"}},
        {"headers": HEADERS | {"webhook-timestamp": str(AT_S + 1)}},
        {"headers": HEADERS | {"webhook-timestamp": "now"}},
        {"headers": HEADERS | {"webhook-timestamp": ""}},
        {"headers": HEADERS | {"webhook-signature": ""}},
        {"headers": HEADERS | {"webhook-signature": "v1,"}},
        {"headers": HEADERS | {"webhook-signature": "v1,✓"}},
        {"headers": HEADERS | {"webhook-signature": HEADERS["webhook-signature"][3:]}},
        {"headers": HEADERS | {"webhook-signature": "v2" + HEADERS["webhook-signature"][2:]}},
        {"headers": {}},
    ],
)
def test_anything_else_is_not_genuine(check: Check, said: dict[str, Any]):
    assert check(**said) == "not genuine"


def test_an_empty_secret_is_refused_rather_than_used(check: Check):
    assert check(secrets=[""], headers=signed("")).startswith("broken")
    assert check(secrets=["whsec_"], headers=signed("")).startswith("broken")
