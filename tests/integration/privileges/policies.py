"""What an IAM policy allows, by the part of its language that our roles use; the rest is refused.

Source: IAM User Guide, "IAM JSON policy elements reference" (Action, Resource, Condition).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Values = frozenset[str]

#: What is before the name in an ARN: partition, service, region, account.
_ARN_SEGMENTS = 6
_WILD = {"*": ".*", "?": "."}
_KNOWN_ELEMENTS = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})


class UnknownPolicyError(Exception):
    """A policy says something that nobody here can judge."""


@dataclass(frozen=True)
class Need:
    """What a call asks IAM for: an action on a resource, and what the request says besides."""

    action: str
    resource: str
    context: Mapping[str, Values] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        said = "".join(
            f" ({key}: {', '.join(sorted(values))})" for key, values in self.context.items()
        )
        return f"{self.action} on {self.resource}{said}"


@dataclass(frozen=True)
class Condition:
    """One key of a condition, and the values that it may have."""

    operator: str
    key: str
    values: Values

    def holds(self, context: Mapping[str, Values]) -> bool:
        """StringEquals wants the key to be there; ForAllValues holds where there is no value."""
        said = context.get(self.key, frozenset())
        if self.operator == "StringEquals":
            return bool(said) and said <= self.values
        return all(any(_matches(each, pattern) for pattern in self.values) for each in said)

    def meets(self, context: Mapping[str, Values]) -> bool:
        """Whether any value of the request is one of these."""
        said = context.get(self.key, frozenset())
        return any(_matches(each, pattern) for each in said for pattern in self.values)


@dataclass(frozen=True)
class Permission:
    """One action on one resource; either may have wildcards."""

    action: str
    resource: str
    conditions: tuple[Condition, ...] = ()

    def allows(self, need: Need) -> bool:
        """Whether it is enough for a need."""
        return (
            _matches(need.action.lower(), self.action.lower())
            and _matches_arn(need.resource, self.resource)
            and all(condition.holds(need.context) for condition in self.conditions)
        )

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}"


def permissions_of(statement: Mapping[str, Any]) -> Iterator[Permission]:
    """Every action on every resource of a statement that allows."""
    if strange := statement.keys() - _KNOWN_ELEMENTS:
        raise UnknownPolicyError(f"nobody judges {', '.join(sorted(strange))} here")
    if statement["Effect"] != "Allow":
        raise UnknownPolicyError(f"nobody judges the effect {statement['Effect']} here")
    conditions = tuple(_conditions(statement.get("Condition", {})))
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Permission(action, resource, conditions)


def _conditions(said: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for operator, keys in said.items():
        if operator not in {"StringEquals", "ForAllValues:StringLike"}:
            raise UnknownPolicyError(f"nobody judges the condition {operator} here")
        for key, values in keys.items():
            yield Condition(operator, key, frozenset(_listed(values)))


def _listed(said: Any) -> Sequence[str]:  # noqa: ANN401 - one or several, as JSON has them
    return [said] if isinstance(said, str) else list(said)


def _matches(text: str, pattern: str) -> bool:
    expression = "".join(_WILD.get(each) or re.escape(each) for each in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _matches_arn(arn: str, pattern: str) -> bool:
    """Segment by segment: a wildcard ends at a colon, but for the last one."""
    said, asked = arn.split(":", _ARN_SEGMENTS - 1), pattern.split(":", _ARN_SEGMENTS - 1)
    if pattern == "*":
        return True
    return len(said) == len(asked) and all(map(_matches, said, asked))
