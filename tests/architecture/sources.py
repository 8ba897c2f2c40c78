"""The repository as the architecture tests see it: its files, and its Python files parsed."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

REPOSITORY = Path(__file__).resolve().parents[2]
#: What the product is made of, without its tests.
PRODUCT = ("app.py", "chalicelib")
#: All the Python that somebody has to read.
EVERYTHING = (*PRODUCT, "infra", "tests")
#: Folders that tools fill and git ignores, wherever they are.
NOT_OURS = frozenset(
    {".cloud", ".git", ".hypothesis", ".venv", "build", "deployments", "node_modules"}
)


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the repository's root, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file parsed."""
        return ast.parse(self.text, self.path)

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """All nodes of a kind, in no promised order."""
        return (node for node in ast.walk(self.tree) if isinstance(node, kind))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """All functions and methods, nested ones too."""
        yield from self.nodes(ast.FunctionDef)
        yield from self.nodes(ast.AsyncFunctionDef)


def files(*roots: str) -> Iterator[Path]:
    """The repository's own files below these roots, without what tools and builds left there."""
    for root in roots:
        start = REPOSITORY / root
        yield from [start] if start.is_file() else _below(start)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not _is_left_behind(path.name):
            yield from _below(path)
        elif path.is_file():
            yield path


def sources(*roots: str) -> Iterator[Source]:
    """The Python files below these roots."""
    for path in files(*roots):
        if path.suffix == ".py":
            yield Source(str(path.relative_to(REPOSITORY)), path.read_text("utf-8"))


def _is_left_behind(folder_name: str) -> bool:
    return folder_name in NOT_OURS or folder_name.endswith(("_cache", "__pycache__"))
