"""The packaged template as CloudFormation sees it once parameters are given."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

Node = Any
_GONE = {"Ref": "AWS::NoValue"}


@dataclass(frozen=True)
class Template:
    """A template whose conditions are decided by parameters; other references stay as they are."""

    raw: dict[str, Any]
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, path: Path, **parameters: str) -> "Template":
        """Read it; parameters that are not given have their defaults."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        defaults = {name: each.get("Default") for name, each in raw["Parameters"].items()}
        return cls(raw, {**defaults, **parameters})

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """What would be made, by logical id."""
        return {
            name: self._decided(each)
            for name, each in self.raw["Resources"].items()
            if "Condition" not in each or self.holds({"Condition": each["Condition"]})
        }

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """The properties of the resources of a type, by logical id."""
        return {
            name: each.get("Properties", {})
            for name, each in self.resources.items()
            if each["Type"] == kind
        }

    def mappings(self, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each function that is fed by SQS or by DynamoDB, and what feeds it: their properties."""
        for function in self.of_type("AWS::Serverless::Function").values():
            for event in function.get("Events", {}).values():
                if event["Type"] == kind:
                    yield function, event["Properties"]

    def holds(self, condition: Node) -> bool:
        """Whether a condition is true."""
        [(name, content)] = condition.items()
        match name:
            case "Condition":
                return self.holds(self.raw["Conditions"][content])
            case "Fn::Equals":
                one, other = (self._value(each) for each in content)
                return one == other
            case "Fn::Not":
                return not self.holds(content[0])
            case "Fn::And":
                return all(self.holds(each) for each in content)
            case "Fn::Or":
                return any(self.holds(each) for each in content)
        raise ValueError(f"{name} is no condition")

    def _value(self, node: Node) -> Node:
        return self.parameters[node["Ref"]] if isinstance(node, dict) else node

    def _decided(self, node: Node) -> Node:
        if isinstance(node, list):
            return [each for item in node if (each := self._decided(item)) != _GONE]
        if not isinstance(node, dict):
            return node
        if "Fn::If" in node:
            condition, true, false = node["Fn::If"]
            return self._decided(true if self.holds({"Condition": condition}) else false)
        decided = {key: self._decided(value) for key, value in node.items()}
        return {key: value for key, value in decided.items() if value != _GONE or key == "Ref"}


def target(reference: dict[str, Any]) -> str:
    """The logical id that a Ref or a GetAtt names."""
    return reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
