"""Its SQS: a queue of tens of thousands of delayed messages is not walked five times for a batch.

It looks at every message to expire, to sweep, to complete, to choose, and once more for each entry
of a batch of deletions: 50 of 30,000 took 70 ms to receive and delete. And two threads put another
list in the place of a queue's: a message that was sent meanwhile could be lost. Its own code
decides here, too, but looks at those messages alone that it can be about.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from types import FunctionType
from typing import Any

from ministack.services import sqs

#: Messages are kept for a minute at least: as often will do.
_EXPIRY_LOOK_S = 1.0

_Queue = dict[str, Any]
_Message = dict[str, Any]

_its_expire_retained = sqs._expire_retained
_its_dlq_sweep = sqs._dlq_sweep
_its_collect = sqs._collect_msgs
_its_delete_batch = sqs._act_delete_message_batch
_next_expiry_look_at: defaultdict[str, float] = defaultdict(float)
#: Held by whoever takes messages out: requests are served in one thread, mappings in another.
_lock = threading.Lock()


def mend() -> None:
    """Replace what walks over all messages."""
    sqs._expire_retained = _expire_retained
    sqs._dlq_sweep = _dlq_sweep
    sqs._collect_msgs = collect
    sqs._delete_messages_for_esm = _delete
    sqs._HANDLERS["DeleteMessageBatch"] = _delete_batch


def collect(queue: _Queue, *count_and_visibility_s: int) -> list[_Message]:
    """Take the first that are visible; of a FIFO queue its code needs to see the others, too."""
    most, _ = count_and_visibility_s
    now = time.time()
    with _lock:
        seen = queue["messages"]
        if not queue["is_fifo"]:
            seen = islice((each for each in seen if each.get("visible_at", now) <= now), most)
        return _its_collect({**queue, "messages": [*seen]}, *count_and_visibility_s)


def _expire_retained(queue: _Queue) -> None:
    name = queue["attributes"]["QueueArn"]
    if time.monotonic() >= _next_expiry_look_at[name]:
        _next_expiry_look_at[name] = time.monotonic() + _EXPIRY_LOOK_S
        with _lock:
            _let_remove(_its_expire_retained, queue, messages=queue["messages"])


def _dlq_sweep(queue: _Queue) -> None:
    now = time.time()
    with _lock:
        tried = [
            each
            for each in queue["messages"]
            if each.get("receive_count") and each.get("visible_at", now) <= now
        ]
        if tried:
            _let_remove(_its_dlq_sweep, queue, messages=tried)


def _let_remove(
    remove: Callable[[_Queue], None], queue: _Queue, *, messages: Sequence[_Message]
) -> None:
    """Let its code see these messages of the queue alone."""
    part = {**queue, "messages": messages}
    remove(part)
    if len(part["messages"]) < len(messages):
        left = {id(each) for each in part["messages"]}
        _take_out(queue, [each for each in messages if id(each) not in left])


def _take_out(queue: _Queue, messages: Sequence[_Message]) -> None:
    """In one step: what is sent meanwhile is appended to the one list or to the other."""
    gone = {id(each) for each in messages}
    queue["messages"] = [each for each in queue["messages"] if id(each) not in gone]


def _received(queue: _Queue, receipts: Iterable[object]) -> list[_Message]:
    wanted = {each for each in receipts if isinstance(each, str)}
    return [each for each in queue["messages"] if each.get("receipt_handle") in wanted]


def _delete(queue_url: str, receipts: Iterable[str]) -> None:
    """As a mapping does after an invocation."""
    queue = sqs._get_q(queue_url)
    with _lock:
        _take_out(queue, _received(queue, receipts))


def _delete_batch(request: dict[str, Any], queue_url: str) -> dict[str, Any]:
    """Its own answer, from the messages that the request names."""
    queue = sqs._get_q(request.get("QueueUrl", queue_url), "sqs:DeleteMessage")
    entries = request.get("Entries") or []
    with _lock:
        named = _received(queue, [each.get("ReceiptHandle") for each in entries])
        part = {**queue, "messages": named}
        over_part = vars(sqs) | {"_get_q": lambda *_: part}
        answer = FunctionType(_its_delete_batch.__code__, over_part)(request, queue_url)
        _take_out(queue, named)
    return answer
