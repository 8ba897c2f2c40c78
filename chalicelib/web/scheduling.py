"""The routes that schedule, and the one that tells how a job is doing (contract, section 1)."""

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.errors import Forbidden, NotFound
from chalicelib.flow.schedule_once import Receipt
from chalicelib.model.access import Caller, Permission, Role
from chalicelib.model.channel import Channel
from chalicelib.model.identity import is_id
from chalicelib.model.instant import ceil_ms
from chalicelib.settings import settings
from chalicelib.web.answer_shapes import BulkScheduledAnswer, ScheduledAnswer
from chalicelib.web.answers import answer, answering
from chalicelib.web.asked import Asked
from chalicelib.web.guard import caller_with
from chalicelib.web.http_request import header
from chalicelib.web.idempotency import key_of, replay_headers
from chalicelib.web.job_view import status_view
from chalicelib.web.json_body import json_object
from chalicelib.web.tracing import let_in

routes = Blueprint(__name__)

#: The content type is checked by us, so that the answer has the contract's shape.
_ANY_TYPE = ["*/*"]
_NAMES = {Channel.SMS: "SMS", Channel.EMAIL: "Email", Channel.GENERAL: "Job"}


@routes.route("/api/schedule-sms", methods=["POST"], content_types=_ANY_TYPE)
@answering
def schedule_sms() -> Response:
    """One SMS."""
    return _schedule_one(Channel.SMS)


@routes.route("/api/schedule-email", methods=["POST"], content_types=_ANY_TYPE)
@answering
def schedule_email() -> Response:
    """One email."""
    return _schedule_one(Channel.EMAIL)


@routes.route("/api/jobs", methods=["POST"], content_types=_ANY_TYPE)
@answering
def schedule_job() -> Response:
    """One job of the general queue: any JSON to any allowed callback path."""
    return _schedule_one(Channel.GENERAL)


@routes.route("/api/schedule-sms/bulk", methods=["POST"], content_types=_ANY_TYPE)
@answering
def schedule_sms_bulk() -> Response:
    """Up to 5,000 SMS of one workspace."""
    return _schedule_many(Channel.SMS)


@routes.route("/api/schedule-email/bulk", methods=["POST"], content_types=_ANY_TYPE)
@answering
def schedule_email_bulk() -> Response:
    """Up to 5,000 emails of one workspace."""
    return _schedule_many(Channel.EMAIL)


@routes.route("/api/job-status/{job_id}", methods=["GET"], content_types=_ANY_TYPE)
@answering
def job_status(job_id: str) -> Response:
    """How a job is doing; another workspace's job is as unknown as one that never was."""
    caller = _caller(Permission.JOB_STATUS)
    entry = wiring.store().get(job_id) if is_id(job_id) else None
    if entry is None or not caller.may_see(entry.job.workspace_id):
        message = "There is no job with this id."
        raise NotFound(message, code="job_not_found")
    return answer(status_view(entry))


def _schedule_one(channel: Channel) -> Response:
    receipt = _scheduled(channel, in_bulk=False)
    message = f"{_NAMES[channel]} scheduled successfully"
    body: ScheduledAnswer = {"success": True, "jobId": receipt.job_ids[0], "message": message}
    return answer(body, headers=replay_headers(receipt))


def _schedule_many(channel: Channel) -> Response:
    receipt = _scheduled(channel, in_bulk=True)
    ids = list(receipt.job_ids)
    body: BulkScheduledAnswer = {"success": True, "accepted": len(ids), "jobIds": ids}
    return answer(body, headers=replay_headers(receipt))


def _scheduled(channel: Channel, *, in_bulk: bool) -> Receipt:
    """Refuses all that can be refused before a key is looked up: nobody probes another's keys."""
    asked = Asked(
        caller=_scheduler(),
        channel=channel,
        in_bulk=in_bulk,
        key=key_of(_request()),
        body=json_object(_request()),
        at=ceil_ms(wiring.clock().now()),
    )
    drafts = asked.drafts()
    _check_workspace(asked.caller, drafts[0].workspace_id)
    if (request := asked.keyed(drafts)) is None:
        return Receipt([job.id for job in wiring.schedule()(drafts)])
    return wiring.schedule_once()(request, asked.drafts_at, at=asked.at)


def _scheduler() -> Caller:
    """The caller who schedules; what this service itself sends must not: it would never end."""
    if header(_request(), "webhook-id") is not None:
        message = "What has a webhook-id header is a webhook or a callback; those schedule nothing."
        raise Forbidden(message, code="webhook_loop")
    return _caller(Permission.SCHEDULE)


def _caller(permission: Permission) -> Caller:
    """The caller, with the permission; OPEN_SCHEDULING lets anybody schedule."""
    anonymous = header(_request(), "authorization") is None
    if anonymous and settings().is_on("OPEN_SCHEDULING"):
        return Caller(subject="anonymous", role=Role.USER, workspaces=None)
    return caller_with(_request(), permission)


def _check_workspace(caller: Caller, workspace_id: str) -> None:
    if not caller.may_see(workspace_id):
        message = "The token does not cover this workspace."
        raise Forbidden(message, code="foreign_workspace")
    let_in(workspace_id)


def _request() -> Request:
    request: Request = routes.current_request
    return request
