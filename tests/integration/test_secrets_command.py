"""`python -m infra.secrets`: what it puts, what it refuses, and how it rotates."""

import io
import string
from collections.abc import Iterator

import pytest
from moto import mock_aws

from chalicelib.adapters.aws_clients import client
from chalicelib.model.secret import Secret, fault_of
from infra.secrets import Safe, read, run
from tests.unit.test_secret import KEY, OLD_KEY, PASSWORD, WHSEC

LISTS = [Secret.JWT, Secret.SIGNING]


@pytest.fixture
def safe() -> Iterator[Safe]:
    with mock_aws():
        yield Safe(client("ssm"), "queue")


def say(safe: Safe, *words: str, given: str = "") -> str:
    return run(safe, read(["--stack", "queue", *words]), given=io.StringIO(given))


def held(safe: Safe, secret: Secret) -> list[str]:
    return (safe.get(secret) or "").split(",")


def test_what_is_put_is_a_secure_string_under_the_stack_s_path(safe: Safe):
    said = say(safe, "put", "jwt-secrets", given=f"{KEY}\r\n")

    kept = safe.ssm.describe_parameters()["Parameters"]
    assert [(each["Name"], each["Type"]) for each in kept] == [
        ("/queue/jwt-secrets", "SecureString")
    ]
    assert safe.get(Secret.JWT) == KEY
    assert KEY not in said


@pytest.mark.parametrize("value", ["", "admin", "change-me-change-me"])
def test_a_weak_one_is_refused_and_what_was_there_stays(safe: Safe, value: str):
    say(safe, "put", "bull-board-password", given=PASSWORD)

    with pytest.raises(SystemExit, match=r"/queue/bull-board-password is left as it is") as refusal:
        say(safe, "put", "bull-board-password", given=value)
    assert not value or value not in str(refusal.value)
    assert safe.get(Secret.BOARD) == PASSWORD


@pytest.mark.parametrize("secret", list(Secret))
def test_the_first_one_is_made_by_rotating_nothing(safe: Safe, secret: Secret):
    said = say(safe, "rotate", secret)

    value = safe.get(secret)
    assert value
    assert fault_of(secret, value) is None
    assert value not in said
    assert f"get-parameter --name /queue/{secret}" in said


@pytest.mark.parametrize("secret", LISTS)
def test_a_rotation_puts_a_new_one_in_front_and_a_drop_ends_it(safe: Safe, secret: Secret):
    old = {Secret.JWT: KEY, Secret.SIGNING: WHSEC}[secret]
    say(safe, "put", secret, given=old)
    say(safe, "rotate", secret)
    during = held(safe, secret)
    say(safe, "drop", secret)

    assert len(during) == 2
    assert during[1] == old
    assert held(safe, secret) == during[:1]


def test_a_password_is_replaced_at_once(safe: Safe):
    say(safe, "put", "bull-board-password", given=PASSWORD)
    say(safe, "rotate", "bull-board-password")

    assert set(safe.get(Secret.BOARD) or "") <= set(string.ascii_letters + string.digits + "-_")
    assert safe.get(Secret.BOARD) != PASSWORD


def test_a_second_rotation_waits_for_the_end_of_the_first(safe: Safe):
    say(safe, "put", "jwt-secrets", given=f"{KEY},{OLD_KEY}")

    with pytest.raises(SystemExit, match="Two hold already: drop jwt-secrets first"):
        say(safe, "rotate", "jwt-secrets")
    assert held(safe, Secret.JWT) == [KEY, OLD_KEY]


@pytest.mark.parametrize("secret", list(Secret))
def test_the_last_one_is_not_dropped(safe: Safe, secret: Secret):
    say(safe, "rotate", secret)

    with pytest.raises(SystemExit, match="There is no older one"):
        say(safe, "drop", secret)
    assert safe.get(secret)


def test_a_check_tells_what_would_stop_a_deployed_stage(safe: Safe):
    safe.ssm.put_parameter(Name="/queue/bull-board-password", Value="admin", Type="SecureString")
    say(safe, "put", "jwt-secrets", given=KEY)

    with pytest.raises(SystemExit) as refusal:
        say(safe, "check")
    assert str(refusal.value).splitlines() == [
        "/queue/signing-secrets: there is none",
        "/queue/bull-board-password: it has fewer than 12 characters",
    ]
    assert say(safe, "check", "jwt-secrets") == "All is well."
