"""The routes of the metrics (contract, section 4)."""

import contextlib
from typing import Literal

from chalice.app import Blueprint, Request, Response
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from chalicelib import wiring
from chalicelib.errors import CallerError, InvalidRequest
from chalicelib.flow.audit import Trace
from chalicelib.flow.metrics import MEASURED, Place
from chalicelib.model.access import Caller, Permission
from chalicelib.model.audit import Act
from chalicelib.model.channel import Channel
from chalicelib.model.cursor import seal, unseal
from chalicelib.model.identity import is_id
from chalicelib.model.tally import EVERYONE
from chalicelib.web.acts import Deed, audited
from chalicelib.web.answers import answer, answering
from chalicelib.web.body import Body
from chalicelib.web.faults import validated
from chalicelib.web.guard import caller_in, caller_with
from chalicelib.web.json_body import json_object
from chalicelib.web.metrics_view import backends_view, metrics_view, workspace_metrics_view
from chalicelib.web.query_params import Params
from chalicelib.web.requests import Id

routes = Blueprint(__name__)

_ANY_TYPE = ["*/*"]
#: Workspaces on one page (contract, section 4).
MOST_WORKSPACES = 100


class ResetRequest(Body):
    """`POST /api/metrics/reset`: `type` and `workspaceId` narrow it down."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid")

    type: Literal["sms", "email"] | None = None
    workspace_id: Id | None = None


class ResetAnswer(TypedDict):
    """What was reset, as a sentence."""

    success: bool
    message: str


@routes.route("/api/metrics", methods=["GET"], content_types=_ANY_TYPE)
@answering
def metrics() -> Response:
    """How the channels are doing, and the busiest of the caller's workspaces."""
    caller = caller_with(_request(), Permission.VIEW)
    params = Params.of(_request())
    limit = params.limit(default=MOST_WORKSPACES, most=MOST_WORKSPACES)
    after = params.sealed("cursor", lambda text: _unsealed(text, caller))
    params.done()
    found = wiring.read_metrics()(caller.workspaces, after=after, limit=limit)
    follow = _sealed(found.next_place, caller) if found.next_place else None
    now = wiring.clock().now()
    breakers = {channel: wiring.circuit_breaker().of(channel) for channel in Channel}
    backends = backends_view(breakers, at=now)
    return answer(metrics_view(found, backends=backends, cursor=follow, at=now))


@routes.route("/api/metrics/workspace/{workspace_id}", methods=["GET"], content_types=_ANY_TYPE)
@answering
def workspace_metrics(workspace_id: str) -> Response:
    """How often a workspace exceeded a rate, and the newest batches in which it did."""
    caller_in(_request(), workspace_id, permission=Permission.VIEW)
    limits = wiring.read_metrics().of_workspace(workspace_id)
    return answer(workspace_metrics_view(workspace_id, limits, at=wiring.clock().now()))


@routes.route("/api/metrics/reset", methods=["POST"], content_types=_ANY_TYPE)
@answering
def reset_metrics() -> Response:
    """Let the metrics begin at 0: of one workspace, or of everyone; on one channel, or on both."""

    def act(trace: Trace) -> Response:
        wanted = _read(json_object(_request()))
        channels = MEASURED if wanted.type is None else (Channel(wanted.type),)
        scopes = None if wanted.workspace_id is None else [wanted.workspace_id]
        wiring.read_metrics().reset(channels, scopes)
        named = " and ".join(channel.value for channel in channels)
        trace.after = f"{named} reset"
        of_whom = wanted.workspace_id or "all workspaces"
        message = f"Metrics of {of_whom} were reset ({named})."
        body: ResetAnswer = {"success": True, "message": message}
        return answer(body)

    deed = Deed(_workspace_named(_request()), Act.METRICS_RESET, Permission.ADMINISTER)
    return audited(_request(), deed, do=act)


def _workspace_named(request: Request) -> str | None:
    """The workspace of a reset, for its audit entry; None where the body names none."""
    with contextlib.suppress(CallerError):
        named = json_object(request).get("workspaceId")
        if isinstance(named, str) and is_id(named):
            return named
    return None


def _read(body: dict[str, object]) -> ResetRequest:
    wanted, faults = validated(ResetRequest, body)
    if wanted is None:
        message = "Something is wrong with the request; see errors. Nothing was reset."
        raise InvalidRequest(message, faults=tuple(faults))
    return wanted


def _sealed(place: Place, caller: Caller) -> str:
    return seal(_binding(caller), str(-place.minus_processed), place.workspace_id)


def _unsealed(text: str, caller: Caller) -> Place:
    match unseal(_binding(caller), text):
        case [str(processed), str(workspace_id)] if processed.isdecimal() and len(processed) < 20:  # noqa: PLR2004
            return Place(-int(processed), workspace_id)
        case _:
            raise ValueError("it is no cursor")


def _binding(caller: Caller) -> str:
    covered = caller.workspaces
    return f"metrics#{EVERYONE if covered is None else '#'.join(sorted(covered))}"


def _request() -> Request:
    request: Request = routes.current_request
    return request
