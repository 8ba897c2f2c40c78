"""The event edge: one batch, timer or tick in, one verb called, an answer that AWS reads."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from chalicelib import wiring
from chalicelib.errors import OperatorError, RetryableError, ServiceError
from chalicelib.flow.canaries import canary_figures
from chalicelib.model.channel import Channel, Queue
from chalicelib.model.envelope import Envelope
from chalicelib.model.figure import Figure, Name, counted
from chalicelib.model.instant import from_iso
from chalicelib.model.notice import Notice
from chalicelib.model.stream_figures import stream_figures
from chalicelib.observe import logger, tell
from chalicelib.settings import settings

T = TypeVar("T")

#: What a release keeps of its time, to finish its page and feed the workers.
_TO_END_IN_ORDER = timedelta(seconds=10)


class LambdaContext(Protocol):
    """What Lambda tells an invocation about itself."""

    def get_remaining_time_in_millis(self) -> int:
        """Until the invocation is ended from outside."""
        ...


def sqs_batch(queue: Queue, event: Mapping[str, Any], *, context: LambdaContext) -> dict[str, Any]:
    """Serve one batch of envelopes; answers the records that SQS should deliver again."""
    envelopes, broken = _opened(event, Envelope.from_json)
    remaining_ms = context.get_remaining_time_in_millis()
    unserved = _serve(queue, list(envelopes.values()), remaining_ms=remaining_ms)
    failed = [mid for mid, envelope in envelopes.items() if envelope.job_id in unserved]
    return _failures(broken + failed)


def notices_batch(event: Mapping[str, Any], *, context: LambdaContext) -> dict[str, Any]:
    """Post one batch of notices; answers the records that SQS should deliver again."""
    notices, broken = _opened(event, Notice.from_json)
    wiring.signer().renew()
    until = wiring.clock().now() + timedelta(milliseconds=context.get_remaining_time_in_millis())
    report = _loop().run_until_complete(
        wiring.post_notices()(list(notices.values()), until=until, inbox=wiring.notice_inbox())
    )
    ends = {Name.WEBHOOKS_DISABLED: report.disabled, Name.WEBHOOKS_GIVEN_UP: report.given_up}
    _tell([counted(name, value) for name, value in ends.items() if value])
    failed = [mid for mid, notice in notices.items() if notice.id in report.unserved]
    return _failures(broken + failed)


def _opened(event: Mapping[str, Any], read: Callable[[str], T]) -> tuple[dict[str, T], list[str]]:
    """What a batch holds by the ids of its messages, and the ids of those that cannot be read.

    The mapping must have ReportBatchItemFailures: without it the answer would be taken for
    success, and what it lists be deleted. The template says so by a flag.
    """
    if not settings().is_on("REPORT_BATCH_ITEM_FAILURES"):
        message = "the SQS mapping needs FunctionResponseTypes: [ReportBatchItemFailures]"
        raise OperatorError(message)
    opened: dict[str, T] = {}
    broken: list[str] = []
    for record in event["Records"]:
        try:
            opened[record["messageId"]] = read(record["body"])
        except ValueError:  # what it says may quote the message
            logger().error(
                "a message is none of this service; it goes to the dead-letter queue",
                extra={"message_id": record["messageId"]},
            )
            broken.append(record["messageId"])
    return opened, broken


def _failures(message_ids: Sequence[str]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in message_ids]}


def _serve(queue: Queue, envelopes: Sequence[Envelope], *, remaining_ms: int) -> set[str]:
    until = wiring.clock().now() + timedelta(milliseconds=remaining_ms)
    try:
        wiring.signer().renew()
        served = _loop().run_until_complete(
            wiring.deliver()(queue.channel, envelopes, until=until, inbox=wiring.inbox(queue))
        )
    except RetryableError as error:
        logger().warning("a batch of %d is left to SQS: %s", len(envelopes), error)
        return {envelope.job_id for envelope in envelopes}
    _tell(served.figures)
    return served.unserved


def _tell(figures: Iterable[Figure]) -> None:
    tell(figures, stage=settings().stage)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One event loop a process: its connections outlive the invocation."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_lost)
    return loop


def _lost(_: asyncio.AbstractEventLoop, said: dict[str, Any]) -> None:
    """What a task raised that nobody waits for: asyncio would print all that it says."""
    error = cast("BaseException | None", said.get("exception"))
    logger().error("a task has failed: %s", said["message"], exc_info=error)


def timer(event: Mapping[str, Any], *, context: LambdaContext) -> dict[str, int]:
    """Release the minute bucket that a timer names.

    What is raised when the time is over brings the event again: Lambda repeats what it was asked
    to do asynchronously, as timers ask, twice.
    """
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    until = wiring.clock().now() + left - _TO_END_IN_ORDER
    released = wiring.release().release(from_iso(str(event["bucket"])), until=until)
    logger().info("released %d jobs of %s", released, event["bucket"])
    return {"released": released}


def tick() -> dict[str, int]:
    """The rescue, once a minute."""
    _watch_queues()
    rescued = wiring.release().rescue()
    touched = rescued.touched + wiring.pause_queues().rescue()
    if touched:
        logger().warning("the rescue looked after %d overdue jobs", touched)
    down = [channel.value for channel in Channel if wiring.circuit_breaker().is_open(channel)]
    if down:
        logger().error("the circuit breakers of %s are open: look at their backends", down)
    counts = {Name.JOBS_RESCUED: touched, Name.BACKENDS_DOWN: len(down)}
    _tell([*(counted(name, value) for name, value in counts.items()), *rescued.figures()])
    return {"touched": touched}


def _watch_queues() -> None:
    """First of all, and told at once: what is stuck must not wait for what is overdue."""
    try:
        _tell(canary_figures(wiring.watch_queues()()))
    except ServiceError as error:
        logger().error("nobody knows whether a queue is stuck: %s", error)


def stream_batch(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Count one batch of the jobs' stream; what cannot be read is set aside and blocks nothing.

    A ServiceError makes Lambda bring the batch again, whole or in halves: what was counted of it
    is not counted twice.
    """
    changes, poison = wiring.stream(records)
    for each in poison:
        # The reason may quote the record; it is kept with it.
        logger().error("a stream record is set aside", extra={"job_id": each.job_id})
        wiring.ledger().set_aside(each)
    if poison:
        _tell([counted(Name.RECORDS_SET_ASIDE, len(poison))])
    wiring.keep_completed()(changes)  # a tab that counts a job shows it
    wiring.count()(changes)
    _tell(stream_figures(changes))
    return {"batchItemFailures": []}


def notify(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tell workspaces what one batch of the jobs' stream says; a ServiceError brings it again.

    What cannot be read is set aside by the counting, which reads the same stream.
    """
    changes, poison = wiring.stream(records)
    for each in poison:
        logger().error("a stream record tells nobody", extra={"job_id": each.job_id})
    wiring.notify()(changes)
    return {"batchItemFailures": []}


def recount(event: Mapping[str, Any]) -> dict[str, Any]:
    """Compare the tallies with the jobs; with `{"repair": true}`, make them right."""
    report = _loop().run_until_complete(wiring.recount()(repair=event.get("repair") is True))
    drift = [
        {
            "workspaceId": each.key.scope,
            "channel": each.key.queue.channel.value,
            "queue": each.key.queue.value,
            "figure": each.figure,
            "counted": each.counted,
            "tallied": each.tallied,
        }
        for each in report.drift
    ]
    for each in drift:
        logger().warning("a tally has drifted", extra={"drift": each})
    _tell([counted(Name.TALLY_DRIFT, len(drift))])
    return {"compared": report.compared, "drift": drift, "repaired": report.repaired}
