"""Compares a stack's counters with its jobs, and makes them right: the recount Lambda by hand."""

import argparse
import functools
import json
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.deploy import ClientFor
from infra.layer import BUILD
from infra.local.emulator import client_for
from infra.local.stack import STACK_NAME

_OUTPUT = "RecountName"
#: As long as Lambda lets it run; asking again would start a second one.
_PATIENT = Config(retries={"total_max_attempts": 1}, read_timeout=900)


def recount(clients: ClientFor, stack_name: str, *, repair: bool) -> dict[str, Any]:
    """What the stack's recount Lambda reports: `compared`, `drift` (a list), `repaired`.

    SystemExit where there is no such stack, or the Lambda fails.
    """
    (stack,) = clients("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    names = [each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == _OUTPUT]
    answer = clients("lambda").invoke(
        FunctionName=names[0], Payload=json.dumps({"repair": repair}).encode()
    )
    said = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise SystemExit(f"The recount failed: {said}")
    return json.loads(said)


def told(report: dict[str, Any]) -> str:
    """The report in lines: each figure that is off, and what was done about it."""
    lines = [
        f"{each['workspaceId']} {each['queue']} {each['figure']}:"
        f" the tally says {each['tallied']}, the jobs say {each['counted']}"
        for each in report["drift"]
    ]
    end = f"{report['compared']} figures compared, {len(lines)} differ"
    if lines:
        end += "; repaired" if report["repaired"] else "; --repair makes them right"
    return "\n".join([*lines, f"{end}."])


def main() -> None:
    """Run it; the exit status is 1 where counters differ and stay so."""
    described = argparse.ArgumentParser(prog="python -m infra.recount", description=__doc__)
    described.add_argument("--stack", default=STACK_NAME)
    described.add_argument("--repair", action="store_true", help="at a quiet instant")
    described.add_argument("--local", metavar="PORT", help="the local cloud on that port")
    chosen = described.parse_args()
    report = recount(_clients(chosen.local), chosen.stack, repair=chosen.repair)
    print(told(report))
    raise SystemExit(1 if report["drift"] and not report["repaired"] else 0)


def _clients(local_port: str | None) -> ClientFor:
    if local_port is None:
        return functools.cache(functools.partial(boto3.client, config=_PATIENT))
    note: Path = BUILD / "local" / local_port / "emulator-url"
    if not note.exists():
        raise SystemExit(f"No local cloud has run on port {local_port}: start it with make run.")
    return client_for(note.read_text(encoding="ascii"))


if __name__ == "__main__":
    main()
