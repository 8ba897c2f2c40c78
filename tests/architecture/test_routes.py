"""Every route asks for a permission, or is on the list of those that are for everybody."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, sources

#: Views that ask for no token, and why that is right.
PUBLIC = {
    "asset": "styles and scripts of the pages, the same for everybody",
    "ops": "a page; what it asks the API for needs a token",
    "test_email": "a form; what it sends needs a token",
    "test_sms": "the same",
    "docs": "the API's description, for people",
    "health": "load balancers and make run ask it; it tells nothing of anybody's",
    "openapi_json": "the API's description, the same for everybody",
    "preflight": "browsers send preflights without credentials",
}
#: The board's views: one user by Basic authentication, who may do everything.
BOARD = {"api", "page", "static"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def views(source: Source) -> Iterator[Function]:
    """The functions under `@….route(…)`."""
    for function in source.functions():
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(".route"):
                yield function


def asks(function: Function, source: Source) -> bool:
    """Whether a view names a permission, itself or in a function of its module that it calls."""
    functions = {each.name: each for each in source.functions()}
    left, seen = [function], set[str]()
    while left:
        here = left.pop()
        if any(ast.unparse(n).startswith("Permission.") for n in _attributes(here)):
            return True
        called = {n.func.id for n in ast.walk(here) if _is_plain_call(n)} - seen
        seen |= called
        left += [functions[name] for name in called if name in functions]
    return False


def _attributes(node: ast.AST) -> Iterator[ast.Attribute]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Attribute))


def _is_plain_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def unguarded(source: Source) -> list[str]:
    """The views of a file that nobody has to ask for."""
    return [view.name for view in views(source) if not asks(view, source)]


def test_every_route_asks_for_a_permission_or_is_public():
    found = {name for source in sources("app.py", "chalicelib") for name in unguarded(source)}

    assert found | {"preflight"} == set(PUBLIC) | BOARD
    assert all(PUBLIC.values())


@pytest.mark.parametrize(
    "body",
    [
        "return answer({})",
        "return _other()\n\ndef _other():\n    return _view()",
        "return f(PUBLIC)",
    ],
)
def test_a_sample_that_asks_for_nothing_is_found(body: str):
    text = f"@routes.route('/x')\n@answering\ndef view():\n    {body}\n"

    assert unguarded(Source("sample.py", text)) == ["view"]


@pytest.mark.parametrize(
    "body",
    [
        "caller_with(r, Permission.VIEW)",
        "return _one()\n\ndef _one():\n    caller_with(r, Permission.VIEW)",
        "def act():\n        pass\n    return audited(Deed(Permission.RETRY), do=act)",
    ],
)
def test_a_sample_that_asks_passes(body: str):
    text = f"@routes.route('/x')\n@answering\ndef view():\n    {body}\n"

    assert unguarded(Source("sample.py", text)) == []
