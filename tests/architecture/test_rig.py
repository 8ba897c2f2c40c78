"""What ships, what measures and what tests: they meet in tests/rig, and nowhere else."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import REPOSITORY, Source, sources

#: Where from → what must not be imported there. Dots count: `tests.rig` is none of `tests.unit`.
FORBIDDEN = {
    "app.py": r"(tests|infra)\b",
    "chalicelib": r"(tests|infra)\b",
    "infra": r"tests\b(?!\.rig\b)",
    "tests": r"infra\.bench\b",
}
#: What `make run` and a deployment use: no rig is there.
WITHOUT_RIG = ("infra/bench/", "infra/mutants.py")
PATHS = re.compile(r"`((?:tests|infra|docs)/[\w./*-]+)`")


def imported(source: Source) -> Iterator[str]:
    for node in source.nodes(ast.Import):
        yield from (each.name for each in node.names)
    for node in source.nodes(ast.ImportFrom):
        yield from (f"{node.module}.{each.name}" for each in node.names)


@pytest.mark.parametrize("root", FORBIDDEN)
def test_nothing_is_imported_from_where_it_does_not_belong(root: str):
    found = [
        f"{source.path} imports {name}"
        for source in sources(root)
        for name in imported(source)
        if re.match(FORBIDDEN[root], name)
    ]

    assert found == []


def test_only_benches_use_the_rig():
    found = [
        f"{source.path} imports {name}"
        for source in sources("infra")
        for name in imported(source)
        if name.startswith("tests.rig") and not source.path.startswith(WITHOUT_RIG)
    ]

    assert found == []


def test_what_is_in_memory_does_not_ship():
    assert [each.path for each in sources("chalicelib") if "memory" in each.path] == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md"])
def test_the_files_that_a_page_names_are_there(page: str):
    named = PATHS.findall((REPOSITORY / page).read_text("utf-8"))

    assert named
    assert [each for each in named if not list(REPOSITORY.glob(each.rstrip("/")))] == []
