"""Chalice ignores the settings of a function that it does not know: app.py has to have it."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.model.idempotency import LEASE
from tests.architecture.sources import REPOSITORY, Source

#: The decorators of `Chalice` that make a Lambda of their own.
DECORATORS = frozenset(
    {
        "authorizer",
        "lambda_function",
        "on_cw_event",
        "on_dynamodb_record",
        "on_kinesis_record",
        "on_s3_event",
        "on_sns_message",
        "on_sqs_message",
        "schedule",
    }
)
#: What Chalice calls the Lambda of all routes together.
API_HANDLER = "api_handler"
CONFIG = REPOSITORY / ".chalice" / "config.json"


def declared(app: Source) -> set[str]:
    """The names of the Lambdas that app.py makes, as Chalice would name them."""
    return {API_HANDLER} | {
        _name(function, decorator)
        for function in app.functions()
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in DECORATORS
    }


def _name(function: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.Call) -> str:
    for keyword in decorator.keywords:
        if keyword.arg == "name":
            return str(ast.literal_eval(keyword.value))
    return function.name


def scopes(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The places of a config.json that may hold settings: the top, and each stage."""
    yield config
    yield from config.get("stages", {}).values()


def configured(config: dict[str, Any]) -> set[str]:
    """Every function that config.json has settings for."""
    return {name for scope in scopes(config) for name in scope.get("lambda_functions", {})}


def policy_files(config: dict[str, Any]) -> set[str]:
    """Every policy file that config.json points to, for a stage or for one function."""
    settings = [
        each
        for scope in scopes(config)
        for each in (scope, *scope.get("lambda_functions", {}).values())
    ]
    return {each["iam_policy_file"] for each in settings if "iam_policy_file" in each}


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return json.loads(CONFIG.read_text("utf-8"))


@pytest.fixture(scope="module")
def app() -> Source:
    return Source("app.py", (REPOSITORY / "app.py").read_text("utf-8"))


def test_every_configured_function_exists(config: dict[str, Any], app: Source):
    assert configured(config) - declared(app) == set()


def test_every_policy_file_exists(config: dict[str, Any]):
    missing = {name for name in policy_files(config) if not (CONFIG.parent / name).is_file()}

    assert missing == set()


def test_a_call_is_dead_before_another_takes_its_idempotency_key_over(config: dict[str, Any]):
    assert config["lambda_functions"][API_HANDLER]["lambda_timeout"] < LEASE.total_seconds()


def test_no_policy_is_guessed_from_the_code(config: dict[str, Any]):
    assert [scope["autogen_policy"] for scope in scopes(config) if "autogen_policy" in scope] != []
    assert not any(scope.get("autogen_policy") for scope in scopes(config))


def test_a_sample_with_an_unknown_function_is_found():
    app = Source("app.py", "@app.on_sqs_message(queue_arn=A, name='send')\ndef handler(e): ...\n")
    config: dict[str, Any] = {
        "lambda_functions": {"send": {}, "handler": {}},
        "stages": {"dev": {"lambda_functions": {"gone": {}, "api_handler": {}}}},
    }

    assert configured(config) - declared(app) == {"handler", "gone"}


def test_a_sample_with_policy_files_names_them_all():
    config = {
        "iam_policy_file": "a.json",
        "stages": {"dev": {"lambda_functions": {"send": {"iam_policy_file": "b.json"}}}},
    }

    assert policy_files(config) == {"a.json", "b.json"}
