"""The routes by which operators change one job, or hand over what is due."""

import asyncio

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.flow.administer import Changed
from chalicelib.flow.audit import Trace
from chalicelib.model.access import Permission
from chalicelib.model.audit import Act
from chalicelib.web.acts import Deed, audited
from chalicelib.web.administration import BASE
from chalicelib.web.answer_shapes import ChangedAnswer, DispatchedAnswer
from chalicelib.web.answers import answer, answering, no_content
from chalicelib.web.job_view import job_view

routes = Blueprint(__name__)

_ANY_TYPE = ["*/*"]
DELETED = "deleted"


@routes.route(f"{BASE}/{{job_id}}/retry", methods=["POST"], content_types=_ANY_TYPE)
@answering
def retry(business_id: str, job_id: str) -> Response:
    """Start a failed or cancelled job over."""

    def act(trace: Trace) -> Response:
        changed = wiring.administer().retry(business_id, job_id)
        return _changed("Job successfully queued for retry", changed, trace=trace)

    deed = Deed(business_id, Act.RETRY, Permission.RETRY, job_id)
    return audited(_request(), deed, do=act)


@routes.route(f"{BASE}/{{job_id}}/cancel", methods=["POST"], content_types=_ANY_TYPE)
@answering
def cancel(business_id: str, job_id: str) -> Response:
    """End a pending or processing job: no callback of it starts after the answer."""

    def act(trace: Trace) -> Response:
        changed = asyncio.run(wiring.administer().cancel(business_id, job_id))
        return _changed("Job cancelled successfully", changed, trace=trace)

    deed = Deed(business_id, Act.CANCEL, Permission.CANCEL, job_id)
    return audited(_request(), deed, do=act)


@routes.route(f"{BASE}/{{job_id}}", methods=["DELETE"], content_types=_ANY_TYPE)
@answering
def delete(business_id: str, job_id: str) -> Response:
    """Take a job away, with its payload and its history."""

    def act(trace: Trace) -> Response:
        gone = asyncio.run(wiring.administer().delete(business_id, job_id))
        trace.before, trace.after = gone.status.value, DELETED
        return no_content()

    deed = Deed(business_id, Act.DELETE, Permission.ADMINISTER, job_id)
    return audited(_request(), deed, do=act)


@routes.route(f"{BASE}/process-now", methods=["POST"], content_types=_ANY_TYPE)
@answering
def process_now(business_id: str) -> Response:
    """Hand over every due job of the business now, through the same rate limits."""

    def act(trace: Trace) -> Response:
        dispatched = wiring.process_now()(business_id)
        trace.after = f"{dispatched} dispatched"
        message = "Queue processing completed"
        body: DispatchedAnswer = {"success": True, "message": message, "dispatched": dispatched}
        return answer(body)

    deed = Deed(business_id, Act.PROCESS_NOW, Permission.ADMINISTER)
    return audited(_request(), deed, do=act)


def _changed(message: str, changed: Changed, *, trace: Trace) -> Response:
    trace.before, trace.after = changed.before.status.value, changed.after.job.status.value
    body: ChangedAnswer = {"success": True, "message": message, "job": job_view(changed.after)}
    return answer(body)


def _request() -> Request:
    request: Request = routes.current_request
    return request
