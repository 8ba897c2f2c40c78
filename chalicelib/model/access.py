"""Who may do what: roles, permissions and workspaces (contract, section 3)."""

from dataclasses import dataclass
from enum import StrEnum

from chalicelib.model.tally import EVERYONE


class Role(StrEnum):
    """The `role` claim of a token."""

    ADMIN = "admin"
    MANAGER = "manager"
    SUPPORT = "support"
    USER = "user"


class Permission(StrEnum):
    """What a route asks for; one a route."""

    SCHEDULE = "schedule"
    JOB_STATUS = "job_status"
    VIEW = "view"
    RETRY = "retry"
    CANCEL = "cancel"
    ADMINISTER = "administer"


_EVERYONE = frozenset({Permission.SCHEDULE, Permission.JOB_STATUS})
_SUPPORT = _EVERYONE | {Permission.VIEW, Permission.RETRY}
_MANAGER = _SUPPORT | {Permission.CANCEL}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: _MANAGER | {Permission.ADMINISTER},
    Role.MANAGER: _MANAGER,
    Role.SUPPORT: _SUPPORT,
    Role.USER: _EVERYONE,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: `workspaces` None means every workspace."""

    subject: str
    role: Role
    workspaces: frozenset[str] | None

    def may(self, permission: Permission) -> bool:
        """Whether the role has the permission."""
        return permission in PERMISSIONS[self.role]

    def may_see(self, workspace_id: str) -> bool:
        """Whether the workspace is one of the caller's; everyone together are no workspace."""
        if workspace_id == EVERYONE:
            return False
        return self.workspaces is None or workspace_id in self.workspaces
