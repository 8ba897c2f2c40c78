"""The routes by which operators change many jobs at once."""

from dataclasses import replace

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.flow.audit import Trace
from chalicelib.flow.bulk import BulkResult
from chalicelib.model.access import Permission
from chalicelib.model.audit import Act
from chalicelib.model.listing import Cursor, Query
from chalicelib.model.status import Status
from chalicelib.web.acts import Deed, audited
from chalicelib.web.administration import BASE
from chalicelib.web.answer_shapes import BulkChangedAnswer
from chalicelib.web.answers import answer, answering
from chalicelib.web.bulk_request import BulkRequest
from chalicelib.web.json_body import json_object

routes = Blueprint(__name__)

_ANY_TYPE = ["*/*"]


@routes.route(f"{BASE}/retry-failed", methods=["POST"], content_types=_ANY_TYPE)
@answering
def retry_failed(business_id: str) -> Response:
    """Start all failed jobs that match over."""

    def act(trace: Trace) -> Response:
        query, cursor, is_dry = _asked(Query(business_id, (Status.FAILED,)))
        bulk = wiring.bulk()
        result = (bulk.count if is_dry else bulk.retry)(query, cursor=cursor)
        return _done(result, query, trace=trace)

    deed = Deed(business_id, Act.RETRY_FAILED, Permission.RETRY)
    return audited(_request(), deed, do=act)


@routes.route(f"{BASE}/cancel-pending", methods=["POST"], content_types=_ANY_TYPE)
@answering
def cancel_pending(business_id: str) -> Response:
    """Cancel all pending jobs that match."""

    def act(trace: Trace) -> Response:
        query, cursor, is_dry = _asked(Query(business_id, (Status.PENDING,), newest_first=False))
        bulk = wiring.bulk()
        result = (bulk.count if is_dry else bulk.cancel)(query, cursor=cursor)
        return _done(result, query, trace=trace)

    deed = Deed(business_id, Act.CANCEL_PENDING, Permission.CANCEL)
    return audited(_request(), deed, do=act)


def _asked(everything: Query) -> tuple[Query, Cursor | None, bool]:
    """What the body asks for: which jobs, from where on, and whether they are only counted."""
    body = BulkRequest.of(json_object(_request()))
    query = replace(everything, filter=body.wanted())
    return query, body.begin_at(query), body.dry_run


def _done(result: BulkResult, query: Query, *, trace: Trace) -> Response:
    trace.before, trace.after = f"{result.matched} matched", f"{result.changed} changed"
    body: BulkChangedAnswer = {
        "success": True,
        "matched": result.matched,
        "changed": result.changed,
        "remaining": result.remaining,
        "cursor": result.cursor.to_text(query) if result.cursor else None,
    }
    return answer(body)


def _request() -> Request:
    request: Request = routes.current_request
    return request
