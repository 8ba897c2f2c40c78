"""Acts of operators over HTTP: who may do them, and their entry in the audit trail."""

from collections.abc import Callable
from dataclasses import dataclass

from chalice.app import Request, Response

from chalicelib import wiring
from chalicelib.errors import Forbidden
from chalicelib.flow.audit import Trace
from chalicelib.model.access import Caller, Permission
from chalicelib.model.audit import Act, AuditEntry
from chalicelib.model.tally import EVERYONE
from chalicelib.web.answers import request_id
from chalicelib.web.authentication import caller_of
from chalicelib.web.guard import caller_in_workspace, permitted
from chalicelib.web.http_request import header, source_ip


@dataclass(frozen=True, slots=True)
class Deed:
    """What a route does to a workspace: the act, and the permission that it takes."""

    #: None: all of them together.
    workspace_id: str | None
    act: Act
    permission: Permission
    job_id: str | None = None


def audited(request: Request, deed: Deed, *, do: Callable[[Trace], Response]) -> Response:
    """Do it, and leave one entry, whichever way it ends.

    Nobody leaves an entry in a workspace that is not theirs: there, the route is a 404. What is
    done to all of them together takes a token that covers them all.
    """
    return recorded(request, deed, caller=_caller(request, deed), do=do)


def recorded(
    request: Request, deed: Deed, *, caller: Caller, do: Callable[[Trace], Response]
) -> Response:
    """The same for a caller who is known already."""

    def allowed(trace: Trace) -> Response:
        permitted(caller, deed.permission)
        if deed.workspace_id is None and caller.workspaces is not None:
            message = "The token covers some workspaces only: say which one is meant."
            raise Forbidden(message, code="foreign_workspace")
        return do(trace)

    return wiring.audited()(_entry(request, deed, caller=caller), allowed)


def _caller(request: Request, deed: Deed) -> Caller:
    if deed.workspace_id is None:
        return caller_of(header(request, "authorization"))
    return caller_in_workspace(request, deed.workspace_id)


def _entry(request: Request, deed: Deed, *, caller: Caller) -> AuditEntry:
    now = wiring.clock().now()
    return AuditEntry(
        id=wiring.chance().new_id(at=now),
        at=now,
        workspace_id=deed.workspace_id or EVERYONE,
        act=deed.act,
        subject=caller.subject,
        role=caller.role.value,
        source_ip=source_ip(request),
        request_id=request_id(request),
        job_id=deed.job_id,
    )
