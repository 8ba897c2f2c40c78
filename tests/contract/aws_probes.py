"""What AWS would do with what the adapters sent: the queues' contents and the schedules."""

import json
from dataclasses import dataclass
from datetime import datetime

from chalicelib.adapters.aws_clients import client
from chalicelib.adapters.eventbridge_timers import EventBridgeTimers
from chalicelib.adapters.sqs_inbox import SqsInbox
from chalicelib.adapters.sqs_queues import SqsQueues
from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.ports.delivery import Inbox
from tests.contract.stack import make_queue

GROUP = "timers"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:release"


@dataclass(frozen=True)
class SqsPost:
    """`Post` over SQS."""

    queues: SqsQueues

    @classmethod
    def open(cls) -> "SqsPost":
        """Make the five queues."""
        return cls(SqsQueues({queue: make_queue(queue.value) for queue in Queue}))

    def visible(self, queue: Queue) -> list[Envelope]:
        """Receive and delete until nothing more comes."""
        sqs, url = client("sqs"), self.queues.urls[queue]
        found: list[Envelope] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(Envelope.from_json(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def inbox(self, queue: Queue) -> Inbox:
        """What a worker takes more from."""
        return SqsInbox(self.queues.urls[queue])

    def delayed_count(self, queue: Queue) -> int:
        """As SQS counts them."""
        name = "ApproximateNumberOfMessagesDelayed"
        answer = client("sqs").get_queue_attributes(
            QueueUrl=self.queues.urls[queue], AttributeNames=[name]
        )
        return int(answer["Attributes"][name])


@dataclass(frozen=True)
class EventBridgeAlarm:
    """`Alarm` over EventBridge Scheduler."""

    timers: EventBridgeTimers

    @classmethod
    def open(cls) -> "EventBridgeAlarm":
        """Make the group of the timers."""
        client("scheduler").create_schedule_group(Name=GROUP)
        return cls(EventBridgeTimers(GROUP, target_arn=ARN, role_arn=ARN, dead_letter_arn=ARN))

    def set_for(self) -> dict[datetime, datetime]:
        """Read every schedule of the group as the release will be given it."""
        scheduler = client("scheduler")
        names = [each["Name"] for each in scheduler.list_schedules(GroupName=GROUP)["Schedules"]]
        found: dict[datetime, datetime] = {}
        for name in names:
            schedule = scheduler.get_schedule(GroupName=GROUP, Name=name)
            bucket = json.loads(schedule["Target"]["Input"])["bucket"]
            wake = schedule["ScheduleExpression"].removeprefix("at(").removesuffix(")")
            found[datetime.fromisoformat(bucket)] = datetime.fromisoformat(f"{wake}Z")
        return found
