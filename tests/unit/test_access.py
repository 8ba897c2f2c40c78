"""Roles, as the contract's table has them."""

import pytest

from chalicelib.model.access import Caller, Permission, Role
from chalicelib.model.tally import EVERYONE

EVERY_ROLE = {Role.ADMIN, Role.MANAGER, Role.SUPPORT, Role.USER}
STAFF = {Role.ADMIN, Role.MANAGER, Role.SUPPORT}

MAY = {
    Permission.SCHEDULE: EVERY_ROLE,
    Permission.JOB_STATUS: EVERY_ROLE,
    Permission.VIEW: STAFF,
    Permission.RETRY: STAFF,
    Permission.CANCEL: {Role.ADMIN, Role.MANAGER},
    Permission.ADMINISTER: {Role.ADMIN},
}


def a_caller(role: Role = Role.USER, *workspaces: str) -> Caller:
    return Caller(subject="somebody", role=role, workspaces=frozenset(workspaces))


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_a_role_may(role: Role, permission: Permission):
    assert a_caller(role).may(permission) == (role in MAY[permission])


def test_a_caller_sees_its_own_workspaces_only():
    caller = a_caller(Role.ADMIN, "w1", "w2")

    assert caller.may_see("w2")
    assert not caller.may_see("w3")


def test_a_caller_of_no_workspace_sees_none():
    assert not a_caller(Role.ADMIN).may_see("w1")


def test_everyone_together_are_no_workspace():
    root = Caller(subject="root", role=Role.ADMIN, workspaces=None)

    assert not root.may_see(EVERYONE)


def test_a_caller_of_every_workspace_sees_all():
    assert Caller(subject="root", role=Role.ADMIN, workspaces=None).may_see("w1")
