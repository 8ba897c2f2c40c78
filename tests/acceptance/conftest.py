"""One local cloud for all the acceptance tests; each test gets it with a polite backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.package import package
from tests.acceptance.browser import BOARD_USER, PATIENCE_S, Complaints, running_browser
from tests.rig.cloud.service import Service, running_service, with_default_manners


def pytest_itemcollected(item: pytest.Item) -> None:
    """Everything in this folder starts the local cloud, and is marked for it."""
    item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a package as production gets it, but for the layer: that suits this machine."""
    folder = tmp_path_factory.mktemp("packed") / "out"
    package("prod", folder, native=True)
    return folder


@pytest.fixture(scope="session")
def _service() -> Iterator[Service]:
    with running_service() as service:
        yield service


@pytest.fixture
def service(_service: Service) -> Service:
    """The shared service: use workspaces and jobs of your own."""
    return with_default_manners(_service)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of one file: a longer one would keep its event loop in the others."""
    with running_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """A page of the local cloud's board user that has complained of nothing when a test is over."""
    context = browser.new_context(base_url=service.cloud.url, http_credentials=BOARD_USER)
    complaints = Complaints(service.cloud.url)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_S * 1000)
    expect.set_options(timeout=PATIENCE_S * 1000)  # figures and tabs are seconds behind the jobs
    complaints.listen(page)
    yield page
    context.close()
    assert complaints.found == []
