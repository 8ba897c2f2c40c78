"""A deployed stage and its secrets in SSM: what stops without them, what goes on, and rotation."""

from collections.abc import Iterator

import jwt
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.ssm_secrets import SsmSecrets
from chalicelib.errors import UnfitSecret
from chalicelib.model.channel import Queue
from chalicelib.model.secret import Secret
from chalicelib.wiring import secrets
from tests.contract.faulty_aws import DENIED, UNKNOWN, an_error, handling
from tests.integration.backend import Received
from tests.integration.board import basic, call
from tests.integration.service import CHOSEN, Json, Service, a_token, forget, sqs_event
from tests.integration.test_scheduling import AN_SMS
from tests.unit.test_secret import KEY, OLD_KEY, PASSWORD, WHSEC

STATUS = "/api/job-status/none"
OLD_WHSEC = "whsec_" + "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob"


def put(secret: Secret, value: str) -> None:
    """As an operator does, between two invocations that are further apart than the age."""
    client("ssm").put_parameter(
        Name=f"/queue/{secret}", Value=value, Type="SecureString", Overwrite=True
    )
    store = secrets().store
    assert isinstance(store, SsmSecrets)
    store._provider.clear_cache()
    store._paused_until_s.clear()


def token(key: str) -> str:
    claims = jwt.decode(a_token(), options={"verify_signature": False})
    return jwt.encode(claims, key, algorithm="HS256")


def fits(received: Received, secret: str) -> bool:
    try:
        Webhook(secret).verify(received.raw, dict(received.headers))
    except WebhookVerificationError:
        return False
    return True


def an_sms(prod: Service) -> Json:
    """The batch that brings an SMS to its worker."""
    answer = prod.post("/api/schedule-sms", AN_SMS | {"delay": 0}, token=token(KEY))
    assert answer.status_code == 200
    return sqs_event(prod.messages(Queue.SEND_SMS))


@pytest.fixture
def prod(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The service of stage prod, whose environment holds no secret and whose SSM is empty."""
    for name in ("JWT_SECRET", "SIGNING_SECRETS", "BULL_BOARD_PASSWORD"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("SECRETS_PATH", "/queue")
    forget()
    yield service
    forget()


@pytest.mark.parametrize("weak", [None, "short", "change-me-change-me-change-me-change-me"])
def test_without_a_fit_key_no_token_is_taken_until_it_is_put_right(
    prod: Service, caplog: pytest.LogCaptureFixture, weak: str | None
):
    if weak:
        put(Secret.JWT, weak)
    answer = prod.get(STATUS, token=token(KEY))

    assert (answer.status_code, answer.json_body["code"]) == (503, "misconfigured")
    assert "the SSM parameter /queue/jwt-secrets: " in caplog.text
    assert "python -m infra.secrets" in caplog.text
    assert not weak or weak not in caplog.text + answer.body.decode()
    put(Secret.JWT, KEY)
    assert prod.get(STATUS, token=token(KEY)).status_code == 404


def test_variables_of_the_local_stage_mean_nothing(prod: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JWT_SECRET", CHOSEN["JWT_SECRET"])
    forget()

    assert prod.get(STATUS).status_code == 503


def test_a_key_is_rotated_without_a_gap(prod: Service):
    old, new = token(OLD_KEY), token(KEY)

    def seen() -> list[int]:
        return [prod.get(STATUS, token=each).status_code for each in (old, new)]

    put(Secret.JWT, OLD_KEY)
    assert seen() == [404, 401]
    put(Secret.JWT, f"{KEY},{OLD_KEY}")
    assert seen() == [404, 404]
    put(Secret.JWT, KEY)
    assert seen() == [401, 404]


@pytest.mark.parametrize("path", ["", "/static/images/logo.svg", "/api/queues"])
@pytest.mark.parametrize("weak", [None, "admin"])
def test_a_board_with_a_weak_password_is_shown_to_nobody(
    prod: Service, caplog: pytest.LogCaptureFixture, path: str, weak: str | None
):
    if weak:
        put(Secret.BOARD, weak)
    answer = call(prod, "GET", path, Authorization=basic("operator", weak or PASSWORD))

    assert answer.status_code == 503
    assert "the SSM parameter /queue/bull-board-password: " in caplog.text
    put(Secret.BOARD, PASSWORD)
    answer = call(prod, "GET", path, Authorization=basic("operator", PASSWORD))
    assert answer.status_code == 200


def test_a_board_without_a_user_name_is_closed_and_needs_no_password(
    prod: Service, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BULL_BOARD_USERNAME", "")
    forget()
    put(Secret.JWT, KEY)

    assert call(prod, "GET", "").status_code == 403
    assert prod.get("/health", token=None).status_code == 200


def test_the_health_check_tells_of_all_that_is_wrong_and_of_no_value(
    prod: Service, caplog: pytest.LogCaptureFixture
):
    put(Secret.BOARD, "admin")
    answer = prod.get("/health", token=None)

    assert answer.status_code == 503
    assert answer.json_body["checks"] == {
        "jobs": "ok", "control": "ok", "queues": "ok", "secrets": "failing"
    }  # fmt: skip
    assert "jwt-secrets: there is none; the SSM parameter /queue/bull-board-password" in caplog.text
    assert "admin" not in caplog.text


def test_keys_of_an_issuer_need_no_secret_here(prod: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JWT_ALGORITHM", "RS256")
    forget()
    put(Secret.BOARD, PASSWORD)

    assert prod.get("/health", token=None).status_code == 200


@pytest.mark.parametrize("weak", [None, "whsec_" + "A" * 32, "plain text that is long enough"])
def test_without_fit_secrets_workers_stop_and_sqs_keeps_what_waits(prod: Service, weak: str | None):
    put(Secret.JWT, KEY)
    if weak:
        put(Secret.SIGNING, weak)
    event = an_sms(prod)

    with pytest.raises(UnfitSecret, match="/queue/signing-secrets: ") as refusal:
        prod.invoke("send_sms", event)
    assert prod.backend.received == []
    assert not weak or weak not in str(refusal.value)
    put(Secret.SIGNING, WHSEC)
    assert prod.invoke("send_sms", event) == {"batchItemFailures": []}
    assert len(prod.backend.received) == 1


def test_signing_secrets_are_rotated_without_a_gap(prod: Service):
    put(Secret.JWT, KEY)
    verified: list[list[str]] = []
    for value in (OLD_WHSEC, f"{WHSEC},{OLD_WHSEC}", WHSEC):
        put(Secret.SIGNING, value)
        prod.invoke("send_sms", an_sms(prod))
        received = prod.backend.received[-1]
        signed = received.headers["webhook-signature"].split(" ")
        verified.append([each for each in (OLD_WHSEC, WHSEC) if fits(received, each)])
        assert len(signed) == len(verified[-1])

    assert verified == [[OLD_WHSEC], [OLD_WHSEC, WHSEC], [WHSEC]]


def test_a_stage_that_says_so_sends_unsigned(prod: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SEND_UNSIGNED", "true")
    forget()
    put(Secret.JWT, KEY)
    prod.invoke("send_sms", an_sms(prod))

    assert "webhook-signature" not in prod.backend.received[0].headers


def test_notices_wait_for_fit_secrets_too(prod: Service):
    with pytest.raises(UnfitSecret, match="/queue/signing-secrets: there is none"):
        prod.invoke("post_notice", sqs_event([]))


def test_an_ssm_that_does_not_answer_at_the_start_is_worth_another_try(prod: Service):
    put(Secret.JWT, KEY)
    event = an_sms(prod)
    forget()

    with handling("ssm", "GetParameter", an_error(UNKNOWN)):
        assert prod.get(STATUS, token=token(KEY)).json_body["code"] == "unavailable"
        assert call(prod, "GET", "").status_code == 503
        assert len(prod.invoke("send_sms", event)["batchItemFailures"]) == 1


def test_a_role_that_may_not_read_is_a_503_and_the_log_names_the_parameter(
    prod: Service, caplog: pytest.LogCaptureFixture
):
    with handling("ssm", "GetParameter", an_error(DENIED)):
        answer = prod.get(STATUS, token=token(KEY))

    assert (answer.status_code, answer.json_body["code"]) == (503, "misconfigured")
    assert f"/queue/jwt-secrets: AWS answered {DENIED}" in caplog.text


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs", STATUS])
def test_no_answer_tells_a_secret_or_where_it_is(prod: Service, path: str):
    put(Secret.JWT, KEY)
    put(Secret.BOARD, "admin")
    text = prod.get(path, token=token(KEY)).body.decode()

    assert KEY not in text
    assert "/queue/" not in text
