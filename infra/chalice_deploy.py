"""Deploys by ``chalice deploy``: a stack of all but the functions, and Chalice's functions on it.

For whoever wants Chalice's own command; ``infra.deploy`` makes the whole stack. What Chalice
cannot say is added to its mappings afterwards; what it cannot have at all: docs/deploying.md.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.chalice_stack import configured, mappings, sources, without_functions
from infra.deploy import Target, deploy
from infra.layer import BUILD, ROOT
from infra.package import TEMPLATE_NAME, package, stage_project

APP_NAME = "message-queue"
#: Chalice notes here what it has deployed, and needs it the next time.
DEPLOYED = ROOT / ".chalice" / "deployed"


def chalice_deploy(
    stage: str,
    target: Target,
    *,
    parameters: Mapping[str, str],
    native: bool = False,
    deployed: Path = DEPLOYED,
) -> None:
    """Deploy for ``stage``; the stack's name is the one by which Chalice calls its functions."""
    folder = BUILD / "chalice" / stage
    target = replace(target, stack_name=f"{APP_NAME}-{stage}")
    _refuse_functions(target)
    template = _pack_without_functions(folder / "package", stage, native=native)
    outputs = deploy(folder / "package", target, parameters=parameters)
    defaults = {n: each.get("Default", "") for n, each in template["Parameters"].items()}
    project = _project(folder / "project", deployed)
    known = {**defaults, **parameters, **outputs}
    config = project / ".chalice" / "config.json"
    chosen = configured(json.loads(config.read_text()), stage, template=template, known=known)
    config.write_text(json.dumps(chosen))
    _run_chalice(project, stage, environment={**os.environ, **sources(outputs)})
    _complete_mappings(template, target, known=known)


def _refuse_functions(target: Target) -> None:
    """Without functions, an update of a whole stack would delete its own."""
    try:
        found = target.client_for("cloudformation").describe_stack_resources(
            StackName=target.stack_name
        )["StackResources"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return
    if any(each["ResourceType"] == "AWS::Lambda::Function" for each in found):
        raise SystemExit(f"The stack {target.stack_name} has functions: choose another stage.")


def _pack_without_functions(folder: Path, stage: str, *, native: bool) -> dict[str, Any]:
    """Leave the rest of the template in ``folder``; answer the whole of it."""
    template = json.loads(package(stage, folder, native=native).read_text(encoding="utf-8"))
    (folder / TEMPLATE_NAME).write_text(json.dumps(without_functions(template)))
    return template


def _project(folder: Path, deployed: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    stage_project(ROOT, folder, stage="dev")
    deployed.mkdir(exist_ok=True)
    (folder / ".chalice" / "deployed").symlink_to(deployed)
    return folder


def _run_chalice(project: Path, stage: str, *, environment: Mapping[str, str]) -> None:
    command = [str(Path(sys.executable).with_name("chalice")), "deploy", "--stage", stage]
    if subprocess.run(command, cwd=project, env=environment, check=False).returncode != 0:
        raise SystemExit("Chalice did not get through: what it has made stays; mend, and repeat.")


def _complete_mappings(
    template: Mapping[str, Any], target: Target, *, known: dict[str, Any]
) -> None:
    awslambda = target.client_for("lambda")
    for name, properties in mappings(template, known=known):
        function = f"{target.stack_name}-{name}"
        for mapping in awslambda.list_event_source_mappings(FunctionName=function)[
            "EventSourceMappings"
        ]:
            awslambda.update_event_source_mapping(UUID=mapping["UUID"], **properties)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: deploy to AWS with the credentials of the environment."""
    parser = argparse.ArgumentParser(prog="python -m infra.chalice_deploy", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--bucket", required=True, help="takes the uploads; in the same region")
    parser.add_argument("--parameters", required=True, type=Path, help="a JSON file")
    chosen = parser.parse_args(arguments)
    target = Target(boto3.client, "", chosen.bucket)
    chalice_deploy(chosen.stage, target, parameters=json.loads(chosen.parameters.read_text()))


if __name__ == "__main__":
    main()
