"""One local cloud for all the acceptance tests; each test gets it with a polite backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.local_cloud import Service, running_service, with_default_manners


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder starts the local cloud, and is marked for it."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="session")
def _service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def service(_service: Service) -> Service:
    """The shared service: use workspaces and jobs of your own."""
    return with_default_manners(_service)
