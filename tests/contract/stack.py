"""The tables and queues of infra/stack, made in moto: contract tests meet the schema that ships."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import yaml

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from tests.architecture.sources import REPOSITORY
from tests.rig import moto_partiql

#: What CloudFormation and CreateTable call alike.
TABLE_PROPERTIES = frozenset(
    {"AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema"}
)


class _Template(yaml.SafeLoader):
    """YAML whose `!Ref`, `!Sub` and the like are left as their plain values."""


def _plain(loader: _Template, _suffix: str, node: yaml.Node) -> Any:  # noqa: ANN401 - any YAML
    match node:
        case yaml.SequenceNode():
            return loader.construct_sequence(node)
        case yaml.MappingNode():
            return loader.construct_mapping(node)
        case _:
            return node.value


_Template.add_multi_constructor("!", _plain)


@cache
def template(file_name: str) -> dict[str, Any]:
    """A file of infra/stack, its intrinsics as their plain values; read once, for reading only."""
    text = (REPOSITORY / "infra" / "stack" / file_name).read_text("utf-8")
    return yaml.load(text, Loader=_Template)  # noqa: S506 - a SafeLoader with plain tags


def resources(file_name: str, *, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The logical ids and properties of a template's resources of one type."""
    for logical_id, resource in template(file_name)["Resources"].items():
        if resource["Type"] == kind:
            yield logical_id, resource.get("Properties", {})


def make_table(logical_id: str) -> str:
    """Make a table of infra/stack/tables.yaml; its name is its logical id."""
    tables = dict(resources("tables.yaml", kind="AWS::DynamoDB::Table"))
    properties = {k: v for k, v in tables[logical_id].items() if k in TABLE_PROPERTIES}
    moto_partiql.install()
    client("dynamodb").create_table(TableName=logical_id, **properties)
    return logical_id


def a_job_store() -> DynamoJobStore:
    """An empty store; by one thread, since moto is not atomic under several."""
    return DynamoJobStore(make_table("JobsTable"), pool=ThreadPoolExecutor(1))


def make_queue(name: str) -> str:
    """Make a queue; answers its URL."""
    return client("sqs").create_queue(QueueName=name)["QueueUrl"]
