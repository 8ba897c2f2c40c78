"""A signer whose secrets change: from the next batch on, and not before."""

import pytest

from chalicelib.adapters.rotating_signer import RotatingSigner
from chalicelib.errors import UnfitSecret
from tests.rig.builders import NOON
from tests.rig.memory.webhooks import MemorySigner


def headers(signer: RotatingSigner | MemorySigner) -> dict[str, str]:
    return dict(signer.headers("job-1", at=NOON, body=b"{}"))


def test_it_signs_with_the_secrets_of_its_last_renewal():
    secrets = ["old"]
    signer = RotatingSigner(lambda: secrets, MemorySigner)
    before = headers(signer)
    secrets.insert(0, "new")

    assert headers(signer) == before == headers(MemorySigner(["old"]))
    signer.renew()
    assert headers(signer) == headers(MemorySigner(["new", "old"]))


def test_the_same_secrets_make_no_new_signer():
    made: list[object] = []
    signer = RotatingSigner(
        lambda: ["one"], lambda known: made.append(known) or MemorySigner(known)
    )
    for _ in range(3):
        signer.renew()

    assert made == [("one",)]


def test_secrets_that_became_unfit_sign_nothing_until_they_are_mended():
    secrets: list[str] = ["one"]

    def fit() -> list[str]:
        if not secrets:
            raise UnfitSecret("there is none")
        return secrets

    signer = RotatingSigner(fit, MemorySigner)
    signer.renew()
    secrets.clear()
    with pytest.raises(UnfitSecret):
        signer.renew()
    with pytest.raises(UnfitSecret):
        headers(signer)
    secrets.append("two")

    assert headers(signer) == headers(MemorySigner(["two"]))
