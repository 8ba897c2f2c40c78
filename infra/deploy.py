"""Deploys a packed service by CloudFormation: uploads, creates or updates the stack, waits.

An update is several where the tables' indexes differ (``index_steps``).
"""

import argparse
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.index_steps import steps
from infra.package import CODE_NAME, LAYER_NAME, TEMPLATE_NAME

#: boto3 makes its clients' types at run time.
Client = Any
#: Makes a client for the service of that name: boto3.client, or one for an emulator.
ClientFor = Callable[[str], Client]

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_NOTHING_TO_DO = "No updates are to be performed"
_UNKNOWN_STACK = "does not exist"


@dataclass(frozen=True)
class Target:
    """Where a package goes."""

    client_for: ClientFor
    stack_name: str
    bucket: str
    poll_interval_s: float = 3.0


def deploy(folder: Path, target: Target, *, parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy the package in ``folder``; answer the stack's outputs.

    Parameters that are not given keep what the stack has. SystemExit with CloudFormation's reasons
    where it fails.
    """
    template = _uploaded(folder, target)
    if unknown := parameters.keys() - template["Parameters"].keys():
        raise SystemExit(f"The stack has no parameter {', '.join(sorted(unknown))}.")
    cloudformation = target.client_for("cloudformation")
    before = stack_named(target.stack_name, cloudformation)
    if before is None:
        cloudformation.create_stack(**_request(template, target, given=parameters))
        return _outputs(_finished(cloudformation, target))
    deployed = cloudformation.get_template(StackName=target.stack_name, TemplateStage="Original")
    for step in steps(_read(deployed["TemplateBody"]), template):
        if step.told:
            print(f"{step.told} …", flush=True)
        request = _request(step.template, target, given=parameters, before=before)
        if _update(cloudformation, request):
            before = _finished(cloudformation, target)
            _wait_for_indexes(step.template, target)
    return _outputs(before)


def _request(
    template: Mapping[str, Any],
    target: Target,
    *,
    given: Mapping[str, str],
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    key = _upload(target, "template.json", content=json.dumps(template).encode())
    return {
        "StackName": target.stack_name,
        "TemplateURL": _url(target, key),
        "Capabilities": _CAPABILITIES,
        "Parameters": _parameters(template, given, before=before),
    }


def _read(body: str | Mapping[str, Any]) -> dict[str, Any]:
    """A template as GetTemplate answers it: boto3 parses JSON."""
    return json.loads(body) if isinstance(body, str) else dict(body)


def _wait_for_indexes(template: Mapping[str, Any], target: Target) -> None:
    """Until DynamoDB has filled what was made: it takes no other change of indexes before."""
    resources = template["Resources"].items()
    tables = [name for name, each in resources if each["Type"] == "AWS::DynamoDB::Table"]
    while any(_is_filling(name, target) for name in tables):
        time.sleep(target.poll_interval_s)


def _is_filling(table: str, target: Target) -> bool:
    detail = target.client_for("cloudformation").describe_stack_resource(
        StackName=target.stack_name, LogicalResourceId=table
    )["StackResourceDetail"]
    found = target.client_for("dynamodb").describe_table(TableName=detail["PhysicalResourceId"])
    indexes = found["Table"].get("GlobalSecondaryIndexes", [])
    # The local cloud's have no status: they are filled at once.
    return any(index.get("IndexStatus", "ACTIVE") != "ACTIVE" for index in indexes)


def stack_request(
    folder: Path,
    target: Target,
    *,
    parameters: Mapping[str, str],
    before: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Upload the package in ``folder``; what CloudFormation is asked for with it."""
    return _request(_uploaded(folder, target), target, given=parameters, before=before)


def _uploaded(folder: Path, target: Target) -> dict[str, Any]:
    """The package's template, which says where its zips are now."""
    template = json.loads((folder / TEMPLATE_NAME).read_text(encoding="utf-8"))
    _point_to_uploads(template, folder, target=target)
    return template


def _point_to_uploads(template: dict[str, Any], folder: Path, *, target: Target) -> None:
    code, layer = (
        f"s3://{target.bucket}/{_upload(target, name, content=(folder / name).read_bytes())}"
        for name in (CODE_NAME, LAYER_NAME)
    )
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = code
        elif resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = layer


def _upload(target: Target, name: str, *, content: bytes) -> str:
    """Upload under a key made of the content: what did not change is no change to the stack."""
    key = f"{target.stack_name}/{hashlib.sha256(content).hexdigest()[:32]}-{name}"
    target.client_for("s3").put_object(Bucket=target.bucket, Key=key, Body=content)
    return key


def _url(target: Target, key: str) -> str:
    return f"{target.client_for('s3').meta.endpoint_url}/{target.bucket}/{key}"


def _parameters(
    template: Mapping[str, Any], given: Mapping[str, str], *, before: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    known = {item["ParameterKey"] for item in (before or {}).get("Parameters", [])}
    kept = (template["Parameters"].keys() & known) - given.keys()
    told = {name: value for name, value in given.items() if name in template["Parameters"]}
    return [
        *({"ParameterKey": name, "ParameterValue": value} for name, value in told.items()),
        *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)),
    ]


def _update(cloudformation: Client, request: Mapping[str, Any]) -> bool:
    """Start the update; False: there is nothing to change."""
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if _NOTHING_TO_DO in str(error):
            return False
        raise
    return True


def stack_named(name: str, cloudformation: Client) -> dict[str, Any] | None:
    """The stack as CloudFormation describes it; None: there is none of that name."""
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if _UNKNOWN_STACK in str(error):
            return None
        raise


def _finished(cloudformation: Client, target: Target) -> dict[str, Any]:
    while True:
        stack = stack_named(target.stack_name, cloudformation)
        if stack is None:
            raise SystemExit(f"The stack {target.stack_name} is gone.")
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(target.poll_interval_s)
    if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise SystemExit(_reasons(cloudformation, stack))
    return stack


def _reasons(cloudformation: Client, stack: Mapping[str, Any]) -> str:
    events = cloudformation.describe_stack_events(StackName=stack["StackName"])["StackEvents"]
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    reason = stack.get("StackStatusReason", "")
    return "\n".join([f"The stack is {stack['StackStatus']}. {reason}", *failed])


def _outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: deploy a package to AWS with the credentials of the environment."""
    chosen = command_line("python -m infra.deploy", __doc__).parse_args(arguments)
    outputs = deploy(chosen.folder, target_of(chosen), parameters=parameters_of(chosen))
    print(json.dumps(outputs, indent=2))


def command_line(program: str, description: str | None) -> argparse.ArgumentParser:
    """What says which package, and onto which stack."""
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--folder", required=True, type=Path, help="what infra.package wrote")
    parser.add_argument("--stack", required=True)
    parser.add_argument("--bucket", required=True, help="takes the uploads; in the same region")
    parser.add_argument("--parameters", type=Path, help="a JSON file: the stack's parameters")
    return parser


def target_of(chosen: argparse.Namespace) -> Target:
    """Where the command line points to."""
    return Target(boto3.client, chosen.stack, chosen.bucket)


def parameters_of(chosen: argparse.Namespace) -> dict[str, str]:
    """The stack's parameters that the command line names; none: the stack keeps its own."""
    return json.loads(chosen.parameters.read_text()) if chosen.parameters else {}


if __name__ == "__main__":
    main()
