"""Puts the real adapters behind the verbs; everything is made when first used, and kept."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from chalicelib.adapters.dynamodb_audit import DynamoAuditTrail
from chalicelib.adapters.dynamodb_batch_log import DynamoBatchLog
from chalicelib.adapters.dynamodb_census import DynamoCensus
from chalicelib.adapters.dynamodb_jobs import DynamoJobStore
from chalicelib.adapters.dynamodb_ledger import DynamoLedger
from chalicelib.adapters.dynamodb_lists import DynamoJobLists
from chalicelib.adapters.dynamodb_meters import DynamoMeters
from chalicelib.adapters.dynamodb_pace import DynamoPace
from chalicelib.adapters.dynamodb_pauses import DynamoPauses
from chalicelib.adapters.dynamodb_queue_lists import DynamoQueueLists
from chalicelib.adapters.dynamodb_stream import read_stream
from chalicelib.adapters.dynamodb_tallies import DynamoTotals
from chalicelib.adapters.dynamodb_workspaces import DynamoWorkspaces
from chalicelib.adapters.eventbridge_timers import EventBridgeTimers
from chalicelib.adapters.sqs_inbox import SqsInbox
from chalicelib.adapters.sqs_queues import SqsQueues
from chalicelib.adapters.system_chance import SystemChance
from chalicelib.adapters.system_clock import SystemClock
from chalicelib.errors import Misconfigured
from chalicelib.flow.administer import Administer
from chalicelib.flow.amend import Amend
from chalicelib.flow.analytics import ReadSeries
from chalicelib.flow.attempt import Attempts
from chalicelib.flow.audit import Audited
from chalicelib.flow.bulk import Bulk
from chalicelib.flow.count import Count
from chalicelib.flow.deliver import Deliver
from chalicelib.flow.dispatch import Dispatch, Horizons
from chalicelib.flow.give_back import GiveBack
from chalicelib.flow.listing import Listing
from chalicelib.flow.many import Many
from chalicelib.flow.metrics import ReadMetrics
from chalicelib.flow.pause import PauseQueues
from chalicelib.flow.process_now import ProcessNow
from chalicelib.flow.queue_acts import QueueActs
from chalicelib.flow.recount import Recount
from chalicelib.flow.release import Release
from chalicelib.flow.schedule import Schedule
from chalicelib.flow.stats import ReadStats
from chalicelib.flow.tabs import Tabs
from chalicelib.flow.throughput import ReadThroughput
from chalicelib.model.change import Change
from chalicelib.model.channel import Queue
from chalicelib.ports.access import Tokens
from chalicelib.ports.counting import Poison
from chalicelib.settings import SYMMETRIC, settings


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
def dispatch() -> Dispatch:
    """From the store to the queues."""
    return Dispatch(
        clock=clock(),
        pace=pace(),
        queues=queues(),
        timers=timers(),
        horizons=horizons(),
    )


def horizons() -> Horizons:
    """How far SQS carries a delay; Misconfigured where a timer could come too late."""
    found = Horizons(
        sqs=settings().seconds("SQS_HORIZON_S", 900),
        timer_lead=settings().seconds("TIMER_LEAD_S", 300),
    )
    if fault := found.fault:
        message = f"SQS_HORIZON_S and TIMER_LEAD_S: {fault}"
        raise Misconfigured(message)
    return found


@cache
def schedule() -> Schedule:
    """The verb of the scheduling routes."""
    return Schedule(clock=clock(), chance=chance(), store=store(), dispatch=dispatch())


@cache
def release() -> Release:
    """The verbs of the timers and of the rescue."""
    return Release(clock=clock(), store=store(), dispatch=dispatch())


@cache
def deliver() -> Deliver:
    """The verb of the workers; its imports stay out of the other Lambdas' cold starts."""
    from chalicelib.adapters.httpx_callbacks import HttpxCallbacks  # noqa: PLC0415
    from chalicelib.adapters.threads import Threads  # noqa: PLC0415

    offload = Threads()
    attempts = Attempts(
        clock=clock(),
        chance=chance(),
        store=store(),
        dispatch=dispatch(),
        callbacks=HttpxCallbacks(allow_private=settings().is_on("ALLOW_PRIVATE_CALLBACKS")),
        backends=settings(),
        offload=offload,
    )
    return Deliver(
        clock=clock(),
        store=store(),
        pace=pace(),
        pauses=pauses(),
        give_back=GiveBack(clock=clock(), store=store(), dispatch=dispatch(), offload=offload),
        attempts=attempts,
        batch_log=batch_log(),
        offload=offload,
    )


@cache
def ledger() -> DynamoLedger:
    """What was counted; also the shelf for poison."""
    return DynamoLedger(table=settings().required("TALLIES_TABLE"))


@cache
def totals() -> DynamoTotals:
    """The tallies of queues."""
    return DynamoTotals(table=settings().required("TALLIES_TABLE"))


@cache
def meters() -> DynamoMeters:
    """The tallies since their last reset."""
    return DynamoMeters(table=settings().required("TALLIES_TABLE"))


@cache
def batch_log() -> DynamoBatchLog:
    """What workers note about their batches."""
    return DynamoBatchLog(table=settings().required("TALLIES_TABLE"))


@cache
def census() -> DynamoCensus:
    """Jobs by workspace and status."""
    return DynamoCensus(table=settings().required("JOBS_TABLE"))


def stream(records: Sequence[Mapping[str, Any]]) -> tuple[list[Change], list[Poison]]:
    """What the records of the jobs' stream say, and those that cannot be read."""
    return read_stream(records, now=clock().now())


@cache
def count() -> Count:
    """The verb of the jobs' stream."""
    return Count(ledger())


@cache
def recount() -> Recount:
    """The verb of the operators' recount."""
    return Recount(clock=clock(), census=census(), totals=totals(), ledger=ledger())


@cache
def read_stats() -> ReadStats:
    """The verb of the stats route."""
    return ReadStats(totals=totals(), census=census())


@cache
def read_metrics() -> ReadMetrics:
    """The verbs of the metrics routes."""
    return ReadMetrics(clock=clock(), meters=meters(), batch_log=batch_log())


@cache
def read_series() -> ReadSeries:
    """The verb of the analytics route."""
    return ReadSeries(meters())


@cache
def workspaces() -> DynamoWorkspaces:
    """What workspaces have chosen."""
    return DynamoWorkspaces(table=settings().required("CONTROL_TABLE"))


@cache
def listing() -> Listing:
    """The verbs of the lists."""
    lists = DynamoJobLists(table=settings().required("JOBS_TABLE"))
    return Listing(lists=lists, store=store())


@cache
def administer() -> Administer:
    """What operators do to one job."""
    return Administer(clock=clock(), store=store(), dispatch=dispatch())


@cache
def bulk() -> Bulk:
    """What operators do to many jobs."""
    return Bulk(clock=clock(), store=store(), listing=listing(), many=many())


@cache
def many() -> Many:
    """What is done to some jobs at once."""
    return Many(clock=clock(), store=store(), dispatch=dispatch())


@cache
def amend() -> Amend:
    """What operators change about a job that has not started."""
    return Amend(administer())


@cache
def pauses() -> DynamoPauses:
    """Which queues are paused."""
    return DynamoPauses(table=settings().required("CONTROL_TABLE"))


@cache
def pause_queues() -> PauseQueues:
    """The verbs that pause and resume."""
    return PauseQueues(clock=clock(), store=store(), dispatch=dispatch(), pauses=pauses())


@cache
def queue_lists() -> DynamoQueueLists:
    """Jobs by queue."""
    return DynamoQueueLists(table=settings().required("JOBS_TABLE"))


@cache
def tabs() -> Tabs:
    """What the board shows."""
    return Tabs(clock=clock(), lists=queue_lists(), store=store(), totals=totals(), pauses=pauses())


@cache
def queue_acts() -> QueueActs:
    """What operators do to all jobs under a tab."""
    return QueueActs(
        clock=clock(), lists=queue_lists(), store=store(), totals=totals(), many=many()
    )


@cache
def read_throughput() -> ReadThroughput:
    """The verb of the board's chart."""
    return ReadThroughput(clock=clock(), totals=totals(), meters=meters())


@cache
def process_now() -> ProcessNow:
    """The verb of the process-now route."""
    return ProcessNow(clock=clock(), store=store(), dispatch=dispatch(), listing=listing())


@cache
def audit_trail() -> DynamoAuditTrail:
    """Who did what."""
    return DynamoAuditTrail(table=settings().required("AUDIT_TABLE"))


@cache
def audited() -> Audited:
    """Does acts under audit."""
    return Audited(audit_trail())


@cache
def tokens() -> Tokens:
    """Who is calling."""
    # Only the API asks: the workers start faster without PyJWT and cryptography.
    from chalicelib.adapters.jwks_keys import JwksKeys  # noqa: PLC0415
    from chalicelib.adapters.pyjwt_tokens import PyJwtTokens  # noqa: PLC0415

    algorithm = settings().jwt_algorithm
    if algorithm == SYMMETRIC:
        secret = settings().jwt_secret
        key_of: Callable[[str], Any] = lambda _: secret  # noqa: E731
    else:
        key_of = JwksKeys(settings().jwks_url).key_of
    return PyJwtTokens(
        algorithm,
        key_of,
        audience=settings().optional("JWT_AUDIENCE") or None,
        issuer=settings().optional("JWT_ISSUER") or None,
    )


def probes() -> dict[str, Callable[[], object]]:
    """What `/health` asks, by name: each raises a ServiceError where it does not answer."""
    return {
        "jobs": lambda: store().get("health"),
        "control": lambda: pace().is_reachable(),
        "queues": lambda: queues().is_reachable(),
    }
