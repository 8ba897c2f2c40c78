"""The service with its backend, over an AWS that is empty for each test."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from chalicelib.observe import logger
from tests.integration.backend import Backend, running
from tests.integration.log import Log, reading
from tests.integration.service import Service, forget, open_client, stack_environment

logger()  # its handler keeps the output that it finds: a test's own is closed after the test


@pytest.fixture(scope="session")
def the_backend() -> Iterator[Backend]:
    with running() as backend:
        yield backend


@pytest.fixture
def service(the_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    the_backend.received.clear()
    the_backend.answers.clear()
    the_backend.echoes = False
    the_backend.raw = b""
    with mock_aws():
        for variable, value in stack_environment(the_backend):
            monkeypatch.setenv(variable, value)
        forget()
        yield Service(open_client(), the_backend)
        forget()


@pytest.fixture
def log() -> Iterator[Log]:
    with reading() as log:
        yield log
