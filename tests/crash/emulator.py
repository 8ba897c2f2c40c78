"""What the emulator of AWS holds, and what AWS does by itself; nobody is watched at it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends
from moto.sqs.models import Message, SQSBackend, sqs_backends
from moto.sqs.models import Queue as HeldQueue

from chalicelib.adapters.aws_clients import client
from chalicelib.settings import settings
from tests.contract.stack import resources
from tests.integration.service import Json

#: Whom their mappings bring messages to, by the logical id of a queue.
WORKERS = {
    "SendSmsQueue": "send_sms",
    "ScheduledSmsQueue": "scheduled_sms",
    "SendEmailQueue": "send_email",
    "ScheduledEmailQueue": "scheduled_email",
    "MyJobsQueue": "my_queue",
    "NoticesQueue": "post_notice",
}
SMS, NOTICES = "SendSmsQueue", "NoticesQueue"
ACCOUNT, REGION = "123456789012", "us-east-1"
DEAD_LETTERS = "DeadLetters"
MILLISECOND = timedelta(milliseconds=1)


def keep_the_template_s_word() -> None:
    """Let queues hide, repeat and give up messages, and the jobs' table stream, as they ship."""
    sqs = client("sqs")
    for name, properties in resources("queues.yaml", kind="AWS::SQS::Queue"):
        if "VisibilityTimeout" not in properties:
            continue
        arn = _sqs().queues[f"{name}{DEAD_LETTERS}"].queue_arn
        redrive = {"deadLetterTargetArn": arn} | {
            "maxReceiveCount": properties["RedrivePolicy"]["maxReceiveCount"]
        }
        sqs.set_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"],
            Attributes={
                "VisibilityTimeout": str(properties["VisibilityTimeout"]),
                "RedrivePolicy": json.dumps(redrive),
            },
        )
    client("dynamodb").update_table(
        TableName="JobsTable",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )


def stream_records() -> list[Json]:
    """All that the mapping of the tally lets through, since the world began."""
    streams = client("dynamodbstreams")
    arn = streams.list_streams(TableName="JobsTable")["Streams"][0]["StreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found: list[Json] = streams.get_records(ShardIterator=iterator)["Records"]
    for record in found:
        at: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
        record["dynamodb"]["ApproximateCreationDateTime"] = int(at.timestamp())
    return [record for record in found if record["dynamodb"]["Keys"]["sk"]["S"] == "job"]


def url_of(queue: str) -> str:
    """Where a queue of infra/stack/queues.yaml is."""
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"


def receive(queue: str, most: int) -> list[Json]:
    """Some messages that are visible, which are hidden now."""
    found: list[Json] = []
    while len(found) < most:
        answer = client("sqs").receive_message(
            QueueUrl=url_of(queue), MaxNumberOfMessages=min(10, most - len(found))
        )
        if not (some := answer.get("Messages", [])):
            break
        found += some
    return found


def acknowledge(queue: str, messages: list[Json]) -> None:
    """Delete them."""
    for each in messages:
        client("sqs").delete_message(QueueUrl=url_of(queue), ReceiptHandle=each["ReceiptHandle"])


def envelopes(queue: str) -> list[Json]:
    """Of jobs, and notices of them, seen or not; the others are canaries and wake-up calls."""
    bodies = [json.loads(message.body) for message in _held(queue)._messages]
    return [body for body in bodies if body["version"]]


def next_visible_at(queue: str) -> datetime | None:
    """When the queue's next message can be received; None where it is empty."""
    at_ms = [max(each.visible_at, each.delayed_until) for each in _held(queue)._messages]
    return None if not at_ms else _at(min(at_ms)) + MILLISECOND


def show_all(queue: str) -> None:
    """Let all that is in a queue be visible now."""
    for message in _held(queue)._messages:
        message.visible_at = message.delayed_until = 0.0


def send(queue: str, body: str) -> None:
    """Put a message into a queue."""
    client("sqs").send_message(QueueUrl=url_of(queue), MessageBody=body)


def lose(queue: str) -> None:
    """Drop all that is in a queue."""
    _held(queue)._messages.clear()


def dead_letters() -> dict[str, list[str]]:
    """What nobody could serve, by queue."""
    letters: dict[str, list[Message]] = {
        name: queue._messages
        for name, queue in _sqs().queues.items()
        if name.endswith(DEAD_LETTERS)
    }
    return {name: [each.body for each in some] for name, some in letters.items() if some}


def timers() -> Iterator[tuple[datetime, Json]]:
    """When each timer fires, and its event."""
    for schedule in _schedules():
        at = schedule.schedule_expression.removeprefix("at(").removesuffix(")")
        yield datetime.fromisoformat(f"{at}Z"), json.loads(schedule.target["Input"])


def forget_timer(event: Json) -> None:
    """It has fired: it is deleted, as it asks for."""
    (name,) = [each.name for each in _schedules() if json.loads(each.target["Input"]) == event]
    client("scheduler").delete_schedule(Name=name, GroupName=settings().required("TIMER_GROUP"))


def _schedules() -> list[Schedule]:
    backend: EventBridgeSchedulerBackend = scheduler_backends[ACCOUNT][REGION]
    groups = backend.schedule_groups.values()
    return [schedule for group in groups for schedule in group.schedules.values()]


def _held(queue: str) -> HeldQueue:
    return _sqs().queues[queue]


def _sqs() -> SQSBackend:
    return sqs_backends[ACCOUNT][REGION]


def _at(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
