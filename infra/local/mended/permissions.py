"""Its IAM: asks for the permissions that AWS asks for, so that the stack's roles are tried here."""

import json

from ministack.core import iam_actions


def mend() -> None:
    """Correct the action and the resource of the requests that it names differently from AWS."""
    _forget_batch_actions()
    _find_schedule_groups()


def _forget_batch_actions() -> None:
    """SQS has no permission for batches: SendMessageBatch needs sqs:SendMessage."""
    action_of = iam_actions.extract_iam_action

    def known_action(*request: object) -> str | None:
        action = action_of(*request)
        of_sqs = action is not None and action.startswith("sqs:")
        return action.removesuffix("Batch") if of_sqs else action

    iam_actions.extract_iam_action = known_action


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
