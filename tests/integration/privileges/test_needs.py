"""Which permissions calls need, as they are recorded."""

import pytest
from moto import mock_aws

from chalicelib.adapters.aws_clients import client
from tests.integration.privileges.needs import arn, needs_of
from tests.integration.privileges.policies import Json, Need
from tests.integration.privileges.recorder import recording

T1, T2 = (arn("dynamodb", f"table/{name}") for name in ("t1", "t2"))
KEY: Json = {"pk": {"S": "a"}}
UPDATE: Json = {
    "Statement": 'UPDATE "t1" SET "x"=? WHERE "pk"=? AND "sk"=?',
    "Parameters": [{"S": "new"}, {"S": "a"}, {"S": "job"}],
}
OTHER: Json = {"pk": {"S": "b"}, "sk": {"S": "x"}}


@pytest.mark.parametrize(
    ("operation", "params", "needed"),
    [
        ("GetItem", {"TableName": "t1", "Key": KEY}, [("GetItem", T1)]),
        ("Query", {"TableName": "t1"}, [("Query", T1)]),
        ("Query", {"TableName": "t1", "IndexName": "i"}, [("Query", f"{T1}/index/i")]),
        ("Scan", {"TableName": "t1", "IndexName": "i"}, [("Scan", f"{T1}/index/i")]),
        ("BatchGetItem", {"RequestItems": {"t1": {"Keys": [KEY]}}}, [("BatchGetItem", T1)]),
        (
            "BatchWriteItem",
            {"RequestItems": {"t1": [{"PutRequest": {"Item": KEY}}], "t2": []}},
            [("BatchWriteItem", T1), ("BatchWriteItem", T2)],
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "t1", "Item": KEY}},
                    {"Update": {"TableName": "t1", "Key": KEY}},
                    {"Delete": {"TableName": "t2", "Key": KEY}},
                    {"ConditionCheck": {"TableName": "t2", "Key": KEY}},
                ]
            },
            [("PutItem", T1), ("UpdateItem", T1), ("DeleteItem", T2), ("ConditionCheckItem", T2)],
        ),
        ("BatchExecuteStatement", {"Statements": [UPDATE, UPDATE]}, [("PartiQLUpdate", T1)] * 2),
        ("DescribeTable", {"TableName": "t1"}, [("DescribeTable", "*")]),
    ],
)
def test_a_call_of_dynamodb_needs(operation: str, params: Json, needed: list[tuple[str, str]]):
    found = [(need.action, need.resource) for need in needs_of("dynamodb", operation, params)]

    assert found == [(f"dynamodb:{action}", resource) for action, resource in needed]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("GetItem", {"TableName": "t1", "Key": KEY}),
        ("PutItem", {"TableName": "t1", "Item": KEY}),
        ("Query", {"TableName": "t1", "ExpressionAttributeValues": {":pk": KEY["pk"]}}),
        ("BatchGetItem", {"RequestItems": {"t1": {"Keys": [KEY]}}}),
        ("BatchWriteItem", {"RequestItems": {"t1": [{"PutRequest": {"Item": KEY}}]}}),
        ("BatchWriteItem", {"RequestItems": {"t1": [{"DeleteRequest": {"Key": KEY}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t1", "Item": KEY}}]}),
        ("BatchExecuteStatement", {"Statements": [UPDATE]}),
    ],
)
def test_a_call_names_its_partition_keys(operation: str, params: Json):
    (need,) = needs_of("dynamodb", operation, params)

    assert need.context == {"dynamodb:LeadingKeys": {"a"}}


def test_a_batch_names_all_of_its_partition_keys():
    params = {"RequestItems": {"t1": {"Keys": [KEY, OTHER]}}}
    (need,) = needs_of("dynamodb", "BatchGetItem", params)

    assert need.context == {"dynamodb:LeadingKeys": {"a", "b"}}


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("SendMessageBatch", "sqs:SendMessage"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
        ("ReceiveMessage", "sqs:ReceiveMessage"),
    ],
)
def test_a_batch_of_sqs_needs_what_its_messages_need(operation: str, action: str):
    url = {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q"}

    assert list(needs_of("sqs", operation, url)) == [Need(action, arn("sqs", "q"))]


def test_a_timer_passes_its_role():
    params = {"GroupName": "g", "Name": "n", "Target": {"RoleArn": "arn:aws:iam::1:role/r"}}
    create, passes = needs_of("scheduler", "CreateSchedule", params)

    assert create == Need("scheduler:CreateSchedule", arn("scheduler", "schedule/g/n"))
    assert (passes.action, passes.resource) == ("iam:PassRole", "arn:aws:iam::1:role/r")
    assert passes.context == {"iam:PassedToService": {"scheduler.amazonaws.com"}}


def test_a_service_that_nobody_has_told_of_is_asked_for_on_anything():
    assert list(needs_of("sns", "Publish", {})) == [Need("sns:Publish", "*")]


def test_only_what_a_function_asks_for_is_recorded():
    with recording() as recorder, mock_aws():
        url = client("sqs").create_queue(QueueName="q")["QueueUrl"]
        with recorder.running("f"):
            client("sqs").send_message(QueueUrl=url, MessageBody="x")
        client("sqs").receive_message(QueueUrl=url)

    assert recorder.needs == {"f": [Need("sqs:SendMessage", arn("sqs", "q"))]}
