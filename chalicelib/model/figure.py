"""Figures: what an invocation tells CloudWatch, by names that alarms and dashboards rely on."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.model.channel import Channel


class Name(StrEnum):
    """The metrics of the namespace; docs/observability.md says what each means."""

    JOBS_ACCEPTED = "JobsAccepted"
    JOBS_STARTED = "JobsStarted"
    JOBS_COMPLETED = "JobsCompleted"
    JOBS_FAILED = "JobsFailed"
    JOBS_RATE_LIMITED = "JobsRateLimited"
    LATENESS = "LatenessMs"
    SLOTS_USED = "SlotsUsed"
    OLDEST_DUE = "OldestDueSeconds"
    CANARIES_LATE = "CanariesLate"
    JOBS_RESCUED = "JobsRescued"
    BACKENDS_DOWN = "BackendsDown"
    RECORDS_SET_ASIDE = "StreamRecordsSetAside"
    TALLY_DRIFT = "TallyDrift"
    WEBHOOKS_DISABLED = "WebhooksDisabled"
    WEBHOOKS_GIVEN_UP = "WebhooksGivenUp"


class Unit(StrEnum):
    """Of those that CloudWatch knows."""

    COUNT = "Count"
    MILLISECONDS = "Milliseconds"
    PERCENT = "Percent"
    SECONDS = "Seconds"


UNITS = dict.fromkeys(Name, Unit.COUNT) | {
    Name.LATENESS: Unit.MILLISECONDS,
    Name.SLOTS_USED: Unit.PERCENT,
    Name.OLDEST_DUE: Unit.SECONDS,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric's values of one invocation: one number, or all of a distribution."""

    name: Name
    values: Sequence[float]
    channel: Channel | None = None


def counted(name: Name, value: float, *, channel: Channel | None = None) -> Figure:
    """A figure of one number."""
    return Figure(name, (value,), channel)
