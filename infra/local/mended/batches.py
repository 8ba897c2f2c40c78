"""Its event-source mappings: fuller batches, as on AWS, and streams beside the queues.

It caps an SQS batch at ten, ignores batching windows, and reads streams in the thread that looks at
the queues: at 50 messages a second it invoked a worker for two or three of them at a time, and the
tally for each pair of records, which cost the two cores more than the messages did.
"""

import threading
import time
from typing import Any

from ministack.services import dynamodb, lambda_svc, sqs

#: After a batch that was not full, a queue's next one is gathered for so long. The template asks
#: for a second; nobody waits a second for a first message here.
_QUEUE_WINDOW_S = 0.25
#: The window of the stream's mapping in the template.
_STREAM_WINDOW_S = 1.0

_next_look_at: dict[str, float] = {}
#: Tables of which a read of the stream was as much as was asked for: there is more.
_unfinished: set[str] = set()
_read_streams = lambda_svc._poll_dynamodb_streams
_its_records_since = dynamodb.stream_records_since


def mend() -> None:
    """Replace the poller's receive, and move the streams to a thread of their own."""
    sqs._receive_messages_for_esm = _receive
    dynamodb.stream_records_since = _records_since
    lambda_svc._poll_dynamodb_streams = _nothing_to_do
    threading.Thread(target=_read_streams_in_turn, daemon=True, name="streams").start()


def _receive(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
    """As many messages as BatchSize says (SQS mappings go up to 10,000)."""
    if time.monotonic() < _next_look_at.get(queue_url, 0.0):
        return []
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        if not _has_visible(queue):
            return []
        visibility_s = int(queue["attributes"].get("VisibilityTimeout", "30"))
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        batch = sqs._collect_msgs(queue, int(batch_size), visibility_s)
    if 0 < len(batch) < int(batch_size):
        _next_look_at[queue_url] = time.monotonic() + _QUEUE_WINDOW_S
    return batch


def _has_visible(queue: dict[str, Any]) -> bool:
    """Most looks find nothing: those should not walk five times over thousands of messages."""
    now = time.time()
    return any(message.get("visible_at", now) <= now for message in queue["messages"])


def _nothing_to_do() -> bool:
    return False


def _records_since(table: str, *position_and_most: int, **place: object) -> list[dict[str, Any]]:
    batch = _its_records_since(table, *position_and_most, **place)
    _, most = position_and_most
    if len(batch) >= most:
        _unfinished.add(table)
    return batch


def _read_streams_in_turn() -> None:
    """Once a window, all that has gathered until then: full batches, and a last one."""
    while True:
        time.sleep(_STREAM_WINDOW_S)
        _read_streams()
        while _unfinished:
            _unfinished.clear()
            _read_streams()
