"""A name says what a thing is for: the words that say nothing are kept out."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.architecture.sources import EVERYTHING, Source, sources

EMPTY_WORDS = frozenset({"util", "utils", "helper", "helpers", "manager", "managers", "common"})
#: The pieces of a name in snake_case or CamelCase.
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def faults(source: Source) -> Iterator[str]:
    """The files, folders, classes and functions whose names say nothing."""
    for part in PurePath(source.path).with_suffix("").parts:
        if _is_empty(part):
            yield f"{source.path} is named {part}"
    for definition in (*source.nodes(ast.ClassDef), *source.functions()):
        if _is_empty(definition.name):
            yield f"{source.path}:{definition.lineno} {definition.name}"


def _is_empty(name: str) -> bool:
    return bool(EMPTY_WORDS & {word.lower() for word in WORD.findall(name)})


def test_every_name_says_something():
    assert [fault for source in sources(*EVERYTHING) for fault in faults(source)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("chalicelib/utils.py", ""),
        ("chalicelib/common/job.py", ""),
        ("chalicelib/model/job_helpers.py", ""),
        ("sample.py", "class JobManager: ...\n"),
        ("sample.py", "async def a_helper(): ...\n"),
    ],
)
def test_a_sample_with_an_empty_name_is_found(path: str, text: str):
    assert len(list(faults(Source(path, text)))) == 1


@pytest.mark.parametrize("text", ["class Commonwealth: ...\n", "class Role:\n    MANAGER = 1\n"])
def test_a_sample_with_a_telling_name_passes(text: str):
    assert list(faults(Source("sample.py", text))) == []
