"""What a secret must be like in a deployed stage, and that nobody is told what it is."""

import base64
import random

import pytest

from chalicelib.adapters.environment_secrets import EnvironmentSecrets
from chalicelib.errors import UnfitSecret
from chalicelib.model.secret import Secret, fault_of
from chalicelib.secrets import Secrets

KEY = "5f1d7c3e9ab24680f0e1d2c3b4a59687"
OLD_KEY = "Zk9pQ2xvd3Vic3RhbmRhcmQtdGhlLW9sZA=="
WHSEC = "whsec_" + base64.b64encode(bytes(range(32))).decode()
PASSWORD = "seven green boats"
GOOD = {"JWT_SECRET": KEY, "SIGNING_SECRETS": WHSEC, "BULL_BOARD_PASSWORD": PASSWORD}


def deployed(**changes: str) -> Secrets:
    return Secrets(EnvironmentSecrets(GOOD | changes), is_deployed=True)


def local(**environment: str) -> Secrets:
    return Secrets(EnvironmentSecrets(environment), is_deployed=False)


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        (Secret.JWT, KEY),
        (Secret.JWT, f"{OLD_KEY}, {KEY}"),
        (Secret.JWT, "ü" * 6 + "abcdefghijklmnopqrstuvwx"),
        (Secret.SIGNING, WHSEC),
        (Secret.SIGNING, f"{WHSEC},{WHSEC}"),
        (Secret.BOARD, PASSWORD),
        (Secret.BOARD, "a, b, c, d, e, f"),
    ],
)
def test_a_good_secret_has_no_fault(secret: Secret, text: str):
    assert fault_of(secret, text) is None


@pytest.mark.parametrize(
    ("secret", "text", "fault"),
    [
        *[(each, text, "there is none") for each in Secret for text in (None, "", " ", " , ")],
        (Secret.JWT, "x" * 31, "secret 1 of 1 has fewer than 32 bytes"),
        (Secret.JWT, f"{KEY},short", "secret 2 of 2 has fewer than 32 bytes"),
        (Secret.JWT, "x" * 32, "secret 1 of 1 has fewer than 6 different characters"),
        (Secret.JWT, "your-256-bit-secret-your-256-bit-secret", "secret 1 of 1 is a placeholder"),
        (Secret.JWT, f"{KEY},CHANGE_ME_CHANGE_ME_CHANGE_ME_CHANGE", "secret 2 of 2 is a place"),
        (Secret.SIGNING, KEY, "secret 1 of 1 must be 'whsec_'"),
        (Secret.SIGNING, f"{WHSEC},whsec_{'A' * 32}", "secret 2 of 2 has fewer than 6 different"),
        (Secret.BOARD, "admin", "it has fewer than 12 characters"),
        (Secret.BOARD, "adminadminadmin", "it has fewer than 6 different characters"),
        (Secret.BOARD, "Change me, please", "it is a placeholder"),
        (Secret.BOARD, "P-a-s-s-w-o-r-d-1", "it is a placeholder"),
    ],
)
def test_a_weak_one_is_told_by_what_is_wrong_with_it(secret: Secret, text: str, fault: str):
    assert (fault_of(secret, text) or "").startswith(fault)


def test_random_secrets_are_never_taken_for_weak_ones():
    made = random.Random(20261126)
    keys = [made.randbytes(32) for _ in range(2_000)]

    for key in keys:
        text = base64.b64encode(key).decode()
        assert fault_of(Secret.JWT, text) is fault_of(Secret.JWT, key.hex()) is None
        assert fault_of(Secret.SIGNING, f"whsec_{text}") is None
        assert fault_of(Secret.BOARD, base64.b64encode(key[:9]).decode()) is None


def test_good_secrets_come_out_the_newest_first():
    secrets = deployed(JWT_SECRET=f"{KEY},{OLD_KEY}")

    assert secrets.jwt() == (KEY, OLD_KEY)
    assert secrets.signing() == (WHSEC,)
    assert secrets.board_password() == PASSWORD
    secrets.check(*Secret)


def test_nothing_weak_comes_out_in_a_deployed_stage():
    secrets = deployed(JWT_SECRET="tiny", SIGNING_SECRETS="", BULL_BOARD_PASSWORD="admin")

    for read in (secrets.jwt, secrets.signing, secrets.board_password):
        with pytest.raises(UnfitSecret, match=r"environment variable .*infra\.secrets"):
            read()


def test_a_check_tells_all_that_is_wrong_and_no_value():
    secrets = deployed(JWT_SECRET="tiny", BULL_BOARD_PASSWORD="admin")

    with pytest.raises(UnfitSecret) as refusal:
        secrets.check(*Secret)
    told = str(refusal.value)
    assert "JWT_SECRET: secret 1 of 1 has fewer than 32 bytes" in told
    assert "BULL_BOARD_PASSWORD: it has fewer than 12 characters" in told
    assert not any(word in told for word in ("tiny", "admin", "SIGNING_SECRETS"))


def test_the_local_stage_takes_what_it_is_given():
    secrets = local(JWT_SECRET="a,b", BULL_BOARD_PASSWORD="admin")

    assert secrets.jwt() == ("a,b",)
    assert secrets.signing() == ()
    assert secrets.board_password() == "admin"
    secrets.check(*Secret)


def test_a_local_stage_without_a_key_says_which_variable_is_missing():
    with pytest.raises(UnfitSecret, match="JWT_SECRET is not set"):
        local().jwt()
    assert local().board_password() == ""


def test_no_secret_shows_in_a_repr():
    assert KEY not in repr(deployed())
