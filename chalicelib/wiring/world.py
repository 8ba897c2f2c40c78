"""The world that every verb needs: time, chance, and AWS's tables, queues and timers."""

from functools import cache

from chalicelib.adapters.dynamodb_backlogs import DynamoBacklogs
from chalicelib.adapters.dynamodb_batch_log import DynamoBatchLog
from chalicelib.adapters.dynamodb_canaries import DynamoCanaries
from chalicelib.adapters.dynamodb_idempotency import DynamoIdempotencyRecords
from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from chalicelib.adapters.dynamodb_pace import DynamoPace
from chalicelib.adapters.dynamodb_pauses import DynamoPauses
from chalicelib.adapters.dynamodb_queue_lists import DynamoQueueLists
from chalicelib.adapters.dynamodb_restraints import DynamoRestraints
from chalicelib.adapters.dynamodb_workspaces import DynamoWorkspaces
from chalicelib.adapters.eventbridge_timers import EventBridgeTimers
from chalicelib.adapters.sqs_inbox import SqsInbox
from chalicelib.adapters.sqs_queues import SqsQueues
from chalicelib.adapters.system_chance import SystemChance
from chalicelib.adapters.system_clock import SystemClock
from chalicelib.model.channel import Queue
from chalicelib.settings import settings


@cache
def clock() -> SystemClock:
    """Time."""
    return SystemClock()


@cache
def chance() -> SystemChance:
    """Randomness."""
    return SystemChance()


@cache
def store() -> DynamoJobStore:
    """Jobs."""
    return DynamoJobStore(table=settings().required("JOBS_TABLE"))


@cache
def pace() -> DynamoPace:
    """Slots."""
    return DynamoPace(table=settings().required("CONTROL_TABLE"))


@cache
def idempotency_records() -> DynamoIdempotencyRecords:
    """The keys of requests."""
    return DynamoIdempotencyRecords(table=settings().required("CONTROL_TABLE"))


@cache
def timers() -> EventBridgeTimers:
    """Wake-ups of the release."""
    return EventBridgeTimers(
        group=settings().required("TIMER_GROUP"),
        target_arn=settings().required("TIMER_TARGET_ARN"),
        role_arn=settings().required("TIMER_ROLE_ARN"),
        dead_letter_arn=settings().required("TIMER_DEAD_LETTER_ARN"),
    )


@cache
def queues() -> SqsQueues:
    """SQS."""
    return SqsQueues(urls={queue: settings().queue_url(queue) for queue in Queue})


def inbox(queue: Queue) -> SqsInbox:
    """What one invocation takes beyond its batch."""
    return SqsInbox(url=settings().queue_url(queue))


@cache
def pauses() -> DynamoPauses:
    """Which queues are paused."""
    return DynamoPauses(table=settings().required("CONTROL_TABLE"))


@cache
def workspaces() -> DynamoWorkspaces:
    """What workspaces have chosen."""
    return DynamoWorkspaces(table=settings().required("CONTROL_TABLE"))


@cache
def backlogs() -> DynamoBacklogs:
    """Where jobs that are held back begin."""
    return DynamoBacklogs(table=settings().required("CONTROL_TABLE"))


@cache
def canaries() -> DynamoCanaries:
    """What shows that queues move."""
    return DynamoCanaries(table=settings().required("CONTROL_TABLE"))


@cache
def restraints() -> DynamoRestraints:
    """What restrains workspaces."""
    return DynamoRestraints(table=settings().required("CONTROL_TABLE"))


@cache
def queue_lists() -> DynamoQueueLists:
    """Jobs by queue."""
    return DynamoQueueLists(table=settings().required("JOBS_TABLE"))


@cache
def batch_log() -> DynamoBatchLog:
    """What workers note about their batches."""
    return DynamoBatchLog(table=settings().required("TALLIES_TABLE"))
