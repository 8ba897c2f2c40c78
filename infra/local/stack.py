"""The service's stack on the emulator: packed, deployed, completed with what that drops."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy import ClientFor, Target, deploy
from infra.package import TEMPLATE_NAME, package

STACK_NAME = "message-queue"
_BUCKET = "packages"


def deploy_stack(
    folder: Path, client_for: ClientFor, *, parameters: Mapping[str, str]
) -> dict[str, str]:
    """Deploy the package in ``folder`` as the local stack; answer its outputs."""
    client_for("s3").create_bucket(Bucket=_BUCKET)
    target = Target(client_for, STACK_NAME, _BUCKET, poll_interval_s=0.05)
    outputs = deploy(folder, target, parameters=parameters)
    _complete(folder, client_for)
    return outputs


def pack(folder: Path, project: Path) -> Path:
    """Pack ``project`` for the emulator into ``folder``."""
    package("local", folder, native=True, project=project)
    return folder


def api_stage(folder: Path) -> str:
    """The API Gateway stage of the package in ``folder``."""
    return _resources(folder)["RestAPI"]["Properties"]["StageName"]


def api_routes(folder: Path) -> frozenset[str]:
    """The paths of the API of the package in ``folder``."""
    return frozenset(_resources(folder)["RestAPI"]["Properties"]["DefinitionBody"]["paths"])


def _resources(folder: Path) -> dict[str, Any]:
    return json.loads((folder / TEMPLATE_NAME).read_text(encoding="utf-8"))["Resources"]


def _complete(folder: Path, client_for: ClientFor) -> None:
    """MiniStack ignores reserved concurrency and time to live in a template: set both by API."""
    physical = physical_ids(client_for)
    for name, resource in _resources(folder).items():
        properties = resource.get("Properties", {})
        if "ReservedConcurrentExecutions" in properties:
            client_for("lambda").put_function_concurrency(
                FunctionName=physical[name],
                ReservedConcurrentExecutions=_where_reserved(
                    properties["ReservedConcurrentExecutions"]
                ),
            )
        if "TimeToLiveSpecification" in properties:
            client_for("dynamodb").update_time_to_live(
                TableName=physical[name],
                TimeToLiveSpecification=properties["TimeToLiveSpecification"],
            )


def _where_reserved(chosen: int | dict[str, Any]) -> int:
    """What ``!If [ReservesConcurrency, …]`` is in the local stage, which reserves."""
    if isinstance(chosen, int):
        return chosen
    _condition, reserved, _otherwise = chosen["Fn::If"]
    return reserved


def physical_ids(client_for: ClientFor) -> dict[str, str]:
    """The names that CloudFormation gave to the resources, by their logical ids."""
    pages = (
        client_for("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=STACK_NAME)
    )
    return {
        item["LogicalResourceId"]: item["PhysicalResourceId"]
        for page in pages
        for item in page["StackResourceSummaries"]
    }
