"""The routes of a workspace's own settings (contract, section 5)."""

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.errors import InvalidRequest
from chalicelib.flow.audit import Trace
from chalicelib.model.access import Permission
from chalicelib.model.audit import Act
from chalicelib.settings import settings
from chalicelib.web.acts import Deed, audited
from chalicelib.web.answers import answering, document
from chalicelib.web.faults import validated
from chalicelib.web.guard import caller_in
from chalicelib.web.json_body import json_object
from chalicelib.web.workspace_body import ALLOW_PRIVATE, SettingsAnswer, SettingsBody, WebhookView

routes = Blueprint(__name__)

_PATH = "/api/workspaces/{workspace_id}/settings"


@routes.route(_PATH, methods=["GET"], content_types=["*/*"])
@answering
def workspace_settings(workspace_id: str) -> Response:
    """What the workspace has chosen, else the defaults."""
    caller_in(_request(), workspace_id, permission=Permission.ADMINISTER)
    return _settings(workspace_id)


@routes.route(_PATH, methods=["PUT"], content_types=["*/*"])
@answering
def choose_workspace_settings(workspace_id: str) -> Response:
    """Replace what the workspace has chosen; a webhook that was disabled is enabled again."""

    def act(trace: Trace) -> Response:
        body = _read(_request())
        before = SettingsBody.of(wiring.workspaces().get(workspace_id))
        wiring.workspaces().put(workspace_id, body.chosen())
        _enable(workspace_id)
        trace.before, trace.after = before.model_dump_json(), body.model_dump_json()
        return _settings(workspace_id)

    return audited(_request(), Deed(workspace_id, Act.SETTINGS, Permission.ADMINISTER), do=act)


def _settings(workspace_id: str) -> Response:
    chosen = wiring.workspaces().get(workspace_id)
    webhook = WebhookView.of(wiring.destinations().of(workspace_id, since=wiring.clock().now()))
    return document(SettingsAnswer.of(chosen, webhook=webhook))


def _enable(workspace_id: str) -> None:
    health = wiring.healths().get(workspace_id)
    if health is not None and health.disabled_at is not None:
        wiring.healths().remove(workspace_id)


def _read(request: Request) -> SettingsBody:
    context = {ALLOW_PRIVATE: settings().is_on("ALLOW_PRIVATE_CALLBACKS")}
    body, faults = validated(SettingsBody, json_object(request), context=context)
    if body is None:
        message = "Something is wrong with the settings; see errors. Nothing was changed."
        raise InvalidRequest(message, faults=tuple(faults))
    return body


def _request() -> Request:
    request: Request = routes.current_request
    return request
