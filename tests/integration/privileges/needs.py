"""Which permissions an AWS call needs, by the Service Authorization Reference.

An action is named like its operation, but for the batches of SQS, and the transactions and
statements of DynamoDB, which are no actions: their parts are asked for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.integration.privileges.policies import Need
from tests.rig import moto_partiql

ACCOUNT = "123456789012"
REGION = "us-east-1"

#: By table and key: GetItem and the like, and reads of an index.
_OF_ONE_TABLE = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"})
_OF_TABLES = frozenset({"BatchGetItem", "BatchWriteItem"})
#: "Using IAM with DynamoDB transactions" (DynamoDB Developer Guide).
_OF_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
#: "Grants permission to … also grants permission to the batch" (API reference of AddPermission).
_OF_QUEUES = {
    "SendMessage": "SendMessage",
    "SendMessageBatch": "SendMessage",
    "ReceiveMessage": "ReceiveMessage",
    "DeleteMessage": "DeleteMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "GetQueueAttributes": "GetQueueAttributes",
}
#: Every partition key of ours has this name, and queries ask for one by it.
_PARTITION_KEY = "pk"


def arn(service: str, name: str) -> str:
    """Of a resource in the account and region of moto."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def needs_of(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    """What a call asks IAM for; what nobody has told here is asked for as it is, and on anything.

    No role allows that: who uses another operation comes here and says what it needs.
    """
    match service, operation:
        case "dynamodb", "BatchExecuteStatement":
            yield from map(_of_statement, params["Statements"])
        case "dynamodb", _:
            yield from _of_table_call(operation, params)
        case "sqs", _ if operation in _OF_QUEUES:
            name = params["QueueUrl"].rpartition("/")[2]
            yield Need(f"sqs:{_OF_QUEUES[operation]}", arn("sqs", name))
        case "ssm", "GetParameter":
            yield Need("ssm:GetParameter", arn("ssm", f"parameter{params['Name']}"))
        case "scheduler", "CreateSchedule":
            schedule = f"schedule/{params['GroupName']}/{params['Name']}"
            yield Need("scheduler:CreateSchedule", arn("scheduler", schedule))
            passed_to = {"iam:PassedToService": frozenset({"scheduler.amazonaws.com"})}
            yield Need("iam:PassRole", params["Target"]["RoleArn"], passed_to)
        case _:
            yield Need(f"{service}:{operation}", "*")


def _of_table_call(operation: str, params: Mapping[str, Any]) -> Iterator[Need]:
    if operation in _OF_ONE_TABLE:
        yield _need(operation, params["TableName"], [params], index=params.get("IndexName"))
    elif operation in _OF_TABLES:
        for table, asked in params["RequestItems"].items():
            parts = asked["Keys"] if operation == "BatchGetItem" else asked
            yield _need(operation, table, parts)
    elif operation in {"TransactWriteItems", "TransactGetItems"}:
        for item in params["TransactItems"]:
            for part, said in item.items():
                yield _need(_OF_PARTS[part], said["TableName"], [said])
    else:
        yield Need(f"dynamodb:{operation}", "*")


def _of_statement(asked: Mapping[str, Any]) -> Need:
    update = moto_partiql.parse(asked["Statement"], asked["Parameters"])
    return _need("PartiQLUpdate", update.table, [update.where])


def _need(
    action: str, table: str, parts: list[Mapping[str, Any]], *, index: str | None = None
) -> Need:
    name = f"table/{table}/index/{index}" if index else f"table/{table}"
    keys = frozenset(key for part in parts for key in _leading_keys(part))
    context = {"dynamodb:LeadingKeys": keys} if keys else {}
    return Need(f"dynamodb:{action}", arn("dynamodb", name), context)


def _leading_keys(part: Mapping[str, Any]) -> Iterator[str]:
    """The partition keys that a part of a request names, however it wraps its item."""
    if _PARTITION_KEY in part:
        yield part[_PARTITION_KEY]["S"]
    for wrapper in ("Key", "Item", "PutRequest", "DeleteRequest"):
        if wrapper in part:
            yield from _leading_keys(part[wrapper])
    if asked := part.get("ExpressionAttributeValues", {}).get(f":{_PARTITION_KEY}"):
        yield asked["S"]
