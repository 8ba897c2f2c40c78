"""Reads the stack's YAML files into one CloudFormation template, to be merged into Chalice's.

``python -m infra.merge`` prints it, for ``chalice package --merge-template``.
"""

import json
from pathlib import Path
from typing import Any

import yaml

Template = dict[str, Any]

STACK_FOLDER = Path(__file__).parent / "stack"
#: What only the local stage has besides.
LOCAL_FOLDER = Path(__file__).parent / "local" / "template"


class ClashError(Exception):
    """Two stack files say different things about the same key."""


def stack_template(*, is_local: bool = False) -> Template:
    """The stack's files as one template, the short tags in their long form."""
    merged: Template = {}
    for folder in (STACK_FOLDER, LOCAL_FOLDER) if is_local else (STACK_FOLDER,):
        for path in sorted(folder.glob("*.yaml")):
            _merge_into(merged, _read(path), where=path.name)
    return merged


def _read(path: Path) -> Template:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_StackLoader)  # noqa: S506 a SafeLoader


def _merge_into(target: Template, source: Template, *, where: str) -> None:
    for key, value in source.items():
        if key not in target:
            target[key] = value
        elif isinstance(target[key], dict) and isinstance(value, dict):
            _merge_into(target[key], value, where=f"{where}: {key}")
        else:
            raise ClashError(f"{where}: {key} is given twice")


class _StackLoader(yaml.SafeLoader):
    """YAML with CloudFormation's tags: ``!Ref X`` becomes ``{"Ref": "X"}``."""


def _intrinsic(*call: Any) -> Template:  # noqa: ANN401 - what PyYAML passes
    """Called by PyYAML with the loader, the tag without its ``!``, and the node."""
    loader, tag, node = call
    value = _plain(loader, node)
    if tag in {"Ref", "Condition"}:
        return {tag: value}
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{tag}": value}


def _plain(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_StackLoader.add_multi_constructor("!", _intrinsic)


if __name__ == "__main__":
    print(json.dumps(stack_template(), indent=2))
