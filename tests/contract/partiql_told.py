"""The same statements put to whoever plays DynamoDB: what it answers, keeps, finds and streams."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
#: A service, one of its operations, and a request; answers what botocore does.
Ask = Callable[[str, str, Json], Json]

TABLE = "jobs"


def an_update(
    job: str,
    *,
    sets: Json,
    removes: tuple[str, ...] = (),
    version: int = 1,
    on_failure: str = "ALL_OLD",
    table: str = TABLE,
) -> Json:
    """A statement as the service writes them."""
    changes = [f'SET "{name}"=?' for name in sets] + [f'REMOVE "{name}"' for name in removes]
    where = '"pk"=? AND "sk"=? AND "version"=?'
    return {
        "Statement": f'UPDATE "{table}" {" ".join(changes)} WHERE {where}',
        "Parameters": [*sets.values(), {"S": job}, {"S": "job"}, {"N": str(version)}],
        "ReturnValuesOnConditionCheckFailure": on_failure,
    }


STATEMENTS = {
    "moved in the index": an_update("a", sets={"state": {"S": "running"}, "version": {"N": "2"}}),
    "out of the index": an_update("b", sets={"version": {"N": "2"}}, removes=("state", "note")),
    "into the index": an_update("c", sets={"state": {"S": "waiting"}, "at": {"N": "7"}}),
    "changed before": an_update("d", sets={"note": {"S": "mine"}}, version=0),
    "changed before, told less": an_update(
        "d", sets={}, removes=("at",), version=9, on_failure="NONE"
    ),
    "absent": an_update("none", sets={"note": {"S": "x"}}),
    "nothing to remove": an_update("e", sets={"lines": {"L": [{"M": {}}]}}, removes=("none",)),
    "unchanged": an_update("f", sets={"note": {"S": "one"}}),
}
#: An index has no such key; moto takes it, as its UpdateItem does.
NO_KEY = an_update("e", sets={"state": {"S": ""}})


def seen(ask: Ask) -> Json:
    """Put the statements by one call: answers by statement, then items, index and stream."""
    ask("dynamodb", "CreateTable", _table())
    for number, job in enumerate("abcdef"):
        ask("dynamodb", "PutItem", {"TableName": TABLE, "Item": _item(job, number)})
    answers = ask("dynamodb", "BatchExecuteStatement", {"Statements": [*STATEMENTS.values()]})
    found: Json = dict(zip(STATEMENTS, answers["Responses"], strict=True))
    items = ask("dynamodb", "Scan", {"TableName": TABLE})["Items"]
    return {
        "answers": {name: plain(each) for name, each in found.items()},
        "items": {item["pk"]["S"]: item for item in items},
        "index": {state: in_state(ask, state) for state in ("waiting", "running")},
        "stream": _changes(ask),
    }


def _table() -> Json:
    kinds = {"pk": "S", "sk": "S", "state": "S", "at": "N"}.items()
    return {
        "TableName": TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": k} for n, k in kinds],
        "KeySchema": _schema("pk", "sk"),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "states",
                "KeySchema": _schema("state", "at"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }


def _schema(first: str, second: str) -> list[Json]:
    return [
        {"AttributeName": first, "KeyType": "HASH"},
        {"AttributeName": second, "KeyType": "RANGE"},
    ]


def _item(job: str, number: int) -> Json:
    item = {"pk": {"S": job}, "sk": {"S": "job"}, "version": {"N": "1"}, "note": {"S": "one"}}
    return item | ({} if job == "c" else {"state": {"S": "waiting"}, "at": {"N": str(number)}})


def plain(answer: Json) -> Json:
    """Without the words of a refusal, which are nobody's promise."""
    said = {name: each for name, each in answer.get("Error", {}).items() if name != "Message"}
    return answer | ({"Error": said} if said else {})


def in_state(ask: Ask, state: str) -> list[str]:
    """The jobs that the index has there."""
    request = {
        "TableName": TABLE,
        "IndexName": "states",
        "KeyConditionExpression": "#s = :s",
        "ExpressionAttributeNames": {"#s": "state"},
        "ExpressionAttributeValues": {":s": {"S": state}},
    }
    return [item["pk"]["S"] for item in ask("dynamodb", "Query", request)["Items"]]


def _records(ask: Ask) -> list[Json]:
    streams = ask("dynamodbstreams", "ListStreams", {"TableName": TABLE})["Streams"]
    arn = streams[0]["StreamArn"]
    described = ask("dynamodbstreams", "DescribeStream", {"StreamArn": arn})["StreamDescription"]
    beginning = {"StreamArn": arn, "ShardIteratorType": "TRIM_HORIZON"} | {
        "ShardId": described["Shards"][0]["ShardId"]
    }
    iterator = ask("dynamodbstreams", "GetShardIterator", beginning)["ShardIterator"]
    return ask("dynamodbstreams", "GetRecords", {"ShardIterator": iterator})["Records"]


def _changes(ask: Ask) -> list[tuple[Json, Json]]:
    """Old and new images; AWS streams nothing where nothing has changed, and moto does."""
    told = [each["dynamodb"] for each in _records(ask) if each["eventName"] == "MODIFY"]
    images = [(each["OldImage"], each["NewImage"]) for each in told]
    return [(old, new) for old, new in images if old != new]
