"""`ports.SecretStore`: the environment's and SSM's; how SSM's is kept, and what outlives what."""

import pytest

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.environment_secrets import EnvironmentSecrets
from chalicelib.adapters.ssm_secrets import SsmSecrets
from chalicelib.errors import RetryableError, UnfitSecret
from chalicelib.model.secret import Secret
from chalicelib.ports.access import SecretStore
from tests.contract.faulty_aws import DENIED, UNKNOWN, Handler, Json, Reply, an_error, handling

PATH = "/queue"


def put(secret: Secret, value: str) -> None:
    client("ssm").put_parameter(
        Name=f"{PATH}/{secret}", Value=value, Type="SecureString", Overwrite=True
    )


def a_store(*, max_age_s: int = 60, pause_s: float = 0) -> SsmSecrets:
    return SsmSecrets(PATH, max_age_s=max_age_s, pause_s=pause_s)


def counting(asked: list[str]) -> Handler:
    """Note what is asked for, and leave it to moto."""

    def handler(request: Json) -> Reply | None:
        asked.append(request["Name"])
        return None

    return handler


@pytest.fixture
def filled(world: str) -> SecretStore:
    """A store with a password, and nothing else."""
    if world == "memory":
        return EnvironmentSecrets({"BULL_BOARD_PASSWORD": " spaces count ", "JWT_SECRET": ""})
    put(Secret.BOARD, " spaces count ")
    return a_store()


def test_a_secret_is_found_as_it_was_put(filled: SecretStore):
    assert filled.get(Secret.BOARD) == " spaces count "


@pytest.mark.parametrize("secret", [Secret.JWT, Secret.SIGNING])
def test_what_is_not_there_is_none(filled: SecretStore, secret: Secret):
    assert filled.get(secret) is None


def test_a_person_is_told_where_it_is(filled: SecretStore):
    places = {filled.place(each) for each in Secret}

    assert len(places) == len(Secret)
    assert filled.place(Secret.JWT) in {
        "the environment variable JWT_SECRET",
        "the SSM parameter /queue/jwt-secrets",
    }


def test_no_value_shows_in_a_repr(filled: SecretStore):
    filled.get(Secret.BOARD)

    assert "spaces count" not in repr(filled)


@pytest.mark.usefixtures("aws")
def test_ssm_is_asked_once_in_a_while():
    put(Secret.JWT, "first")
    store, asked = a_store(), list[str]()
    with handling("ssm", "GetParameter", counting(asked)):
        store.get(Secret.JWT)
        put(Secret.JWT, "second")

        assert store.get(Secret.JWT) == "first"
    assert asked == ["/queue/jwt-secrets"]


@pytest.mark.usefixtures("aws")
def test_a_value_that_is_too_old_is_asked_for_again():
    put(Secret.JWT, "first")
    store = a_store(max_age_s=0)
    store.get(Secret.JWT)
    put(Secret.JWT, "second")

    assert store.get(Secret.JWT) == "second"


@pytest.mark.usefixtures("aws")
def test_what_was_not_there_is_found_once_it_is():
    store = a_store()
    store.get(Secret.JWT)
    put(Secret.JWT, "first")

    assert store.get(Secret.JWT) == "first"


@pytest.mark.usefixtures("aws")
def test_what_was_not_there_a_moment_ago_is_not_asked_for():
    store, asked = a_store(pause_s=60), list[str]()
    with handling("ssm", "GetParameter", counting(asked)):
        assert [store.get(Secret.JWT) for _ in range(5)] == [None] * 5

    assert len(asked) == 1


@pytest.mark.usefixtures("aws")
def test_a_secret_that_is_deleted_is_gone():
    put(Secret.JWT, "first")
    store = a_store(max_age_s=0)
    store.get(Secret.JWT)
    client("ssm").delete_parameter(Name=f"{PATH}/{Secret.JWT}")

    assert store.get(Secret.JWT) is None


@pytest.mark.usefixtures("aws")
def test_an_outage_of_ssm_is_outlived_with_the_value_at_hand():
    put(Secret.JWT, "first")
    store = a_store(max_age_s=0)
    store.get(Secret.JWT)

    with handling("ssm", "GetParameter", an_error(UNKNOWN)):
        assert store.get(Secret.JWT) == "first"


@pytest.mark.usefixtures("aws")
def test_an_ssm_that_never_answered_is_nobodys_fault_and_is_not_pressed():
    store, asked = a_store(pause_s=60), list[str]()

    def refusing(request: Json) -> Reply | None:
        asked.append(request["Name"])
        return an_error(UNKNOWN)(request)

    with handling("ssm", "GetParameter", refusing):
        for _ in range(3):
            with pytest.raises(RetryableError, match="did not answer"):
                store.get(Secret.JWT)
    assert len(asked) == 1


@pytest.mark.usefixtures("aws")
def test_a_secret_that_may_not_be_read_is_unfit_and_says_which():
    put(Secret.JWT, "first")
    store = a_store(max_age_s=0)
    store.get(Secret.JWT)

    with (
        handling("ssm", "GetParameter", an_error(DENIED)),
        pytest.raises(UnfitSecret, match=f"/queue/jwt-secrets: AWS answered {DENIED}"),
    ):
        store.get(Secret.JWT)
    assert store.get(Secret.JWT) == "first"
