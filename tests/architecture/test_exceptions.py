"""Catching everything hides faults: who does it is on a list here, with the reason."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, sources

#: path → why everything must be caught there. An entry that is no longer needed fails too.
ALLOWED: dict[str, str] = {
    "chalicelib/flow/post_notices.py": "what has no name must lose no notice: no rescue finds it",
    "chalicelib/observe.py": "Lambda prints what an exception says, which may quote a message",
    "chalicelib/web/answers.py": "a caller gets the contract's 500, and the log gets the traceback",
    "chalicelib/web/board_faults.py": "the same for the board, which shows its own shape only",
}

BROAD = frozenset({"Exception", "BaseException"})


def broad_catches(source: Source) -> Iterator[str]:
    """Where everything is caught: a bare except, or one of Exception, or a suppress of it."""
    for node in ast.walk(source.tree):
        caught = _caught(node)
        if caught is not None and (not caught or caught & BROAD):
            yield f"{source.path}:{getattr(node, 'lineno', 0)}"


def _caught(node: ast.AST) -> set[str] | None:
    """The names that a node catches; none of them for a bare except; None where it is no catch."""
    match node:
        case ast.ExceptHandler(type=None):
            return set()
        case ast.ExceptHandler(type=ast.expr() as kind):
            return _names(kind)
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return {name for arg in args for name in _names(arg)} or None
        case _:
            return None


def _names(kind: ast.expr) -> set[str]:
    parts = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return {ast.unparse(part).removeprefix("builtins.") for part in parts}


def test_everything_is_caught_only_where_the_list_says_why():
    broad = {s.path for s in sources("app.py", "chalicelib") if any(broad_catches(s))}

    assert broad == set(ALLOWED)
    assert all(ALLOWED.values())


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept:\n    pass\n",
        "try:\n    f()\nexcept Exception as e:\n    pass\n",
        "try:\n    f()\nexcept (ValueError, BaseException):\n    pass\n",
        "with contextlib.suppress(Exception):\n    f()\n",
        "with suppress(KeyError, Exception):\n    f()\n",
    ],
)
def test_a_sample_that_catches_everything_is_found(text: str):
    assert len(list(broad_catches(Source("sample.py", text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    f()\nexcept (ValueError, KeyError):\n    pass\n",
        "with suppress(KeyError):\n    f()\n",
    ],
)
def test_a_sample_that_catches_what_it_expects_passes(text: str):
    assert not list(broad_catches(Source("sample.py", text)))
