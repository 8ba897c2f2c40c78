"""What import-linter cannot say: who may import adapters and app.py, and read the environment."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PRODUCT, Source, sources

ENVIRONMENT = frozenset({"os.environ", "os.getenv", "os.environb", "os.putenv"})


def imported(source: Source) -> Iterator[str]:
    """Every module, and every name taken from a module, in dots."""
    for plain in source.nodes(ast.Import):
        yield from (alias.name for alias in plain.names)
    for chosen in source.nodes(ast.ImportFrom):
        yield chosen.module or ""
        yield from (f"{chosen.module}.{alias.name}" for alias in chosen.names)


def imports_of(source: Source, module: str) -> list[str]:
    """What this file imports of a module and of what is below it."""
    return sorted({n for n in imported(source) if n == module or n.startswith(f"{module}.")})


def environment_reads(source: Source) -> Iterator[str]:
    """Where a file asks the process for its environment."""
    for node in source.nodes(ast.Attribute):
        if ast.unparse(node) in ENVIRONMENT:
            yield f"{source.path}:{node.lineno} {ast.unparse(node)}"
    yield from (f"{source.path} {name}" for name in imported(source) if name in ENVIRONMENT)


def relative_imports(source: Source) -> list[str]:
    """Imports by dots, which would slip through the other checks."""
    return [f"{source.path}:{n.lineno}" for n in source.nodes(ast.ImportFrom) if n.level]


def test_nothing_imports_the_switchboard():
    assert [s.path for s in sources("chalicelib") if imports_of(s, "app")] == []


def test_only_the_wiring_imports_adapters():
    importers = {s.path for s in sources(*PRODUCT) if imports_of(s, "chalicelib.adapters")}

    rooms = ("chalicelib/adapters/", "chalicelib/wiring/")
    assert {path for path in importers if not path.startswith(rooms)} == set()


def test_only_the_settings_read_the_environment():
    readers = [s for s in sources(*PRODUCT) if s.path != "chalicelib/settings.py"]

    assert [read for source in readers for read in environment_reads(source)] == []


def test_every_import_is_absolute():
    assert [found for source in sources(*PRODUCT) for found in relative_imports(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import chalicelib.adapters.sqs_queues as q\n",
        "from chalicelib import adapters\n",
        "from chalicelib.adapters import sqs_queues\n",
        "def f():\n    from chalicelib.adapters.sqs_queues import SqsQueues\n",
    ],
)
def test_a_sample_that_imports_an_adapter_is_found(text: str):
    assert imports_of(Source("sample.py", text), "chalicelib.adapters")


@pytest.mark.parametrize("text", ["import app\n", "from app import release\n"])
def test_a_sample_that_imports_the_switchboard_is_found(text: str):
    assert imports_of(Source("sample.py", text), "app")
    assert not imports_of(Source("sample.py", "import apple\n"), "app")


@pytest.mark.parametrize(
    "text",
    [
        "import os\nx = os.environ['A']\n",
        "import os\nx = os.getenv('A')\n",
        "from os import environ\n",
    ],
)
def test_a_sample_that_reads_the_environment_is_found(text: str):
    assert len(list(environment_reads(Source("sample.py", text)))) == 1


def test_a_sample_with_a_relative_import_is_found():
    assert relative_imports(Source("sample.py", "from .adapters import sqs_queues\n"))
