"""What a cold start imports: each function in a bare process, with the packed code and layer alone.

Modules are counted and no time is taken: the bench `cold_start` does that.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from chalicelib.wiring.startup import NEEDS
from tests.rig.cloud.unpacked import Unpacked

#: Modules in `sys.modules` once a function is ready for its first event; about 2 % above what was
#: counted. Before one is raised: what came in, and can it wait until it is called?
BUDGETS = {
    "app": 660,
    "send_sms": 655,
    "scheduled_sms": 655,
    "send_email": 655,
    "scheduled_email": 655,
    "my_queue": 655,
    "post_notice": 640,
    "rescue": 540,
    "notify": 510,
    "release": 500,
    "tally": 500,
    "recount": 500,
}
HTTP_OUT = {"aiohappyeyeballs", "httpx"}
HTTP_IN = {"chalicelib.web", "jwt", "pydantic"}
#: boto3's clients are botocore's, and what it brings besides is for S3.
NOBODYS = {"boto3", "s3transfer"}
STRANGERS = {
    "app": NOBODYS | HTTP_OUT | {"cryptography"},
    **dict.fromkeys(("tally", "recount", "notify", "release", "rescue"), HTTP_OUT | HTTP_IN),
}

_SCRIPT = "import app, json; print(json.dumps(sorted(sys.modules)))"
_CIPHERS = """
import os
os.environ.update(JWT_ALGORITHM={algorithm!r}, JWKS_URL="https://issuer.example/keys")
import app, jwt
print("RS256" in jwt.algorithms.get_default_algorithms())
"""


@pytest.fixture(scope="module")
def unpacked(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    return Unpacked.of(packed, into=tmp_path_factory.mktemp("cold-start"))


@pytest.fixture(scope="module", params=BUDGETS)
def started(unpacked: Unpacked, request: pytest.FixtureRequest) -> tuple[str, list[str]]:
    """A handler, and the modules that are there once it is ready for its first event."""
    handler: str = request.param
    return handler, json.loads(unpacked.run(_SCRIPT, handler=handler))


def by_package(modules: list[str]) -> str:
    counts = Counter(name.partition(".")[0] for name in modules)
    return ", ".join(f"{package} {count}" for package, count in counts.most_common(25))


def test_every_function_has_a_budget_and_a_list_of_what_it_needs(unpacked: Unpacked):
    handlers = set(unpacked.handlers)

    assert handlers == set(BUDGETS)
    assert handlers == set(NEEDS), (
        "chalicelib/wiring/startup.py: what does its first event ask for?"
    )


def test_a_start_imports_no_more_than_its_budget(started: tuple[str, list[str]]):
    handler, modules = started

    assert len(modules) <= BUDGETS[handler], f"by package: {by_package(modules)}"


def test_a_start_imports_nothing_that_only_others_need(started: tuple[str, list[str]]):
    handler, modules = started
    strangers = STRANGERS.get(handler, HTTP_IN) | NOBODYS

    met = [name for name in modules if any(f"{name}.".startswith(f"{s}.") for s in strangers)]
    assert met == []


def test_what_its_first_event_asks_for_is_there_once_it_has_started(started: tuple[str, list[str]]):
    handler, modules = started

    needed = {f"chalicelib.wiring.{part}" for part in NEEDS[handler].parts}
    assert needed | {"botocore.client"} <= set(modules)


@pytest.mark.parametrize(("algorithm", "verified"), [("HS256", "False"), ("RS256", "True")])
def test_the_api_has_ciphers_where_tokens_are_signed_by_key_pairs(
    unpacked: Unpacked, algorithm: str, verified: str
):
    said = unpacked.run(_CIPHERS.format(algorithm=algorithm), handler="app")

    assert said.strip() == verified


def test_the_code_is_small_without_the_pages(unpacked: Unpacked):
    pages = unpacked.code / "chalicelib" / "web" / "assets"
    files = [path for path in unpacked.code.rglob("*") if path.is_file()]
    size_bytes = sum(path.stat().st_size for path in files if pages not in path.parents)

    assert size_bytes <= 15 * 2**20
