"""Envelopes on their way through SQS."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from chalicelib.adapters.aws_clients import client, in_our_words
from chalicelib.errors import ServiceError
from chalicelib.model.channel import Queue
from chalicelib.ports.delivery import Parcel

#: Limits of SendMessageBatch and of a message's delay (AWS SQS API reference).
_BATCH = 10
LONGEST_DELAY_S = 900
_THREADS = 4


@dataclass(frozen=True, slots=True)
class SqsQueues:
    """`ports.Queues`; the message group of an envelope is its workspace (SQS fair queues)."""

    urls: Mapping[Queue, str]
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_THREADS))

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        """Batches of ten, side by side; one that fails is answered, and stops no other."""
        by_queue: dict[Queue, list[Parcel]] = defaultdict(list)
        for parcel in parcels:
            by_queue[parcel.queue].append(parcel)
        batches = [
            group[i : i + _BATCH]
            for group in by_queue.values()
            for i in range(0, len(group), _BATCH)
        ]
        return [parcel for refused in self.pool.map(self._send, batches) for parcel in refused]

    def is_reachable(self) -> bool:
        """Ask SQS about one queue; a ServiceError where it does not answer."""
        with in_our_words("asking SQS"):
            url = self.urls[Queue.SEND_SMS]
            client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return True

    def _send(self, parcels: Sequence[Parcel]) -> Sequence[Parcel]:
        entries = [
            {
                "Id": str(i),
                "MessageBody": parcel.envelope.to_json(),
                "DelaySeconds": min(parcel.delay_s, LONGEST_DELAY_S),
                "MessageGroupId": parcel.envelope.workspace_id,
            }
            for i, parcel in enumerate(parcels)
        ]
        try:
            with in_our_words("handing jobs over to SQS"):
                answer = client("sqs").send_message_batch(
                    QueueUrl=self.urls[parcels[0].queue], Entries=entries
                )
        except ServiceError:
            return parcels
        return [parcels[int(failed["Id"])] for failed in answer.get("Failed", [])]
