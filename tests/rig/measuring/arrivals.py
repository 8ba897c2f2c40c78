"""One callback as the sink saw it, and the questions asked of many: first ones, repeated ones."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """One callback request, stamped when its first bytes were read."""

    job_id: str
    #: As the service counts it (`X-Attempt`, else the body), 1 for the first.
    attempt: int
    idempotency_key: str
    path: str
    #: What the sink answered.
    status: int
    wall_ns: int
    monotonic_ns: int
    workspace_id: str = ""

    def to_json(self) -> str:
        """Write one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Arrival:
        """Read what `to_json` wrote."""
        return cls(**json.loads(line))


def by_job(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """Group by job id; each group in order of arrival."""
    groups: defaultdict[str, list[Arrival]] = defaultdict(list)
    for arrival in sorted(arrivals, key=lambda each: each.monotonic_ns):
        groups[arrival.job_id].append(arrival)
    return dict(groups)


def by_workspace(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """Group by workspace id; each group in order of arrival."""
    groups: defaultdict[str, list[Arrival]] = defaultdict(list)
    for arrival in sorted(arrivals, key=lambda each: each.monotonic_ns):
        groups[arrival.workspace_id].append(arrival)
    return dict(groups)


def repeated(arrivals: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    """Group by job id the arrivals of those jobs that were called more than once."""
    return {job_id: group for job_id, group in by_job(arrivals).items() if len(group) > 1}


def differently_keyed(arrivals: Iterable[Arrival]) -> list[str]:
    """List the jobs whose callbacks carried no, or more than one, Idempotency-Key."""
    groups = by_job(arrivals)
    keys = {
        job_id: {arrival.idempotency_key for arrival in group} for job_id, group in groups.items()
    }
    return [job_id for job_id, seen in keys.items() if len(seen) > 1 or "" in seen]
