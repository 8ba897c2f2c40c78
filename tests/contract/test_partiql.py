"""Statements in a batch: moto, as the tests have it, tells what the mended emulator tells."""

import json
import subprocess
from functools import cache
from typing import Any

import pytest

from chalicelib.adapters.aws_clients import client
from tests.architecture.sources import REPOSITORY
from tests.contract.partiql_told import STATEMENTS, an_update, seen
from tests.contract.stack import make_table
from tests.contract.unit_meter import metered
from tests.rig import moto_partiql
from tests.rig.moto_partiql import UnknownStatementError

Json = dict[str, Any]


@cache
def the_emulator() -> Json:
    python = REPOSITORY / ".cloud" / "bin" / "python"
    told = subprocess.run(
        [python, "-m", "tests.contract.partiql_emulated"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def by_moto(service: str, operation: str, request: Json) -> Json:
    return client(service)._make_api_call(operation, request)


@pytest.mark.parametrize("what", ["answers", "items", "index", "stream"])
def test_moto_tells_what_the_emulator_tells(aws: None, what: str):
    del aws
    moto_partiql.install()

    assert json.loads(json.dumps(seen(by_moto)[what], default=list)) == the_emulator()[what]


def test_the_emulator_tells_what_aws_does():
    told = the_emulator()
    failed = {name: each["Error"] for name, each in told["answers"].items() if "Error" in each}

    assert failed == {
        "changed before": {"Code": "ConditionalCheckFailed", "Item": told["items"]["d"]},
        "changed before, told less": {"Code": "ConditionalCheckFailed"},
        "absent": {"Code": "ConditionalCheckFailed"},
    }
    assert told["index"] == {"waiting": ["d", "e", "f", "c"], "running": ["a"]}
    assert [new["pk"]["S"] for _, new in told["stream"]] == ["a", "b", "c", "e"]
    assert all(new == told["items"][new["pk"]["S"]] != old for old, new in told["stream"])
    assert "note" not in told["items"]["b"]
    assert told["refused"] == [{"Error": {"Code": "ValidationError"}}, ["d", "e", "f", "c"]]


def test_the_emulator_notes_what_aws_charges():
    """A write a statement, whether its condition held or not; an index by what became of it."""
    noted = the_emulator()["noted"]

    assert sum(each["write"] for each in noted) == len(STATEMENTS)
    assert sum(each["is_refused"] for each in noted) == 3
    assert [each["indexes"].get("states", 0) for each in noted if not each["is_refused"]] == [
        2,  # moved: a deletion and a put
        1,
        1,
        1,
        0,
    ]


def test_the_emulator_asks_for_the_permission_of_each_statement():
    table = "arn:aws:dynamodb:r:1:table/jobs"

    assert the_emulator()["permissions"] == [["dynamodb:PartiQLUpdate", table]]


def test_the_meter_over_moto_counts_each_statement(aws: None):
    del aws
    make_table("JobsTable")
    client("dynamodb").put_item(
        TableName="JobsTable",
        Item={"pk": {"S": "a"}, "sk": {"S": "job"}, "version": {"N": "1"}},
    )
    statements = [
        an_update("a", sets={"note": {"S": "x" * 1024}}, table="JobsTable"),
        an_update("none", sets={"note": {"S": "x"}}, table="JobsTable"),
    ]

    with metered() as units:
        client("dynamodb").batch_execute_statement(Statements=statements)

    assert units.written["JobsTable job"] == 2 + 1


@pytest.mark.parametrize(
    "statement",
    [
        'SELECT * FROM "jobs" WHERE "pk"=?',
        'UPDATE "jobs" SET "a"=? WHERE "pk"=? OR "sk"=?',
        'UPDATE "jobs" WHERE "pk"=? AND "sk"=? AND "x"=?',
        'UPDATE "jobs" SET "a"=? WHERE "pk"=?',
    ],
)
def test_moto_is_not_asked_what_nobody_has_taught_it(statement: str):
    with pytest.raises(UnknownStatementError, match="jobs"):
        moto_partiql.parse(statement, [{"S": "x"}] * 3)
