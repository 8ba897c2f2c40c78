"""What the evaluator of policies makes of them; and that the emulator's engine agrees."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from tests.architecture.sources import REPOSITORY
from tests.integration.privileges.needs import arn
from tests.integration.privileges.policies import (
    Json,
    Need,
    Permission,
    UnknownPolicyError,
    permissions_of,
)
from tests.integration.privileges.roles import stack

TABLE = arn("dynamodb", "table/JobsTable")
KEYS = "dynamodb:LeadingKeys"
PASSED_TO = "iam:PassedToService"
#: Asks the engine that the local cloud enforces roles with; what is not allowed is denied.
_EMULATOR = """
import json, sys
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document
asked = json.load(sys.stdin)
print(json.dumps([
    [
        evaluate(
            EvalContext("arn", "AssumedRole", "123456789012", need["action"], need["resource"],
                        "us-east-1", service_context=need["context"]),
            [parse_policy_document({"Statement": statements})],
        ).decision == "Allow"
        for need in asked["needs"]
    ]
    for statements in asked["roles"]
]))
"""


def a_statement(**changes: object) -> Json:
    usual = {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE}
    return {**usual, **changes}


def allows(statement: Json, need: Need) -> bool:
    return any(permission.allows(need) for permission in permissions_of(statement))


def a_need(
    action: str = "dynamodb:GetItem", resource: str = TABLE, **context: tuple[str, ...]
) -> Need:
    said = {KEYS if key == "keys" else PASSED_TO: frozenset(v) for key, v in context.items()}
    return Need(action, resource, said)


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ({}, True),
        ({"Action": ["dynamodb:Query", "dynamodb:GetItem"]}, True),
        ({"Action": "DynamoDB:getitem"}, True),
        ({"Action": "dynamodb:Get*"}, True),
        ({"Action": "dynamodb:GetIte?"}, True),
        ({"Action": "dynamodb:GetItem?"}, False),
        ({"Action": "dynamodb:Query"}, False),
        ({"Action": "dynamodb.GetItem"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": [f"{TABLE}/index/agenda", TABLE]}, True),
        ({"Resource": f"{TABLE}/index/*"}, False),
        ({"Resource": TABLE.lower()}, False),
        ({"Resource": "arn:aws:dynamodb:*:123456789012:table/Jobs*"}, True),
        ({"Resource": "arn:aws:dynamodb:*"}, False),
        ({"Resource": f"{TABLE}2"}, False),
    ],
)
def test_an_action_and_a_resource_are_compared_as_iam_does(said: Json, *, allowed: bool):
    assert allows(a_statement(**said), a_need()) is allowed


@pytest.mark.parametrize(
    ("condition", "context", "met"),
    [
        ({"StringEquals": {PASSED_TO: "a.b"}}, {"service": ("a.b",)}, True),
        ({"StringEquals": {PASSED_TO: ["x", "a.b"]}}, {"service": ("a.b",)}, True),
        ({"StringEquals": {PASSED_TO: "a*"}}, {"service": ("a.b",)}, False),
        ({"StringEquals": {PASSED_TO: "a.b"}}, {}, False),
        ({"ForAllValues:StringLike": {KEYS: ["a#*", "b#*"]}}, {"keys": ("a#1", "b#2")}, True),
        ({"ForAllValues:StringLike": {KEYS: "a#*"}}, {"keys": ("a#1", "b#2")}, False),
        ({"ForAllValues:StringLike": {KEYS: "a#*"}}, {}, True),
        (
            {"StringEquals": {PASSED_TO: "a"}, "ForAllValues:StringLike": {KEYS: "a#*"}},
            {"service": ("a",), "keys": ("b#1",)},
            False,
        ),
    ],
)
def test_every_condition_has_to_hold(condition: Json, context: dict[str, Any], *, met: bool):
    assert allows(a_statement(Condition=condition), a_need(**context)) is met


@pytest.mark.parametrize(
    "said",
    [
        {"Effect": "Deny"},
        {"NotAction": "dynamodb:*"},
        {"Condition": {"StringNotEquals": {KEYS: "x"}}},
    ],
)
def test_what_it_cannot_judge_is_refused(said: Json):
    with pytest.raises(UnknownPolicyError, match="nobody judges"):
        list(permissions_of(a_statement(**said)))


def test_the_emulator_s_engine_judges_the_roles_alike():
    roles = [function.permissions for function in stack().functions().values()]
    needs = [need for each in {p for role in roles for p in role} for need in _close_to(each)]
    ours = [[any(p.allows(need) for p in role) for need in needs] for role in roles]

    assert _by_the_emulator(roles, needs) == ours
    assert all({*verdicts} == {True, False} for verdicts in ours)


def _close_to(permission: Permission) -> list[Need]:
    """What it allows as far as names go, by whom conditions want, by somebody else, and nobody."""
    resource = permission.resource.replace("*", "anything")
    wanted = {
        c.key: frozenset(v.replace("*", "1") for v in c.values) for c in permission.conditions
    }
    contexts = [wanted, {key: frozenset({"else"}) for key in wanted}, {}]
    return [Need(permission.action, resource, context) for context in contexts]


def _said(values: frozenset[str]) -> str | list[str]:
    """As the emulator has it: one value is no list."""
    return sorted(values) if len(values) > 1 else next(iter(values))


def _by_the_emulator(
    roles: Sequence[Sequence[Permission]], needs: Sequence[Need]
) -> list[list[bool]]:
    """For each role, whether each need is met."""
    asked = {
        "roles": [[_statement(each) for each in role] for role in roles],
        "needs": [
            {
                "action": need.action,
                "resource": need.resource,
                "context": {key.lower(): _said(values) for key, values in need.context.items()},
            }
            for need in needs
        ],
    }
    python = REPOSITORY / ".cloud" / "bin" / "python"
    said = subprocess.run(
        [python, "-c", _EMULATOR],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(said.stdout)


def _statement(permission: Permission) -> Json:
    return {
        "Effect": "Allow",
        "Action": permission.action,
        "Resource": permission.resource,
        "Condition": {c.operator: {c.key: sorted(c.values)} for c in permission.conditions},
    }
