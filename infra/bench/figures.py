"""What one broadcast shows: times, rate, lateness, what is missing and what came twice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.rig.measuring.arrivals import Arrival, by_job, differently_keyed
from tests.rig.measuring.clock import NS_PER_S, Reading
from tests.rig.measuring.rates import most_in_window, percentile, shortest_span_ns, slots_used_share


@dataclass(frozen=True, slots=True)
class Figures:
    """Computed from the sink's records; times in seconds."""

    job_count: int
    called_count: int
    #: First accept (its answer is at the client) to last callback.
    accept_to_last_s: float
    most_in_a_second: int
    #: How close together one more than the rate came; below 1 s, a second had too many.
    one_too_many_span_s: float
    #: From first accept on, when all are due and wait for nothing but the rate.
    slots_used_share: float
    #: Of each job's first callback, due → arrival, ascending; the k-th waits for k − 1 slots.
    lateness_s: tuple[float, ...]
    #: Callbacks beyond a job's first.
    duplicate_count: int
    differently_keyed_count: int

    @property
    def missing_count(self) -> int:
        """Return how many jobs were not called back."""
        return self.job_count - self.called_count

    def lateness(self, share: float) -> float:
        """Return a percentile of the lateness."""
        return percentile(self.lateness_s, share)


def figures(
    arrivals: Sequence[Arrival],
    *,
    due_wall_ns: Mapping[str, int],
    accepted: Reading,
    rate_per_s: int,
) -> Figures:
    """Compute them; `due_wall_ns` has the broadcast's jobs, and when each was due.

    Other jobs' arrivals count for the rate alone: it is the channel's, not one broadcast's.
    """
    instants_ns = [arrival.monotonic_ns for arrival in arrivals]
    calls = {job_id: group for job_id, group in by_job(arrivals).items() if job_id in due_wall_ns}
    span_ns = shortest_span_ns(instants_ns, count=rate_per_s + 1)
    last_ns = max(instants_ns, default=accepted.monotonic_ns)
    late_ns = (group[0].wall_ns - due_wall_ns[job_id] for job_id, group in calls.items())
    return Figures(
        job_count=len(due_wall_ns),
        called_count=len(calls),
        accept_to_last_s=(last_ns - accepted.monotonic_ns) / NS_PER_S,
        most_in_a_second=most_in_window(instants_ns),
        one_too_many_span_s=math.nan if span_ns is None else span_ns / NS_PER_S,
        slots_used_share=slots_used_share(
            [at_ns for at_ns in instants_ns if at_ns >= accepted.monotonic_ns],
            rate_per_s=rate_per_s,
        ),
        lateness_s=tuple(sorted(late / NS_PER_S for late in late_ns)),
        duplicate_count=sum(len(group) - 1 for group in calls.values()),
        differently_keyed_count=len(differently_keyed(arrivals)),
    )
