"""Files, functions and parameter lists stay small enough to be read at once."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import EVERYTHING, Source, sources

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 40
PARAMETERS_MAX = 6

LONG_FILE = "x = 1\n" * (FILE_LINES_MAX + 1)
LONG_FUNCTION = "async def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX
LONG_METHOD = "class C:\n    def f(self):\n" + "        x = 1\n" * FUNCTION_LINES_MAX
WIDE_FUNCTION = "def f(a, b, *, c, d, e, g, h):\n    pass\n"
FITTING = "class C:\n    def f(self, a, b, *, c, d, e, g):\n        pass\n"


def faults(source: Source) -> Iterator[str]:
    """One sentence for each file, function and parameter list that is too long."""
    line_count = source.text.count("\n")
    if line_count > FILE_LINES_MAX:
        yield f"{source.path} has {line_count} lines"
    for function in source.functions():
        where = f"{source.path}:{function.lineno} {function.name}"
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield f"{where} has {length} lines"
        if (count := _parameter_count(function)) > PARAMETERS_MAX and not _is_test(source):
            yield f"{where} has {count} parameters"


def _parameter_count(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    positional = [*function.args.posonlyargs, *function.args.args]
    is_method = bool(positional) and positional[0].arg in {"self", "cls"}
    return len(positional) + len(function.args.kwonlyargs) - is_method


def _is_test(source: Source) -> bool:
    """Fixtures are passed by name: pytest counts them as parameters, a reader does not."""
    return source.path.startswith("tests/")


def test_everything_is_small_enough_to_read():
    assert [fault for source in sources(*EVERYTHING) for fault in faults(source)] == []


@pytest.mark.parametrize("text", [LONG_FILE, LONG_FUNCTION, LONG_METHOD, WIDE_FUNCTION])
def test_a_sample_that_is_too_long_is_found(text: str):
    assert len(list(faults(Source("sample.py", text)))) == 1


def test_a_sample_at_the_limit_passes():
    assert list(faults(Source("sample.py", FITTING))) == []
