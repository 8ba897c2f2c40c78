"""What minutes do to a stack on the local cloud, done at once: ticks come, and records grow old."""

import json
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.adapters.dynamodb_items import JOB, job_item, job_of, key
from chalicelib.model.instant import to_iso
from chalicelib.model.status import Status
from infra.deploy import ClientFor
from infra.local.stack import STACK_NAME
from infra.local.state import TICK

_WHICH = ("", "NotVisible", "Delayed")


def long_ago() -> datetime:
    """An instant after which whatever waits for a minute has waited."""
    return datetime.now(UTC) - timedelta(minutes=2)


@dataclass(frozen=True)
class Clockwork:
    """The clock of one stack; looks past the API."""

    clients: ClientFor
    stack: str = STACK_NAME

    def physical_id(self, logical_id: str) -> str:
        """The name that CloudFormation gave to a resource."""
        found: dict[str, Any] = self.clients("cloudformation").describe_stack_resource(
            StackName=self.stack, LogicalResourceId=logical_id
        )
        return found["StackResourceDetail"]["PhysicalResourceId"]

    def tick(self) -> None:
        """Invoke the rescue, as EventBridge does each minute, and wait for its end."""
        awslambda, name = self.clients("lambda"), self.physical_id("Rescue")
        while True:
            try:
                answer = awslambda.invoke(FunctionName=name, Payload=json.dumps(TICK).encode())
            except awslambda.exceptions.TooManyRequestsException:  # there is one at a time
                time.sleep(0.1)
            else:
                assert "FunctionError" not in answer, answer["Payload"].read()
                return

    @contextmanager
    def without_ticks(self) -> Generator[None]:
        """Meanwhile only `tick` brings one, and none that came before is at work."""
        events, rule = self.clients("events"), self.physical_id("RescueRescueEvent")
        events.disable_rule(Name=rule)
        try:
            self.tick()
            yield
        finally:
            events.enable_rule(Name=rule)

    def make_overdue(self, job_id: str) -> None:
        """Let a pending job that was handed over be looked after by the next tick."""
        place = {"TableName": self.physical_id("JobsTable"), "Key": key(job_id, JOB)}
        dynamodb = self.clients("dynamodb")
        job = job_of(dynamodb.get_item(**place, ConsistentRead=True)["Item"])
        if job.status is not Status.PENDING:
            return
        old = job_item(job.with_attention(long_ago(), handed_over=True))
        with suppress(dynamodb.exceptions.ConditionalCheckFailedException):  # it is under way
            dynamodb.update_item(
                **place,
                UpdateExpression="SET attention_at = :at, agenda_at = :place",
                ConditionExpression="version = :version AND #status = :pending",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    ":at": old["attention_at"],
                    ":place": old["agenda_at"],
                    ":version": old["version"],
                    ":pending": {"S": Status.PENDING},
                },
            )

    def note(self, pk: str) -> dict[str, Any]:
        """An item of the control table, by attribute; empty where there is none."""
        return (
            self.clients("dynamodb")
            .get_item(**self._place(pk), ConsistentRead=True)
            .get("Item", {})
        )

    def forget(self, pk: str, **instants: datetime) -> None:
        """Let an item of the control table say nothing but these."""
        place = self._place(pk)
        said = {name: {"S": to_iso(at)} for name, at in instants.items()}
        self.clients("dynamodb").put_item(TableName=place["TableName"], Item=place["Key"] | said)

    def end_lease(self, pk: str) -> None:
        """Let the lease in an item of the control table have ended."""
        self.clients("dynamodb").update_item(
            **self._place(pk),
            UpdateExpression="SET lease_until = :at",
            ConditionExpression="attribute_exists(lease_until)",
            ExpressionAttributeValues={":at": {"S": to_iso(long_ago())}},
        )

    def send(self, queue: str, body: str) -> None:
        """A message that is visible at once."""
        self.clients("sqs").send_message(QueueUrl=self._url(queue), MessageBody=body)

    def counts(self, queue: str) -> dict[str, int]:
        """How many messages of a queue are visible (key: ""), NotVisible, and Delayed."""
        names = {f"ApproximateNumberOfMessages{which}": which for which in _WHICH}
        found: dict[str, Any] = self.clients("sqs").get_queue_attributes(
            QueueUrl=self._url(queue), AttributeNames=[*names]
        )
        return {which: int(found["Attributes"][name]) for name, which in names.items()}

    def purge(self, queue: str) -> None:
        """Away with all messages of a queue."""
        self.clients("sqs").purge_queue(QueueUrl=self._url(queue))

    @contextmanager
    def visible_again_after(self, queue: str, *, seconds: int) -> Generator[None]:
        """Meanwhile, what is received comes again after so long, if it is not deleted."""
        sqs, url, name = self.clients("sqs"), self._url(queue), "VisibilityTimeout"
        before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=before)

    def is_at_rest(self, queue: str) -> bool:
        """Whether nothing is in a queue or in its workers' hands; what is delayed may come."""
        counts = self.counts(queue)
        return counts[""] == counts["NotVisible"] == 0

    def _url(self, queue: str) -> str:
        return self.clients("sqs").get_queue_url(QueueName=f"{self.stack}-{queue}")["QueueUrl"]

    def _place(self, pk: str) -> dict[str, Any]:
        return {"TableName": self.physical_id("ControlTable"), "Key": {"pk": {"S": pk}}}
