"""What the emulator's DynamoDB takes for a page of an index, and for a write, by the rows it holds.

It is measured alone: no service, no Lambdas, one client on one connection.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from infra.bench.report import load, machine, percentiles, say, table
from infra.deploy import ClientFor
from infra.layer import ROOT
from infra.local.emulator import start_emulator

_TABLES = ROOT / "infra" / "stack" / "tables.yaml"
_TABLE = "jobs"
_BATCH = 25
_PAGE = 25
_QUERY = {
    "TableName": _TABLE,
    "IndexName": "agenda",
    "KeyConditionExpression": "agenda_pk = :pk AND agenda_at BETWEEN :since AND :until",
    "Limit": _PAGE,
}


@contextmanager
def own_emulator() -> Iterator[ClientFor]:
    """An emulator that keeps nothing, with the service's table of jobs."""
    described = yaml.safe_load(_TABLES.read_text())["Resources"]["JobsTable"]["Properties"]
    wanted = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")
    stream = {"StreamEnabled": True} | described["StreamSpecification"]
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        emulator = runner.run(start_emulator(Path(folder), None))
        try:
            emulator.client("dynamodb").create_table(
                TableName=_TABLE,
                StreamSpecification=stream,
                **{name: described[name] for name in wanted},
            )
            yield emulator.client
        finally:
            runner.run(emulator.stop())


def row(partition: str, number: int) -> dict[str, dict[str, Any]]:
    """A pending job as the table holds it, of about a kilobyte."""
    name = f"{partition}-{number:08}"
    texts = {
        "pk": f"job#{name}",
        "sk": "job",
        "agenda_pk": f"sms#open#{partition}",
        "agenda_at": _at(number),
        "workspace_pk": f"w1#pending#{partition}",
        "workspace_at": _at(number),
        "communication_pk": f"w1#{name}",
        "communication_at": _at(number),
        "status": "pending",
        "payload": "x" * 600,
    }
    version = {"version": {"N": "1"}}
    return {name: {"S": text} for name, text in texts.items()} | version


def _at(number: int) -> str:
    """An order that is not the order of arrival."""
    return f"2027-01-01T{number * 7919 % 1_000_003:08}Z"


def fill(dynamodb: Any, partition: str, *, count: int) -> None:  # noqa: ANN401 - made at run time
    """Put so many rows into one partition of each index."""
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        puts = [{"PutRequest": {"Item": row(partition, number)}} for number in numbers]
        dynamodb.batch_write_item(RequestItems={_TABLE: puts})


def acts(
    dynamodb: Any,  # noqa: ANN401 - made at run time
    partition: str,
    *,
    count: int,
) -> dict[str, Callable[[int], Any]]:
    """What is timed, by its name; each takes its turn's number."""

    def query(turn: int, **order: object) -> None:
        values = {":pk": f"sms#open#{partition}", ":since": _at(turn * 13 % count), ":until": "3"}
        typed = {name: {"S": text} for name, text in values.items()}
        dynamodb.query(**_QUERY, **order, ExpressionAttributeValues=typed)

    def put(turn: int) -> None:
        dynamodb.put_item(TableName=_TABLE, Item=row(partition, count + turn))

    def update(turn: int) -> None:
        key = {name: row(partition, count + turn)[name] for name in ("pk", "sk")}
        dynamodb.update_item(
            TableName=_TABLE,
            Key=key,
            UpdateExpression="SET agenda_at = :at",
            ConditionExpression="version = :version",
            ExpressionAttributeValues={":at": {"S": _at(turn + 5)}, ":version": {"N": "1"}},
        )

    descending = partial(query, ScanIndexForward=False)
    return {f"query, {_PAGE} rows": query, "… descending": descending, "put": put, "update": update}


def took_ms(act: Callable[[int], Any], times: int) -> list[float]:
    """Do it so often, after one for the warmth."""
    act(0)
    took: list[float] = []
    for turn in range(times):
        begun_s = time.perf_counter()
        act(turn)
        took.append((time.perf_counter() - begun_s) * 1000)
    return took


def main() -> None:
    """Fill, time, print."""
    described = argparse.ArgumentParser(
        prog="python -m infra.bench.emulator_queries", description=__doc__
    )
    described.add_argument("--rows", type=int, nargs="+", default=[1_000, 25_000, 100_000])
    described.add_argument("--times", type=int, default=40, help="how often each is timed")
    arguments = described.parse_args()
    say(machine())
    rows: list[tuple[str, str, str]] = []
    with own_emulator() as clients:
        dynamodb = clients("dynamodb")
        for count in arguments.rows:
            partition = f"of-{count}"
            fill(dynamodb, partition, count=count)
            for name, act in acts(dynamodb, partition, count=count).items():
                took = took_ms(act, arguments.times)
                rows.append((f"{count:,}", name, percentiles(took)))
    say(f"\n{table(('rows', 'act', 'ms: p50 / p90 / p99 / max'), rows)}\n\n{load()} at the end")


if __name__ == "__main__":
    main()
