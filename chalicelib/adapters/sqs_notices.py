"""Notices on their way through SQS, and those that a worker takes beyond its batch."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.errors import ServiceError
from chalicelib.model.notice import Notice
from chalicelib.ports.webhooks import Letter

#: Limit of SendMessageBatch and DeleteMessageBatch (AWS SQS API reference).
_BATCH = 10


@dataclass(frozen=True, slots=True)
class SqsNotices:
    """`ports.Notices`; the message group of a notice is its workspace (SQS fair queues)."""

    url: str

    def send(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        """By ten; a batch that fails is answered, and stops no other."""
        batches = [letters[i : i + _BATCH] for i in range(0, len(letters), _BATCH)]
        return [letter for batch in batches for letter in self._send(batch)]

    def _send(self, letters: Sequence[Letter]) -> Sequence[Letter]:
        entries = [
            {
                "Id": str(i),
                "MessageBody": letter.notice.to_json(),
                "DelaySeconds": letter.delay_s,
                "MessageGroupId": letter.notice.workspace_id,
            }
            for i, letter in enumerate(letters)
        ]
        try:
            with in_our_words("handing notices over to SQS"):
                answer = client("sqs").send_message_batch(QueueUrl=self.url, Entries=entries)
        except ServiceError:
            return letters
        return [letters[int(failed["Id"])] for failed in answer.get("Failed", [])]


@dataclass(frozen=True, slots=True)
class SqsNoticeInbox:
    """`ports.NoticeInbox`; what is broken stays, for the mapping to move to the dead letters."""

    url: str
    receipts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def take(self, most: int) -> Sequence[Notice]:
        """One ReceiveMessage that does not wait."""
        with in_our_words("taking more notices from SQS"):
            answer = client("sqs").receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=most, WaitTimeSeconds=0
            )
        taken: list[Notice] = []
        for message in answer.get("Messages", []):
            try:
                notice = Notice.from_json(message["Body"])
            except ValueError:
                continue
            self.receipts.setdefault(notice.id, []).append(message["ReceiptHandle"])
            taken.append(notice)
        return taken

    def finish(self, notice_ids: Collection[str]) -> None:
        """Delete by ten; what is left becomes visible again."""
        receipts = [receipt for each in notice_ids for receipt in self.receipts.pop(each, [])]
        for i in range(0, len(receipts), _BATCH):
            entries = [
                {"Id": str(n), "ReceiptHandle": receipt}
                for n, receipt in enumerate(receipts[i : i + _BATCH])
            ]
            with in_our_words("deleting notices from SQS"):
                client("sqs").delete_message_batch(QueueUrl=self.url, Entries=entries)
