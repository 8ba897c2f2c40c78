"""What a million of something costs, by part, from what some of them used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.adapters.dynamodb_items import PAYLOAD_RETENTION, RETENTION
from tests.rig.pricing import prices
from tests.rig.pricing.prices import MILLION
from tests.rig.pricing.usage import COMPLETIONS, Usage

#: A new table on demand has four partitions, so its stream four shards; the local one has one. At
#: a broadcast's rate no batch of any is full. The template gathers the counted ones for three
#: seconds (infra/stack/functions.yaml), the local cloud for one.
SHARDS = {"Tally": 4 / 3, "Notify": 4.0}
#: What the counting reader writes.
_COUNTED = ("TalliesTable: stream", f"TalliesTable: {COMPLETIONS}")
_GB = 1e9
_MONTH_DAYS = 30.4
_MONTH_S = _MONTH_DAYS * 86_400
#: What DynamoDB adds to each item, and to each entry of an index, when it weighs what it stores.
_OVERHEAD_BYTES = 100
#: START, END and REPORT of each invocation.
_PLATFORM_LOG_BYTES = 330
#: Of TLS and TCP around a callback on a kept connection: records, acknowledgements.
_WIRE_BYTES = 200
_ANSWER_BYTES = 300

Bill = dict[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """So many jobs, what they used, and what went in and out beside it."""

    name: str
    jobs: int
    usage: Usage
    callback_bytes: int
    callbacks: int
    log_bytes: int


def units_per_job(case: Case) -> Mapping[str, float]:
    """Write units by what they were for, the dearest first; the tallies by `SHARDS`."""
    found = {
        name: units * (SHARDS["Tally"] if name.startswith(_COUNTED) else 1) / case.jobs
        for name, units in case.usage.writes.items()
    }
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def bill(case: Case) -> Bill:
    """Dollars for a million, by part."""
    scale = MILLION / case.jobs
    usage = case.usage
    writes = {name: units * MILLION for name, units in units_per_job(case).items()}

    def written(prefix: str, suffix: str = "") -> float:
        chosen = [u for n, u in writes.items() if n.startswith(prefix) and n.endswith(suffix)]
        return sum(chosen) * prices.WRITE_UNIT.usd

    indexes = sum(written("JobsTable", f", {name}") for name in _INDEXES)
    lines = {
        "DynamoDB writes: jobs and payloads": written("JobsTable") - indexes,
        **{
            f"DynamoDB writes: index {name}": written("JobsTable", f", {name}") for name in _INDEXES
        },
        "DynamoDB writes: tallies": written("TalliesTable"),
        "DynamoDB writes: paces, backlogs, leads": written("ControlTable") + written("AuditTable"),
        "DynamoDB reads": sum(usage.reads.values()) * scale * prices.READ_UNIT.usd,
        "SQS": _sqs(usage) * scale,
        **_lambdas(usage, scale=scale),
        "API Gateway": usage.invocations["APIHandler"] * scale * prices.API_REQUEST.usd,
        "Timers": usage.timers * scale * prices.TIMER.usd,
        "Logs": _logs(case) * scale,
        "Data out": _data_out(case) * scale,
    }
    return lines | {"Storage, with point-in-time recovery": storage(usage)}


_INDEXES = ("agenda", "by_workspace", "by_communication")


def _sqs(usage: Usage) -> float:
    requests = sum(usage.sqs.values())
    return requests * prices.SQS_REQUEST.usd + usage.fair_requests * prices.SQS_FAIR_SURCHARGE.usd


def _lambdas(usage: Usage, *, scale: float) -> Bill:
    """Time by function; requests of all; of the stream's readers as many as there will be."""
    gb_s = {name: each * SHARDS.get(name, 1) for name, each in usage.gb_s.items()}
    requests = sum(count * SHARDS.get(name, 1) for name, count in usage.invocations.items())
    price = prices.LAMBDA_GB_S.usd * scale
    readers = sum(gb_s.get(name, 0) for name in SHARDS)
    api = gb_s.get("APIHandler", 0)
    return {
        "Lambda: workers": (sum(gb_s.values()) - readers - api) * price,
        "Lambda: API": api * price,
        "Lambda: readers of the stream": readers * price,
        "Lambda: requests": requests * scale * prices.LAMBDA_REQUEST.usd,
    }


def _logs(case: Case) -> float:
    platform = sum(case.usage.invocations.values()) * _PLATFORM_LOG_BYTES
    return (case.log_bytes + platform) / _GB * prices.LOG_GB.usd


def _data_out(case: Case) -> float:
    answers = case.usage.invocations["APIHandler"] * _ANSWER_BYTES
    sent = case.callback_bytes + case.callbacks * _WIRE_BYTES + answers
    return sent / _GB * prices.DATA_OUT_GB.usd


def storage(usage: Usage) -> float:
    """Keeping a million jobs and their payloads until they expire."""
    months = dict.fromkeys(("job", COMPLETIONS), RETENTION.days / _MONTH_DAYS)
    months["payload"] = PAYLOAD_RETENTION.days / _MONTH_DAYS
    total = 0.0
    for kind, kept in usage.kept.items():
        jobs = usage.kept["job"].items if kind == COMPLETIONS else kept.items
        scale = MILLION / jobs / _GB
        table_gb = (kept.size_bytes + kept.items * _OVERHEAD_BYTES) * scale
        index_gb = (kept.entries_bytes + kept.entries * _OVERHEAD_BYTES) * scale
        stored = (table_gb + index_gb) * prices.STORED_GB_MONTH.usd
        total += months[kind] * (stored + table_gb * prices.PITR_GB_MONTH.usd)
    return total


def idle(usage: Usage, *, minutes: float, mappings: int, alarms: int, metrics: int) -> Bill:
    """A month without a single job, from some minutes of one."""
    scale = _MONTH_S / 60 / minutes
    #: Five long polls of 20 s at a time on each mapping.
    polls = mappings * 5 * _MONTH_S / 20
    lambdas = _lambdas(usage, scale=scale)
    return {
        "SQS: empty polls of mappings": polls * prices.SQS_REQUEST.usd,
        "Rescue: DynamoDB reads": sum(usage.reads.values()) * scale * prices.READ_UNIT.usd,
        "Rescue: DynamoDB writes": sum(usage.writes.values()) * scale * prices.WRITE_UNIT.usd,
        "Rescue: Lambda": sum(lambdas.values()),
        f"{metrics} custom metrics": metrics * prices.METRIC_MONTH.usd,
        f"{alarms} alarms": alarms * prices.ALARM_MONTH.usd,
    }
