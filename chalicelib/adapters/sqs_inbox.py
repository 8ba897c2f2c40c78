"""More envelopes for a worker from the queue that its invocation came from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.model.envelope import Envelope

#: Limit of DeleteMessageBatch (AWS SQS API reference).
_BATCH = 10


@dataclass(frozen=True, slots=True)
class SqsInbox:
    """`ports.Inbox`; what is broken stays, for the mapping to move to the dead-letter queue."""

    url: str
    receipts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def take(self, most: int) -> Sequence[Envelope]:
        """One ReceiveMessage that does not wait."""
        with in_our_words("taking more from SQS"):
            answer = client("sqs").receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=most, WaitTimeSeconds=0
            )
        taken: list[Envelope] = []
        for message in answer.get("Messages", []):
            try:
                envelope = Envelope.from_json(message["Body"])
            except ValueError:
                continue
            self.receipts.setdefault(envelope.job_id, []).append(message["ReceiptHandle"])
            taken.append(envelope)
        return taken

    def finish(self, job_ids: Collection[str]) -> None:
        """Delete by ten; what is left becomes visible again, and is void by then."""
        receipts = [receipt for job_id in job_ids for receipt in self.receipts.pop(job_id, [])]
        for i in range(0, len(receipts), _BATCH):
            entries = [
                {"Id": str(n), "ReceiptHandle": receipt}
                for n, receipt in enumerate(receipts[i : i + _BATCH])
            ]
            with in_our_words("deleting from SQS"):
                client("sqs").delete_message_batch(QueueUrl=self.url, Entries=entries)
