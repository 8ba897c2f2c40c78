"""Its SQS event-source mapping: takes as many messages as BatchSize says, not ten at most."""

import time
from typing import Any

from ministack.services import sqs


def mend() -> None:
    """Replace the poller's receive by the same without its cap (SQS mappings go up to 10,000)."""
    sqs._receive_messages_for_esm = _receive


def _receive(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        if not _has_visible(queue):
            return []
        visibility_s = int(queue["attributes"].get("VisibilityTimeout", "30"))
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        return sqs._collect_msgs(queue, int(batch_size), visibility_s)


def _has_visible(queue: dict[str, Any]) -> bool:
    """Most looks find nothing: those should not walk five times over thousands of messages."""
    now = time.time()
    return any(message.get("visible_at", now) <= now for message in queue["messages"])
