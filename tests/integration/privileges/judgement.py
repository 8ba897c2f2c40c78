"""Holds what a function needs against what its role allows, in sentences for whoever mends it."""

from collections.abc import Collection, Iterator

from tests.integration.privileges.policies import Condition, Need, Permission
from tests.integration.privileges.roles import Function

ROLES = "infra/stack/roles.yaml"
SCENARIOS = "tests/integration/privileges"


def faults(function: Function, needs: Collection[Need]) -> list[str]:
    """What is missing, what nothing needs, and what is wider than what is needed."""
    return [*_missing(function, needs), *_unused(function, needs), *_unused_values(function, needs)]


def _missing(function: Function, needs: Collection[Need]) -> Iterator[str]:
    denied = {
        (need.action, need.resource): need
        for need in needs
        if not any(permission.allows(need) for permission in function.permissions)
    }
    for need in denied.values():
        yield f"{function.name} needs {need}, and its role does not allow it: add it to {ROLES}"


def _unused(function: Function, needs: Collection[Need]) -> Iterator[str]:
    for permission in function.permissions:
        if not any(map(permission.allows, needs)):
            yield (
                f"{function.name} may {permission}, and needs it for nothing:"
                f" take it out of {ROLES}, or add what needs it to {SCENARIOS}"
            )


def _unused_values(function: Function, needs: Collection[Need]) -> Iterator[str]:
    for permission in function.permissions:
        said = [need.context for need in needs if permission.allows(need)]
        for condition in permission.conditions:
            for value in sorted(condition.values):
                alone = Condition(condition.operator, condition.key, frozenset({value}))
                if said and not any(alone.meets(context) for context in said):
                    yield _unused_value(function, permission, f"{condition.key} {value}")


def _unused_value(function: Function, permission: Permission, value: str) -> str:
    return f"{function.name} may {permission} for {value}, and needs that for nothing"
