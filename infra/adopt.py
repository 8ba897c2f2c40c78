"""Makes a stack of tables that another one left behind; ``infra.deploy`` then adds all the rest.

A stack's tables stay when it is deleted, and a stack of the same name gets new, empty ones: their
names are generated. CloudFormation imports what is named to it
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html).
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from infra.deploy import Client
from infra.package import TEMPLATE_NAME

_TABLE = "AWS::DynamoDB::Table"
_CHANGE_SET = "adopt-tables"


def adopt(
    folder: Path, cloudformation: Client, *, stack_name: str, tables: Mapping[str, str]
) -> None:
    """Import ``tables`` (name by logical id) as the package in ``folder`` declares them.

    SystemExit where the names are not all of the package's tables; the tables are as they were
    then, and where CloudFormation refuses (WaiterError).
    """
    declared = _tables(folder)
    if tables.keys() != declared.keys():
        raise SystemExit(f"Name each of these tables, and no other: {', '.join(declared)}.")
    cloudformation.create_change_set(
        StackName=stack_name,
        ChangeSetName=_CHANGE_SET,
        ChangeSetType="IMPORT",
        # What is not imported must not be in it: neither functions nor the transform for them.
        TemplateBody=json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": declared}),
        ResourcesToImport=[
            {
                "ResourceType": _TABLE,
                "LogicalResourceId": logical_id,
                "ResourceIdentifier": {"TableName": name},
            }
            for logical_id, name in tables.items()
        ],
    )
    named = {"StackName": stack_name, "ChangeSetName": _CHANGE_SET}
    cloudformation.get_waiter("change_set_create_complete").wait(**named)
    cloudformation.execute_change_set(**named)
    cloudformation.get_waiter("stack_import_complete").wait(StackName=stack_name)


def _tables(folder: Path) -> dict[str, Any]:
    template = json.loads((folder / TEMPLATE_NAME).read_text(encoding="utf-8"))
    return {name: each for name, each in template["Resources"].items() if each["Type"] == _TABLE}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: adopt tables on AWS with the credentials of the environment."""
    parser = argparse.ArgumentParser(prog="python -m infra.adopt", description=__doc__)
    parser.add_argument("--folder", required=True, type=Path, help="what infra.package wrote")
    parser.add_argument("--stack", required=True, help="there must be none of that name")
    parser.add_argument("tables", nargs="+", metavar="LogicalId=table-name")
    chosen = parser.parse_args(arguments)
    tables = dict(each.split("=", 1) for each in chosen.tables)
    adopt(chosen.folder, boto3.client("cloudformation"), stack_name=chosen.stack, tables=tables)
    print(f"The stack {chosen.stack} has the tables; make deploy adds the rest.")


if __name__ == "__main__":
    main()
