"""The routes by which operators see a workspace's jobs (contract, section 3)."""

from datetime import timedelta

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.flow.stats import Stats
from chalicelib.model.access import Permission
from chalicelib.model.cursor import seal_place
from chalicelib.model.instant import to_iso
from chalicelib.model.listing import Query
from chalicelib.model.status import Status
from chalicelib.web.answer_shapes import AuditPageAnswer, StatsAnswer
from chalicelib.web.answers import answer, answering
from chalicelib.web.audit_view import audit_view
from chalicelib.web.csv_export import csv_answer, csv_line
from chalicelib.web.guard import caller_in
from chalicelib.web.job_pages import array_answer, fitting, job_text, page_answer
from chalicelib.web.job_view import job_view
from chalicelib.web.query_params import Params

routes = Blueprint(__name__)

BASE = "/api/businesses/{business_id}/communication-queue"
_ANY_TYPE = ["*/*"]
_MOST = 500
_MOST_CSV_ROWS = 2_000
#: Reading payloads for an export ends here; API Gateway waits for 29 s.
_EXPORT_BUDGET = timedelta(seconds=12)


@routes.route(f"{BASE}/stats", methods=["GET"], content_types=_ANY_TYPE)
@answering
def stats(business_id: str) -> Response:
    """How many of the business's jobs are in each state."""
    caller_in(_request(), business_id, permission=Permission.VIEW)
    return answer(_stats_view(wiring.read_stats()(business_id)))


@routes.route(f"{BASE}/pending", methods=["GET"], content_types=_ANY_TYPE)
@answering
def pending(business_id: str) -> Response:
    """Pending jobs, soonest first."""
    query = Query(business_id, (Status.PENDING,), newest_first=False)
    return _array(query, default=10)


@routes.route(f"{BASE}/failed", methods=["GET"], content_types=_ANY_TYPE)
@answering
def failed(business_id: str) -> Response:
    """Failed jobs, newest first."""
    return _array(Query(business_id, (Status.FAILED,)), default=50)


@routes.route(f"{BASE}/jobs", methods=["GET"], content_types=_ANY_TYPE)
@answering
def jobs(business_id: str) -> Response:
    """The jobs that match, page by page: one status after the other, each the newest first."""
    caller_in(_request(), business_id, permission=Permission.VIEW)
    params = Params.of(_request())
    status = params.status()
    query = Query(business_id, (status,) if status else tuple(Status), params.filter())
    texts, cursor = _page(query, params, default=50)
    return page_answer(texts, cursor=cursor)


@routes.route(f"{BASE}/failed.csv", methods=["GET"], content_types=_ANY_TYPE)
@answering
def failed_csv(business_id: str) -> Response:
    """Failed jobs as CSV, page by page: the header `X-Next-Cursor` says where to go on."""
    caller_in(_request(), business_id, permission=Permission.VIEW)
    params = Params.of(_request())
    query = Query(business_id, (Status.FAILED,), params.filter())
    limit = params.limit(default=_MOST_CSV_ROWS, most=_MOST_CSV_ROWS)
    cursor = params.cursor(query)
    params.done()
    ends_at = wiring.clock().now() + _EXPORT_BUDGET
    found, rest = wiring.listing().load(query, cursor=cursor, limit=limit)
    lines, follow = fitting(
        found, rest=rest, text_of=csv_line, is_late=lambda: wiring.clock().now() > ends_at
    )
    text = follow.to_text(query) if follow else None
    return csv_answer(lines, cursor=text, with_head=cursor is None)


@routes.route(f"{BASE}/audit", methods=["GET"], content_types=_ANY_TYPE)
@answering
def audit(business_id: str) -> Response:
    """Who did what to which job, newest first."""
    caller_in(_request(), business_id, permission=Permission.ADMINISTER)
    params = Params.of(_request())
    binding = f"audit#{business_id}"
    limit, after = params.limit(default=50, most=_MOST), params.place(binding)
    params.done()
    entries, end = wiring.audit_trail().page(business_id, after=after, limit=limit)
    cursor = seal_place(binding, end) if end else None
    body: AuditPageAnswer = {"entries": [audit_view(each) for each in entries], "cursor": cursor}
    return answer(body)


@routes.route(
    f"{BASE}/by-communication/{{communication_id}}", methods=["GET"], content_types=_ANY_TYPE
)
@answering
def by_communication(business_id: str, communication_id: str) -> Response:
    """The jobs of one communication, oldest first."""
    caller_in(_request(), business_id, permission=Permission.VIEW)
    params = Params.of(_request())
    binding = f"communication#{business_id}#{communication_id}"
    limit, after = params.limit(default=_MOST, most=_MOST), params.place(binding)
    params.done()
    found, end = wiring.listing().communication(
        business_id, communication_id, after=after, limit=limit
    )
    texts, behind = fitting(found, rest=end, text_of=job_text)
    return array_answer(texts, cursor=seal_place(binding, behind) if behind else None)


@routes.route(f"{BASE}/{{job_id}}", methods=["GET"], content_types=_ANY_TYPE)
@answering
def job(business_id: str, job_id: str) -> Response:
    """One job."""
    caller_in(_request(), business_id, permission=Permission.VIEW)
    return answer(job_view(wiring.administer().find(business_id, job_id)))


def _array(query: Query, *, default: int) -> Response:
    caller_in(_request(), query.workspace_id, permission=Permission.VIEW)
    texts, cursor = _page(query, Params.of(_request()), default=default)
    return array_answer(texts, cursor=cursor)


def _page(query: Query, params: Params, *, default: int) -> tuple[list[str], str | None]:
    """The jobs of one page as JSON, and the cursor behind them."""
    limit, cursor = params.limit(default=default, most=_MOST), params.cursor(query)
    params.done()
    found, rest = wiring.listing().load(query, cursor=cursor, limit=limit)
    texts, follow = fitting(found, rest=rest, text_of=job_text)
    return texts, follow.to_text(query) if follow else None


def _stats_view(found: Stats) -> StatsAnswer:
    at = found.oldest_pending_at
    return {
        "total": found.total,
        "pending": found.counts[Status.PENDING],
        "processing": found.counts[Status.PROCESSING],
        "completed": found.counts[Status.COMPLETED],
        "failed": found.counts[Status.FAILED],
        "cancelled": found.counts[Status.CANCELLED],
        "oldestPending": None if at is None else to_iso(at),
        "avgProcessingTimeSeconds": round(found.mean_processing_s, 3),
    }


def _request() -> Request:
    request: Request = routes.current_request
    return request
