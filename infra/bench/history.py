"""A broadcast as the service's own records tell it: where a bench cannot see the callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.rig.client import QueueClient
from tests.rig.measuring.arrivals import Arrival
from tests.rig.measuring.clock import Reading, wall_ns_of

#: Asked about to learn how far a broadcast is: a job in so many, so that looking does not slow it.
_SAMPLE_COUNT = 20
_FINAL = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


def estimate_done(client: QueueClient, job_ids: Sequence[str]) -> int:
    """Estimate from a sample, which has the last job, how many are final."""
    sample = [*job_ids[:: max(1, len(job_ids) // _SAMPLE_COUNT)], job_ids[-1]]
    final_count = sum(answer["status"] in _FINAL for answer in client.job_statuses(sample))
    return len(job_ids) * final_count // len(sample)


def starts(client: QueueClient, job_ids: Sequence[str]) -> list[Arrival]:
    """Read every job's attempts: `startedAt`, when the worker says that the callback went."""
    now = Reading.now()
    return [
        _start(answer["jobId"], attempt, now=now)
        for answer in client.job_statuses(job_ids)
        for attempt in answer["job"]["history"]
    ]


def _start(job_id: str, attempt: dict[str, Any], *, now: Reading) -> Arrival:
    started_ns = wall_ns_of(attempt["startedAt"])
    return Arrival(
        job_id=job_id,
        attempt=attempt.get("attempt", 1),
        idempotency_key=job_id,
        path="",
        status=attempt.get("statusCode") or 0,
        wall_ns=started_ns,
        monotonic_ns=now.on_monotonic(started_ns),
    )
