"""A scripted service for each test, and both clients to call it with."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.clients.callers import Bounds, Caller, NodeCaller, PythonCaller
from tests.clients.node import Node, running_node
from tests.clients.scripted_service import Script, scripted

Calling = Callable[..., Caller]


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as script:
        yield script


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    with running_node() as node:
        yield node


@pytest.fixture(params=[PythonCaller, NodeCaller], ids=["python", "javascript"])
def calling(request: pytest.FixtureRequest, script: Script, node: Node) -> Iterator[Calling]:
    """Makes a client of the scripted service; `tokens`, if there are several, by a function."""
    kind = request.param if request.param is PythonCaller else partial(NodeCaller, node)

    made: list[Caller] = []

    def make(*tokens: str, base: str = "", **bounds: float) -> Caller:
        url = f"{script.url}{base}"
        made.append(kind(url, tokens or ("a-token",), Bounds(**bounds)))
        return made[-1]

    yield make
    for caller in made:
        caller.close()


@pytest.fixture
def client(calling: Calling) -> Caller:
    """A client of the scripted service."""
    return calling()
