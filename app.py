"""The Chalice app: its routes by blueprint, and the event Lambdas.

Event Lambdas stand here, not in a blueprint: there they would be deployed as functions of
`chalicelib`, and this file would never run (aws/chalice#1566).
"""

from typing import Any, cast

from chalice.app import (
    Chalice,
    CloudWatchEvent,
    DynamoDBEvent,
    Rate,
    SQSEvent,
)

from chalicelib import triggers
from chalicelib.model.channel import Queue
from chalicelib.observe import invocation
from chalicelib.settings import event_source, lambda_handler, serves_http
from chalicelib.wiring import startup

app = Chalice(app_name="message-queue", configure_logs=False)
with startup.undisturbed():
    if serves_http():  # the event Lambdas do without: a third of their cold start
        from chalicelib.web import switchboard

        switchboard.connect(app)
    startup.import_needs(lambda_handler())
    startup.make_clients(lambda_handler())

#: The template replaces them by the real ones; Chalice wants ARNs when it packages.
_ARN = "arn:aws:sqs:us-east-1:123456789012:replaced-by-infra-stack"
_STREAM_ARN = event_source(
    "JOBS_STREAM_ARN",
    otherwise="arn:aws:dynamodb:us-east-1:123456789012:table/replaced/stream/by-infra-stack",
)


def _queue_arn(name: str) -> str:
    return event_source(name, otherwise=_ARN)


@app.on_sqs_message(queue_arn=_queue_arn("SEND_SMS_QUEUE_ARN"), name="send_sms", batch_size=50)
def send_sms(event: SQSEvent) -> dict[str, Any]:
    """Serve the SMS that are due now."""
    return _serve(Queue.SEND_SMS, event)


@app.on_sqs_message(
    queue_arn=_queue_arn("SCHEDULED_SMS_QUEUE_ARN"), name="scheduled_sms", batch_size=50
)
def scheduled_sms(event: SQSEvent) -> dict[str, Any]:
    """Serve the SMS that were scheduled for later."""
    return _serve(Queue.SCHEDULED_SMS, event)


@app.on_sqs_message(queue_arn=_queue_arn("SEND_EMAIL_QUEUE_ARN"), name="send_email", batch_size=100)
def send_email(event: SQSEvent) -> dict[str, Any]:
    """Serve the emails that are due now."""
    return _serve(Queue.SEND_EMAIL, event)


@app.on_sqs_message(
    queue_arn=_queue_arn("SCHEDULED_EMAIL_QUEUE_ARN"), name="scheduled_email", batch_size=100
)
def scheduled_email(event: SQSEvent) -> dict[str, Any]:
    """Serve the emails that were scheduled for later."""
    return _serve(Queue.SCHEDULED_EMAIL, event)


@app.on_sqs_message(queue_arn=_queue_arn("MY_QUEUE_ARN"), name="my_queue", batch_size=50)
def my_queue(event: SQSEvent) -> dict[str, Any]:
    """Serve the jobs of the general queue."""
    return _serve(Queue.MY_QUEUE, event)


@app.lambda_function(name="release")
def release(event: dict[str, Any], context: triggers.LambdaContext) -> dict[str, int]:
    """Hand over the jobs of the minute that a timer names."""
    with invocation(context):
        return triggers.timer(event, context=context)


@app.schedule(Rate(1, unit=Rate.MINUTES), name="rescue")
def rescue(event: CloudWatchEvent) -> dict[str, int]:
    """Hand over again what was lost on its way, and find queues that are stuck."""
    with invocation(_context(event)):
        return triggers.tick()


@app.on_dynamodb_record(stream_arn=_STREAM_ARN, name="tally", starting_position="TRIM_HORIZON")
def tally(event: DynamoDBEvent) -> dict[str, Any]:
    """Count what happened to jobs."""
    with invocation(_context(event)):
        return triggers.stream_batch(event.to_dict()["Records"])


@app.on_dynamodb_record(stream_arn=_STREAM_ARN, name="notify", starting_position="TRIM_HORIZON")
def notify(event: DynamoDBEvent) -> dict[str, Any]:
    """Tell workspaces what happened to their jobs."""
    with invocation(_context(event)):
        return triggers.notify(event.to_dict()["Records"])


@app.on_sqs_message(queue_arn=_queue_arn("NOTICES_QUEUE_ARN"), name="post_notice", batch_size=50)
def post_notice(event: SQSEvent) -> dict[str, Any]:
    """Post notices to the webhooks of workspaces."""
    context = _context(event)
    with invocation(context):
        return triggers.notices_batch(event.to_dict(), context=context)


@app.lambda_function(name="recount")
def recount(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Compare the tallies with the jobs, and repair them where asked to."""
    with invocation(context):
        return triggers.recount(event)


def _serve(queue: Queue, event: SQSEvent) -> dict[str, Any]:
    context = _context(event)
    with invocation(context):
        return triggers.sqs_batch(queue, event.to_dict(), context=context)


def _context(event: CloudWatchEvent | DynamoDBEvent | SQSEvent) -> triggers.LambdaContext:
    """What Lambda says of an invocation; Chalice's types do not know of it."""
    return cast("Any", event).context
