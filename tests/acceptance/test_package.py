"""What CloudFormation gets: the template that Chalice and the stack's files make, and the zips."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.merge import stack_template
from infra.package import CODE_NAME, LAYER_NAME

Resources = dict[str, dict[str, Any]]

WORKERS = ("SendSms", "ScheduledSms", "SendEmail", "ScheduledEmail", "MyQueue", "PostNotice")
WORKER_TIMEOUT_S = 30
#: Names of what holds a secret itself, not of where it is or how old it may be.
SECRET = re.compile(r"password|secret(s?)$", re.IGNORECASE)


@pytest.fixture
def folder(packed: Path) -> Path:
    return packed


@pytest.fixture
def resources(folder: Path) -> Resources:
    return json.loads((folder / "sam.json").read_text())["Resources"]


def test_the_packed_app_runs_on_its_layer_alone(folder: Path, tmp_path: Path):
    for name in (CODE_NAME, LAYER_NAME):
        zipfile.ZipFile(folder / name).extractall(tmp_path / name)
    script = f"""
import site, sys
sys.path.insert(0, {str(tmp_path / CODE_NAME)!r})
for folder in {[str(f) for f in (tmp_path / LAYER_NAME).glob("python/lib/*/site-packages")]!r}:
    site.addsitedir(folder)
import app, chalicelib.adapters.httpx_callbacks
print(app.app.app_name)
"""

    isolated = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        env={"AWS_DEFAULT_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert isolated.stdout.strip() == "message-queue", isolated.stderr


def test_the_code_goes_with_its_licences(folder: Path):
    names = set(zipfile.ZipFile(folder / CODE_NAME).namelist())

    assert {"LICENSE", "NOTICE", "chalice/LICENSE", "chalice/NOTICE"} <= names


def test_every_module_of_the_code_is_compiled(folder: Path):
    names = set(zipfile.ZipFile(folder / CODE_NAME).namelist())
    sources = [Path(name) for name in names if name.endswith(".py")]
    tag = sys.implementation.cache_tag
    compiled = {(s.parent / "__pycache__" / f"{s.stem}.{tag}.pyc").as_posix() for s in sources}

    assert sources
    assert compiled <= names


@pytest.mark.parametrize(
    ("worker", "batch_size"),
    list(zip(WORKERS, (50, 50, 100, 100, 50, 50), strict=True)),
)
def test_a_worker_takes_full_batches(resources: Resources, worker: str, batch_size: int):
    function = resources[worker]["Properties"]
    [mapping] = (event["Properties"] for event in function["Events"].values())

    assert mapping["BatchSize"] == batch_size
    assert mapping["MaximumBatchingWindowInSeconds"] == 1
    assert function["Timeout"] == WORKER_TIMEOUT_S


@pytest.mark.parametrize("reader", ["Tally", "Notify"])
def test_poison_in_the_stream_blocks_nothing(resources: Resources, reader: str):
    [event] = resources[reader]["Properties"]["Events"].values()
    mapping = event["Properties"]

    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] < 100
    assert mapping["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["FilterCriteria"]["Filters"]


def test_who_notifies_is_woken_by_ends_and_retries_only(resources: Resources):
    [event] = resources["Notify"]["Properties"]["Events"].values()
    filters = event["Properties"]["FilterCriteria"]["Filters"]
    told, retried = (json.loads(each["Pattern"])["dynamodb"] for each in filters)

    assert told["Keys"] == retried["Keys"] == {"sk": {"S": ["job"]}}
    assert told["NewImage"] == {"status": {"S": ["completed", "failed", "cancelled"]}}
    assert told["OldImage"] == {"status": {"S": ["pending", "processing"]}}
    assert retried["NewImage"] == {"status": {"S": ["pending"]}}
    assert retried["OldImage"] == {"status": {"S": ["failed", "cancelled"]}}


def test_the_counters_are_compared_once_a_day(resources: Resources):
    (event,) = resources["Recount"]["Properties"]["Events"].values()

    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(1 day)")
    assert "Input" not in event["Properties"], "who repairs has looked first"


def test_tables_are_kept_encrypted_restorable_and_forgetful(resources: Resources):
    tables = [each for each in resources.values() if each["Type"] == "AWS::DynamoDB::Table"]

    assert len(tables) == 4
    for table in tables:
        properties = table["Properties"]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["SSESpecification"]["SSEEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["TimeToLiveSpecification"]["AttributeName"] == "expires_at"


def test_each_function_has_a_role_of_its_own_without_wildcards(resources: Resources):
    functions = {
        name: each["Properties"]["Role"]["Fn::GetAtt"][0]
        for name, each in resources.items()
        if each["Type"] == "AWS::Serverless::Function"
    }

    assert len(set(functions.values())) == len(functions)
    for role in functions.values():
        for statement in _statements(resources[role]):
            actions = statement["Action"]
            assert "*" not in "".join([actions] if isinstance(actions, str) else actions)
            assert statement["Resource"] != "*"


def test_cloudformation_s_linter_has_nothing_to_say(folder: Path):
    linter = Path(sys.executable).with_name("cfn-lint")

    said = subprocess.run(
        [linter, folder / "sam.json"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stdout


def test_no_secret_is_in_the_template_or_in_an_environment(folder: Path):
    template = json.loads((folder / "sam.json").read_text())
    variables = template["Globals"]["Function"]["Environment"]["Variables"]

    assert not [name for name in template["Parameters"] if SECRET.search(name)]
    assert not [name for name in variables if SECRET.search(name)]
    assert not [each for each in template["Parameters"].values() if each.get("NoEcho")]


def test_the_local_stage_s_secrets_are_parameters_that_are_not_echoed():
    template = stack_template(is_local=True)
    secret = {name for name in template["Parameters"] if SECRET.search(name)}

    assert secret == {"JwtSecret", "SigningSecrets", "BullBoardPassword"}
    assert all(template["Parameters"][name]["NoEcho"] is True for name in secret)


def test_each_function_reads_the_secrets_that_it_needs_and_no_others(resources: Resources):
    readers: dict[str, set[str]] = {}
    for name, each in resources.items():
        if each["Type"] != "AWS::Serverless::Function":
            continue
        for statement in _statements(resources[each["Properties"]["Role"]["Fn::GetAtt"][0]]):
            if "ssm:GetParameter" in statement["Action"]:
                told = statement["Resource"]
                arns = [told] if isinstance(told, dict) else told
                readers[name] = {arn["Fn::Sub"].partition(":parameter")[2] for arn in arns}

    stack = "/${AWS::StackName}"
    assert readers == {
        "APIHandler": {f"{stack}/jwt-secrets", f"{stack}/bull-board-password"},
        **{worker: {f"{stack}/signing-secrets"} for worker in WORKERS},
    }


def _statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    policies = role["Properties"]["Policies"]
    return [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
