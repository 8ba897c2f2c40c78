"""How metrics look in answers (contract, section 4): their shapes, and what fills them."""

from collections.abc import Mapping
from datetime import datetime

from typing_extensions import TypedDict

from chalicelib.flow.metrics import ChannelMetrics, Metrics, WorkspaceLimits
from chalicelib.model.breaker import Breaker, State
from chalicelib.model.channel import Channel
from chalicelib.model.exceedance import Exceedance
from chalicelib.model.instant import to_iso
from chalicelib.model.metrics import Total
from chalicelib.model.tally import EXCEEDED_AT, PROCESSED_AT


class WorkspaceFigures(TypedDict):
    """Jobs of one workspace on one channel that ended, and attempts that were rate-limited."""

    total: int
    success: int
    failed: int
    rateLimited: int


class ChannelFigures(TypedDict):
    """One channel: `successRate` in percent, times in ms, `throughput` in jobs a second.

    `batchesProcessed` is null for a token of some workspaces: a batch serves many of them.
    """

    total: int
    success: int
    failed: int
    rateLimited: int
    totalProcessed: int
    batchesProcessed: int | None
    successRate: float
    avgProcessingTime: float
    throughput: float
    rateExceededCount: int
    lastProcessedTime: str | None
    workspaces: dict[str, WorkspaceFigures]


class Exceeded(TypedDict):
    """How often a workspace exceeded a channel's rate, and when it last did."""

    count: int
    lastExceeded: str | None


class ExceededByChannel(TypedDict):
    """The same for each channel."""

    sms: Exceeded
    email: Exceeded


class BackendFigures(TypedDict):
    """How the circuit breaker of a channel's backend stands: closed is well."""

    state: State
    openedAt: str | None
    nextProbeAt: str | None


class Backends(TypedDict):
    """The same for each channel."""

    sms: BackendFigures
    email: BackendFigures
    general: BackendFigures


class MetricsAnswer(TypedDict):
    """All channels, and the busiest workspaces; `cursor` asks for those that come next."""

    sms: ChannelFigures
    email: ChannelFigures
    backends: Backends
    workspaceRateLimits: dict[str, ExceededByChannel]
    cursor: str | None
    timestamp: str


class ExceededDetail(TypedDict):
    """One batch in which a workspace exceeded a rate."""

    timestamp: str
    batchSize: int
    errorMessage: str


class ExceededInDetail(Exceeded):
    """The same, with the newest batches in which that happened."""

    details: list[ExceededDetail]


class WorkspaceMetricsAnswer(TypedDict):
    """What one workspace exceeded."""

    workspaceId: str
    sms: ExceededInDetail
    email: ExceededInDetail
    timestamp: str


def backends_view(breakers: Mapping[Channel, Breaker], *, at: datetime) -> Backends:
    """The part of the answer that tells of the backends."""
    return {
        "sms": _backend(breakers[Channel.SMS], at),
        "email": _backend(breakers[Channel.EMAIL], at),
        "general": _backend(breakers[Channel.GENERAL], at),
    }


def _backend(breaker: Breaker, at: datetime) -> BackendFigures:
    return {
        "state": breaker.state(at),
        "openedAt": _iso(breaker.opened_at),
        "nextProbeAt": _iso(breaker.probe_at),
    }


def metrics_view(
    found: Metrics, *, backends: Backends, cursor: str | None, at: datetime
) -> MetricsAnswer:
    """The answer of `GET /api/metrics`."""
    sms, email = found.channels[Channel.SMS], found.channels[Channel.EMAIL]
    none = Total()
    exceeded: dict[str, ExceededByChannel] = {
        name: {
            "sms": _exceeded(sms.workspaces.get(name, none)),
            "email": _exceeded(email.workspaces.get(name, none)),
        }
        for name in {**sms.workspaces, **email.workspaces}
    }
    return {
        "sms": _channel_figures(sms),
        "email": _channel_figures(email),
        "backends": backends,
        "workspaceRateLimits": {
            name: both
            for name, both in exceeded.items()
            if both["sms"]["count"] or both["email"]["count"]
        },
        "cursor": cursor,
        "timestamp": to_iso(at),
    }


def workspace_metrics_view(
    workspace_id: str, limits: Mapping[Channel, WorkspaceLimits], *, at: datetime
) -> WorkspaceMetricsAnswer:
    """The answer of `GET /api/metrics/workspace/{workspaceId}`."""
    return {
        "workspaceId": workspace_id,
        "sms": _in_detail(limits[Channel.SMS]),
        "email": _in_detail(limits[Channel.EMAIL]),
        "timestamp": to_iso(at),
    }


def _channel_figures(found: ChannelMetrics) -> ChannelFigures:
    total = found.total
    return {
        "total": total.processed,
        "success": total.completed,
        "failed": total.failed,
        "rateLimited": total.rate_limited,
        "totalProcessed": total.processed,
        "batchesProcessed": total.batches if found.is_everyones else None,
        "successRate": round(total.success_percent, 1),
        "avgProcessingTime": round(total.mean_ms, 1),
        "throughput": round(found.throughput_per_s, 2),
        "rateExceededCount": total.rate_limited,
        "lastProcessedTime": _iso(total.latest.get(PROCESSED_AT)),
        "workspaces": {
            name: {
                "total": own.processed,
                "success": own.completed,
                "failed": own.failed,
                "rateLimited": own.rate_limited,
            }
            for name, own in found.workspaces.items()
        },
    }


def _exceeded(total: Total) -> Exceeded:
    return {"count": total.rate_limited, "lastExceeded": _iso(total.latest.get(EXCEEDED_AT))}


def _in_detail(limits: WorkspaceLimits) -> ExceededInDetail:
    return {**_exceeded(limits.total), "details": [_detail(each) for each in limits.details]}


def _detail(each: Exceedance) -> ExceededDetail:
    return {
        "timestamp": to_iso(each.at),
        "batchSize": each.batch_size,
        "errorMessage": each.error,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else to_iso(at)
