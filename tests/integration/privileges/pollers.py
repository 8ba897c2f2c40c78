"""What Lambda itself does in a function's name: none of our code asks for it, and roles need it."""

from collections.abc import Iterator
from typing import Any

from tests.integration.privileges.needs import arn
from tests.integration.privileges.policies import Json, Need
from tests.integration.privileges.roles import STACK, Function

#: By the type of the event: the poller takes messages, deletes what was served, and looks how many
#: there are. Source: Lambda Developer Guide, "Using Lambda with Amazon SQS"; the managed policy
#: AWSLambdaSQSQueueExecutionRole.
OF_QUEUES = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
#: The poller reads the shards of the stream. Source: Lambda Developer Guide, "Using Lambda with
#: DynamoDB"; the managed policy AWSLambdaDynamoDBExecutionRole.
OF_STREAMS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
#: It sends what it gives up to the mapping's destination. Source: Lambda Developer Guide, "Retain
#: discarded records for a DynamoDB event source".
ON_FAILURE = "sqs:SendMessage"
#: Lambda writes what a function prints. Source: Lambda Developer Guide, "Sending Lambda function
#: logs to CloudWatch Logs"; the managed policy AWSLambdaBasicExecutionRole.
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
#: Needed only where the stack makes no group of its own; the same source.
NEW_LOG_GROUP = "logs:CreateLogGroup"


def needs_of_lambda(function: Function) -> Iterator[Need]:
    """What must be allowed for a function to get its events and to be heard."""
    for event in function.events:
        yield from _of_event(event["Type"], event["Properties"])
    group = function.log_group or f"/aws/lambda/{STACK}-{function.name}-1A2B3C"
    if function.log_group is None:
        yield Need(NEW_LOG_GROUP, arn("logs", f"log-group:{group}"))
    stream = f"log-group:{group}:log-stream:2026/11/26/[$LATEST]0123"
    yield from (Need(action, arn("logs", stream)) for action in LOGS)


def _of_event(kind: str, said: Json) -> Iterator[Need]:
    match kind, said:
        case "SQS", {"Queue": queue}:
            yield from (Need(action, queue) for action in OF_QUEUES)
        case "DynamoDB", {"Stream": stream, **rest}:
            yield from (Need(action, stream) for action in OF_STREAMS)
            yield from _of_destination(rest["DestinationConfig"]["OnFailure"])
        case _:  # API Gateway and EventBridge call the function, and ask its own policy
            return


def _of_destination(destination: dict[str, Any]) -> Iterator[Need]:
    assert destination["Type"] == "SQS"
    yield Need(ON_FAILURE, destination["Destination"])
