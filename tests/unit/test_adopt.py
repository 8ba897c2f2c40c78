"""A stack is made of all the tables of the package, or of none."""

import json
from pathlib import Path

import pytest

from infra.adopt import adopt

RESOURCES = {
    "JobsTable": {"Type": "AWS::DynamoDB::Table"},
    "AuditTable": {"Type": "AWS::DynamoDB::Table"},
    "SendSms": {"Type": "AWS::Serverless::Function"},
}


@pytest.mark.parametrize(
    "named", [("JobsTable",), ("JobsTable", "AuditTable", "OtherTable"), ("JobsTable", "SendSms")]
)
def test_tables_that_are_not_the_package_s_are_refused(tmp_path: Path, named: tuple[str, ...]):
    (tmp_path / "sam.json").write_text(json.dumps({"Resources": RESOURCES}))

    with pytest.raises(SystemExit, match=r"Name each of these tables, .*: JobsTable, AuditTable"):
        adopt(tmp_path, None, stack_name="queue", tables=dict.fromkeys(named, "any"))
