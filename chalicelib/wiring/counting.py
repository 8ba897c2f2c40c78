"""What is counted of jobs, and what readers of figures see of it."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from chalicelib.adapters.dynamodb_census import DynamoCensus
from chalicelib.adapters.dynamodb_completions import DynamoCompletionLog
from chalicelib.adapters.dynamodb_ledger import DynamoLedger
from chalicelib.adapters.dynamodb_meters import DynamoMeters
from chalicelib.adapters.dynamodb_stream import read_stream
from chalicelib.adapters.dynamodb_tallies import DynamoTotals
from chalicelib.flow.analytics import ReadSeries
from chalicelib.flow.completed import KeepCompleted
from chalicelib.flow.count import Count
from chalicelib.flow.metrics import ReadMetrics
from chalicelib.flow.recount import Recount
from chalicelib.flow.stats import ReadStats
from chalicelib.flow.throughput import ReadThroughput
from chalicelib.model.change import Change
from chalicelib.ports.counting import Poison
from chalicelib.settings import settings
from chalicelib.wiring.world import batch_log, clock


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
def completion_log() -> DynamoCompletionLog:
    """Which jobs were completed."""
    return DynamoCompletionLog(table=settings().required("TALLIES_TABLE"))


@cache
def keep_completed() -> KeepCompleted:
    """The verb of the jobs' stream beside `count`."""
    return KeepCompleted(completion_log())


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
def read_throughput() -> ReadThroughput:
    """The verb of the board's chart."""
    return ReadThroughput(clock=clock(), totals=totals(), meters=meters())
