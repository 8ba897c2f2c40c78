"""Its IAM: asks for the permissions that AWS asks for, so that the stack's roles are tried here."""

import json
import time
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

_REMEMBERED_S = 1.0
_OF_STATEMENTS = ("dynamodb:BatchExecuteStatement", "dynamodb:ExecuteStatement")


def mend() -> None:
    """Name actions and resources as AWS does, and do not read all policies for each request."""
    _forget_batch_actions()
    _split_statements()
    _find_schedule_groups()
    _remember_principals()


def _forget_batch_actions() -> None:
    """SQS has no permission for batches: SendMessageBatch needs sqs:SendMessage."""
    action_of = iam_actions.extract_iam_action

    def known_action(*request: object) -> str | None:
        action = action_of(*request)
        of_sqs = action is not None and action.startswith("sqs:")
        return action.removesuffix("Batch") if of_sqs else action

    iam_actions.extract_iam_action = known_action


def _split_statements() -> None:
    """Nor has DynamoDB one for statements: each `UPDATE` needs PartiQLUpdate on its table."""
    checks_of = iam_actions.dynamodb_transaction_checks

    def checks(*request: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - as it is called
        action, body, *region_and_account = request
        if action not in _OF_STATEMENTS:
            return checks_of(*request)
        asked = json.loads(body)
        statements = asked.get("Statements", [asked])
        return [_check(each, *region_and_account) for each in statements]

    iam_actions.dynamodb_transaction_checks = checks


def _check(asked: dict[str, Any], *region_and_account: str) -> tuple[str, str]:
    parsed = dynamodb._parse_partiql(asked["Statement"], asked.get("Parameters", []))
    arn = iam_actions._dynamodb_table_arn(parsed["table"], *region_and_account)
    return f"dynamodb:PartiQL{parsed['op'].title()}", arn


def _find_schedule_groups() -> None:
    """A schedule's ARN has its group, which is in the body; it takes every one for the default."""
    resource_of = iam_actions.extract_resource_arn

    def resource_in_group(*request: object) -> str:
        resource = resource_of(*request)
        service, _method, _path, _headers, body, *_ = request
        if service != "scheduler" or ":schedule/default/" not in resource:
            return resource
        group = json.loads(body or b"{}").get("GroupName", "default")
        return resource.replace(":schedule/default/", f":schedule/{group}/")

    iam_actions.extract_resource_arn = resource_in_group


def _remember_principals() -> None:
    """Policies are gathered and parsed twice a request: 15 % of its CPU time under load."""
    resolve = iam_evaluator.resolve_principal
    known: dict[tuple[str, str], tuple[float, iam_evaluator.PrincipalInfo]] = {}

    def remembered(
        access_key_id: str, account_id: str, *credential: iam_evaluator.ResolvedCredential
    ) -> iam_evaluator.PrincipalInfo | iam_evaluator.AuthError:
        asked = (access_key_id, account_id)
        if asked in known and known[asked][0] > time.monotonic():
            return known[asked][1]
        principal = resolve(access_key_id, account_id, *credential)
        if isinstance(principal, iam_evaluator.PrincipalInfo):
            known[asked] = (time.monotonic() + _REMEMBERED_S, principal)
        return principal

    iam_evaluator.resolve_principal = remembered
