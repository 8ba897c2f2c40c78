"""Two queues of MiniStack, one served by its own code and one by the mended; runs in .cloud.

``.cloud/bin/python -m tests.acceptance.queues_compared SEED STEPS`` does the same random things to
both and prints, as JSON, what was done and after which steps they differed.
"""

import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from ministack.services import sqs

from infra.local.mended import queues

_OWN = (sqs._expire_retained, sqs._dlq_sweep, sqs._collect_msgs)
_OWN_DELETE, _OWN_DELETE_BATCH = sqs._delete_messages_for_esm, sqs._act_delete_message_batch
_MOST_RECEIVES = 3


class Served:
    """A queue, its dead letters, and the code that serves them."""

    def __init__(self, name: str, *, steps: tuple[Callable[..., Any], ...], fifo: bool) -> None:
        suffix, kind = (".fifo", {"FifoQueue": "true"}) if fifo else ("", {})
        self.dead = _created(f"{name}-dead{suffix}", kind)
        redrive = {"maxReceiveCount": _MOST_RECEIVES, "deadLetterTargetArn": _arn(self.dead)}
        self.url = _created(f"{name}{suffix}", kind | {"RedrivePolicy": json.dumps(redrive)})
        self._expire, self._sweep, self._collect, self._delete, self._delete_batch = steps
        self._fifo = fifo
        #: The receipts of each body that was received.
        self.receipts: dict[str, str] = {}

    def send(self, body: str, *, delay_s: int) -> None:
        """Send a message; groups are few."""
        group = {"MessageGroupId": body[-1], "MessageDeduplicationId": body}
        request = {"QueueUrl": self.url, "MessageBody": body}
        sqs._act_send_message(request | (group if self._fifo else {"DelaySeconds": delay_s}), "")

    def receive(self, count: int, *, visibility_s: int) -> list[str]:
        """Receive as a mapping does; the bodies."""
        queue = sqs._get_q(self.url)
        queues._next_expiry_look_at.clear()
        self._expire(queue)
        self._sweep(queue)
        received = self._collect(queue, count, visibility_s)
        self.receipts |= {each["body"]: each["receipt_handle"] for each in received}
        return [each["body"] for each in received]

    def delete(self, bodies: list[str]) -> str:
        """Delete one by a mapping, and the others by a batch, with one that nobody received."""
        receipts = [self.receipts.get(body, "none") for body in bodies]
        self._delete(self.url, set(receipts[:1]))
        entries = [{"Id": str(n), "ReceiptHandle": each} for n, each in enumerate(receipts)]
        try:
            return json.dumps(self._delete_batch({"QueueUrl": self.url, "Entries": entries}, ""))
        except sqs._Err as refused:
            return str(refused)

    def grow_old(self, body: str) -> None:
        """Let a message have been sent longer ago than it is kept."""
        for message in sqs._get_q(self.url)["messages"]:
            if message["body"] == body:
                message["sent_at"] = time.time() - 10**6

    def contents(self) -> list[list[tuple[str, int]]]:
        """What is in the queue and among its dead letters, in order."""
        both = (sqs._get_q(url)["messages"] for url in (self.url, self.dead))
        return [[(each["body"], each["receive_count"]) for each in one] for one in both]


def _created(name: str, attributes: dict[str, str]) -> str:
    return sqs._act_create_queue({"QueueName": name, "Attributes": attributes}, "")["QueueUrl"]


def _arn(url: str) -> str:
    return sqs._get_q(url)["attributes"]["QueueArn"]


def step(chance: Random, number: int) -> tuple[str, Callable[[Served], object]]:
    """Think of something to do: its name, and how to do it to a queue."""
    body = f"{chance.randrange(10**9)}-{number}"
    some = chance.sample(range(60), 4)
    count, visibility_s, delay_s = chance.randint(1, 9), chance.choice((0, 99)), number % 2 * 900

    def known(served: Served) -> list[str]:
        bodies = sorted(served.receipts) or ["none"]
        return [bodies[each % len(bodies)] for each in some]

    return chance.choice(
        (
            ("send", lambda served: served.send(body, delay_s=delay_s)),
            ("send", lambda served: served.send(body, delay_s=0)),
            ("receive", lambda served: served.receive(count, visibility_s=visibility_s)),
            ("delete", lambda served: served.delete(known(served))),
            ("grow old", lambda served: served.grow_old(known(served)[0])),
        )
    )


def main(seed: int, steps: int) -> None:
    """Do it, and print what was found."""
    logging.disable(logging.CRITICAL)
    queues.mend()
    mended = (sqs._expire_retained, sqs._dlq_sweep, sqs._collect_msgs)
    mended += (sqs._delete_messages_for_esm, sqs._HANDLERS["DeleteMessageBatch"])
    own = (*_OWN, _OWN_DELETE, _OWN_DELETE_BATCH)
    done: Counter[str] = Counter()
    different: list[str] = []
    for fifo in (False, True):
        chance = Random(seed)
        pair = [
            Served(f"{name}-{fifo}", steps=code, fifo=fifo)
            for name, code in (("own", own), ("mended", mended))
        ]
        for number in range(steps):
            name, act = step(chance, number)
            first, second = [(act(served), served.contents()) for served in pair]
            done[name] += 1
            if first != second:
                different.append(f"{name} ({number}): {first} {second}"[:2000])
        done["dead letters"] += len(pair[0].contents()[1])
    sys.stdout.write(json.dumps({"done": done, "different": different[:3]}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
