"""The route of a workspace's series, for charts (contract, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalice.app import Blueprint, Request, Response
from typing_extensions import TypedDict

from chalicelib import wiring
from chalicelib.model.access import Permission
from chalicelib.model.channel import Channel
from chalicelib.model.instant import to_iso
from chalicelib.model.series import Bucket, Point
from chalicelib.model.tally import ACCEPTED, COMPLETED, FAILED, RATE_LIMITED
from chalicelib.web.answers import answer, answering
from chalicelib.web.guard import caller_in
from chalicelib.web.query_params import Params

routes = Blueprint(__name__)

#: How much is told where the caller does not say from when.
_USUAL = {
    Bucket.MINUTE: timedelta(hours=1),
    Bucket.HOUR: timedelta(days=1),
    Bucket.DAY: timedelta(days=30),
}


class Percentiles(TypedDict):
    """In ms, at most √2 too large; null where there was nothing to measure."""

    p50: int | None
    p90: int | None
    p99: int | None


class PointAnswer(TypedDict):
    """One bucket: jobs by what became of them in it, and how late and how slow callbacks were."""

    at: str
    accepted: int
    completed: int
    failed: int
    rateLimited: int
    latenessMs: Percentiles
    durationMs: Percentiles


AnalyticsAnswer = TypedDict(
    "AnalyticsAnswer",
    {"from": str, "to": str, "bucket": str, "channel": str | None, "series": list[PointAnswer]},
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    bucket: Bucket
    channel: Channel | None
    since: datetime
    until: datetime


@routes.route(
    "/api/businesses/{business_id}/communication-queue/analytics",
    methods=["GET"],
    content_types=["*/*"],
)
@answering
def analytics(business_id: str) -> Response:
    """Series of what happened to a business's jobs, empty buckets included."""
    caller_in(_request(), business_id, permission=Permission.VIEW)
    wanted = _wanted(Params.of(_request()), now=wiring.clock().now())
    points = wiring.read_series()(
        business_id,
        channels=tuple(Channel) if wanted.channel is None else (wanted.channel,),
        bucket=wanted.bucket,
        since=wanted.since,
        until=wanted.until,
    )
    body: AnalyticsAnswer = {
        "from": to_iso(wanted.since),
        "to": to_iso(wanted.until),
        "bucket": wanted.bucket.value,
        "channel": None if wanted.channel is None else wanted.channel.value,
        "series": [_point(point) for point in points],
    }
    return answer(body)


def _wanted(params: Params, *, now: datetime) -> _Wanted:
    bucket = Bucket(params.one_of("bucket", tuple(Bucket)) or Bucket.HOUR)
    until = params.instant("to") or now
    since = params.instant("from") or until - _USUAL[bucket]
    channel = params.channel()
    if since > until:
        params.fault("from", "must not be after 'to'")
    elif until - since > bucket.longest:
        days = bucket.longest.days
        params.fault("from", f"must be at most {days} days before 'to' for this bucket")
    params.done()
    return _Wanted(bucket, channel, since=since, until=until)


def _point(point: Point) -> PointAnswer:
    return {
        "at": to_iso(point.at),
        "accepted": point.figures.get(ACCEPTED, 0),
        "completed": point.figures.get(COMPLETED, 0),
        "failed": point.figures.get(FAILED, 0),
        "rateLimited": point.figures.get(RATE_LIMITED, 0),
        "latenessMs": _percentiles(point.lateness_ms),
        "durationMs": _percentiles(point.duration_ms),
    }


def _percentiles(found: Mapping[int, int | None]) -> Percentiles:
    return {"p50": found[50], "p90": found[90], "p99": found[99]}


def _request() -> Request:
    request: Request = routes.current_request
    return request
