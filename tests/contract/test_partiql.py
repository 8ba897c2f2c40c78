"""Statements in a batch, as the mended emulator runs them: each answers by itself."""

import json
import subprocess
from functools import cache
from typing import Any

from tests.architecture.sources import REPOSITORY
from tests.contract.partiql_told import STATEMENTS

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
