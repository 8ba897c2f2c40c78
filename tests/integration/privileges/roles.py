"""What each function may do: the roles of the template that ships, with its references resolved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.package import template_of
from tests.integration.privileges.needs import ACCOUNT, REGION, arn
from tests.integration.privileges.policies import Json, Permission, permissions_of

STACK = "the-stack"
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
}
#: Resources are named by their logical ids, as moto gets them in these tests.
_ARNS = {
    "AWS::DynamoDB::Table": lambda name: arn("dynamodb", f"table/{name}"),
    "AWS::SQS::Queue": lambda name: arn("sqs", name),
    "AWS::IAM::Role": lambda name: f"arn:aws:iam::{ACCOUNT}:role/{name}",
    "AWS::Serverless::Function": lambda name: arn("lambda", f"function:{name}"),
}
LOG_GROUP = "AWS::Logs::LogGroup"
_IN_SUB = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Function:
    """A Lambda of the template: its name there, what brings it events, and what it may do.

    `log_group` None: Lambda makes one.
    """

    name: str
    events: Sequence[Json]
    permissions: Sequence[Permission]
    log_group: str | None = None


@dataclass(frozen=True)
class Stack:
    """The template's resources and parameters."""

    resources: Mapping[str, Json]
    parameters: Mapping[str, Json]

    def functions(self) -> dict[str, Function]:
        """By their names in app.py; the one that answers requests is `app`."""
        found = {
            name: each["Properties"]
            for name, each in self.resources.items()
            if each["Type"] == "AWS::Serverless::Function"
        }
        return {
            each["Handler"].partition(".")[2]: self._function(name, each)
            for name, each in found.items()
        }

    def _function(self, name: str, properties: Json) -> Function:
        events = [self.resolved(each) for each in properties.get("Events", {}).values()]
        role = self.resources[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
        statements = [
            statement
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        allowed = [p for each in statements for p in permissions_of(self.resolved(each))]
        log = self.resolved(properties.get("LoggingConfig", {}))
        return Function(name, events, allowed, log.get("LogGroup"))

    def resolved(self, said: Any) -> Any:  # noqa: ANN401 - any part of a template
        """The same with values for what refers to something."""
        match said:
            case {"Ref": name}:
                return self._ref(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": str(text)}:
                return _IN_SUB.sub(lambda found: self._in_sub(found[1]), text)
            case dict():
                return {key: self.resolved(value) for key, value in said.items()}
            case list():
                return [self.resolved(each) for each in said]
            case _:
                return said

    def _in_sub(self, name: str) -> str:
        head, dot, attribute = name.partition(".")
        return self._attribute(head, attribute) if dot else self._ref(name)

    def _ref(self, name: str) -> str:
        if name in self.parameters:
            return str(self.parameters[name].get("Default", ""))
        if (made := self.resources.get(name)) and made["Type"] == LOG_GROUP:
            return self.resolved(made["Properties"]["LogGroupName"])
        return _PSEUDO.get(name, name)

    def _attribute(self, name: str, attribute: str) -> str:
        if self.resources[name]["Type"] == LOG_GROUP:
            return arn("logs", f"log-group:{self._ref(name)}:*")
        made = _ARNS[self.resources[name]["Type"]](name)
        return f"{made}/stream/2026-11-26T00:00:00.000" if attribute == "StreamArn" else made


@cache
def stack() -> Stack:
    """What Chalice and infra/stack make together for production."""
    template = template_of("prod")
    return Stack(template["Resources"], template["Parameters"])
