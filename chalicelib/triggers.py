"""The event edge: one SQS batch, timer or tick in, one verb called, an answer that AWS reads."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Protocol

from chalicelib import wiring
from chalicelib.errors import OperatorError, RetryableError
from chalicelib.model.channel import Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.instant import from_iso
from chalicelib.observe import logger
from chalicelib.settings import settings


class LambdaContext(Protocol):
    """What Lambda tells an invocation about itself."""

    def get_remaining_time_in_millis(self) -> int:
        """Until the invocation is ended from outside."""
        ...


def sqs_batch(queue: Queue, event: Mapping[str, Any], *, context: LambdaContext) -> dict[str, Any]:
    """Serve one batch of envelopes; answers the records that SQS should deliver again.

    The mapping must have ReportBatchItemFailures: without it the answer would be taken for
    success, and what it lists be deleted. The template says so by a flag.
    """
    if not settings().is_on("REPORT_BATCH_ITEM_FAILURES"):
        message = "the SQS mapping needs FunctionResponseTypes: [ReportBatchItemFailures]"
        raise OperatorError(message)
    envelopes: dict[str, Envelope] = {}
    broken: list[str] = []
    for record in event["Records"]:
        try:
            envelopes[record["messageId"]] = Envelope.from_json(record["body"])
        except ValueError as error:
            logger().error("a message is %s; it goes to the dead-letter queue", error)
            broken.append(record["messageId"])
    remaining_ms = context.get_remaining_time_in_millis()
    unserved = _serve(queue, list(envelopes.values()), remaining_ms=remaining_ms)
    failed = broken + [mid for mid, envelope in envelopes.items() if envelope.job_id in unserved]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _serve(queue: Queue, envelopes: Sequence[Envelope], *, remaining_ms: int) -> set[str]:
    until = wiring.clock().now() + timedelta(milliseconds=remaining_ms)
    try:
        return _loop().run_until_complete(
            wiring.deliver()(queue.channel, envelopes, until=until, inbox=wiring.inbox(queue))
        )
    except RetryableError as error:
        logger().warning("a batch of %d is left to SQS: %s", len(envelopes), error)
        return {envelope.job_id for envelope in envelopes}


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop a process: its connections outlive the invocation."""
    return asyncio.new_event_loop()


def timer(event: Mapping[str, Any]) -> dict[str, int]:
    """Release the minute bucket that a timer names."""
    released = wiring.release().release(from_iso(str(event["bucket"])))
    logger().info("released %d jobs of %s", released, event["bucket"])
    return {"released": released}


def tick() -> dict[str, int]:
    """The rescue, once a minute."""
    touched = wiring.release().rescue()
    if touched:
        logger().warning("the rescue looked after %d overdue jobs", touched)
    return {"touched": touched}
