"""Who may come in: the one door that every route with a token goes through."""

from chalice.app import Request

from chalicelib.errors import Forbidden, NotFound
from chalicelib.model.access import Caller, Permission
from chalicelib.model.identity import is_id
from chalicelib.web.authentication import caller_of
from chalicelib.web.http_request import header
from chalicelib.web.tracing import let_in


def caller_with(request: Request, permission: Permission) -> Caller:
    """The caller, who has the permission; Unauthenticated or Forbidden where not."""
    return permitted(caller_of(header(request, "authorization")), permission)


def caller_in_workspace(request: Request, workspace_id: str) -> Caller:
    """The caller, who covers the workspace: a foreign one is as unknown as none at all."""
    caller = caller_of(header(request, "authorization"))
    if not is_id(workspace_id) or not caller.may_see(workspace_id):
        message = "There is no business with this id."
        raise NotFound(message, code="business_not_found")
    let_in(workspace_id)
    return caller


def caller_in(request: Request, workspace_id: str, *, permission: Permission) -> Caller:
    """The caller, who covers the workspace and has the permission."""
    return permitted(caller_in_workspace(request, workspace_id), permission)


def permitted(caller: Caller, permission: Permission) -> Caller:
    """The caller, who has the permission; Forbidden where not."""
    if not caller.may(permission):
        message = f"The role {caller.role} may not do this."
        raise Forbidden(message)
    return caller
