"""Shows what a deployment would change, by a change set that is never executed."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.deploy import (
    Client,
    Target,
    command_line,
    parameters_of,
    stack_named,
    stack_request,
    target_of,
)

_NAME = "diff"
#: What CloudFormation says of a change set that is empty: two sentences, by what is the same.
_NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")


def changes(folder: Path, target: Target, *, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
    """What deploying the package in ``folder`` would do, a ResourceChange of CloudFormation each.

    The package is uploaded as for a deployment. Nothing is left of the change set, nor of the
    empty stack that CloudFormation makes for one of a stack that is not there yet.
    """
    cloudformation = target.client_for("cloudformation")
    before = stack_named(target.stack_name, cloudformation)
    request = stack_request(folder, target, parameters=parameters, before=before)
    kind = "CREATE" if _is_missing(before) else "UPDATE"
    made = cloudformation.create_change_set(ChangeSetName=_NAME, ChangeSetType=kind, **request)
    try:
        found = _found(cloudformation, made["Id"], poll_interval_s=target.poll_interval_s)
        return [each["ResourceChange"] for each in found]
    finally:
        cloudformation.delete_change_set(ChangeSetName=made["Id"])
        if kind == "CREATE":
            cloudformation.delete_stack(StackName=target.stack_name)


def report(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line a change, what is made anew marked: its data stays behind."""
    if not found:
        yield "Nothing would change."
    for change in sorted(found, key=lambda each: (each["Action"], each["LogicalResourceId"])):
        anew = change.get("Replacement", "False")
        mark = {"True": "! ANEW", "Conditional": "? anew"}.get(anew, "")
        named = f"{change['LogicalResourceId']} ({change['ResourceType']})"
        yield f"{mark:7}{change['Action']:8}{named}{_properties(change)}"


def _is_missing(stack: Mapping[str, Any] | None) -> bool:
    return stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"


def _found(
    cloudformation: Client, change_set: str, *, poll_interval_s: float
) -> list[dict[str, Any]]:
    while True:
        described = cloudformation.describe_change_set(ChangeSetName=change_set)
        if not described["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            break
        time.sleep(poll_interval_s)
    if described["Status"] == "FAILED":
        reason = described.get("StatusReason", "")
        if any(each in reason for each in _NOTHING_TO_DO):
            return []
        raise SystemExit(f"CloudFormation cannot say what would change: {reason}")
    pages = cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set)
    return [change for page in pages for change in page["Changes"]]


def _properties(change: Mapping[str, Any]) -> str:
    targets = (detail["Target"] for detail in change.get("Details", []))
    names = sorted({each.get("Name") or each["Attribute"] for each in targets})
    return f": {', '.join(names)}" if names else ""


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: what ``infra.deploy`` would do with the same arguments."""
    chosen = command_line("python -m infra.diff", __doc__).parse_args(arguments)
    found = changes(chosen.folder, target_of(chosen), parameters=parameters_of(chosen))
    print(*report(found), sep="\n")


if __name__ == "__main__":
    main()
