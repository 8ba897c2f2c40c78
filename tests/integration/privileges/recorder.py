"""Writes down what each function asks of AWS, by an event that botocore emits for every call."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import OperationModel

from chalicelib.adapters import aws_clients
from tests.integration.privileges.needs import needs_of
from tests.integration.privileges.policies import Need

_EVENT = "before-parameter-build"


@dataclass
class Recorder:
    """What was needed, by function; what nobody of them asked for is a test's own business."""

    needs: dict[str, list[Need]] = field(default_factory=dict[str, list[Need]])
    _running: str | None = None

    @contextmanager
    def running(self, function: str) -> Generator[None]:
        """A function runs, on whatever threads; one at a time."""
        assert self._running is None, f"{self._running} is running"
        self._running = function
        try:
            yield
        finally:
            self._running = None

    def note(self, *, params: Mapping[str, Any], model: OperationModel, **_: object) -> None:
        """Botocore is about to make a request."""
        if self._running is not None:
            service = model.service_model.service_name
            found = self.needs.setdefault(self._running, [])
            found += needs_of(service, model.name, params)


@contextmanager
def recording() -> Generator[Recorder]:
    """Record the calls of all clients that are made in the block: those of before are forgotten."""
    recorder = Recorder()
    handler = (_EVENT, recorder.note)
    # What every new session registers, whoever makes it: moto forgets boto3's default one.
    BUILTIN_HANDLERS.append(handler)
    _forget_clients()
    try:
        yield recorder
    finally:
        BUILTIN_HANDLERS.remove(handler)
        _forget_clients()


def _forget_clients() -> None:
    boto3.setup_default_session()
    aws_clients._client.cache_clear()
    aws_clients._session.cache_clear()
