"""What a case may ask of either service."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from infra.bench.peers.processor import Processor
from tests.rig.client import QueueClient
from tests.rig.sink.process import SinkProcess


class Side(Protocol):
    """A running service, warm, whose callbacks go to the bench's backend."""

    @property
    def url(self) -> str:
        """Where it takes messages."""
        ...

    @property
    def token(self) -> str:
        """Who may schedule there."""
        ...

    @property
    def client(self) -> QueueClient:
        """It over HTTP: both answer the same routes."""
        ...

    def processor(self) -> Processor:
        """The CPU seconds that all of its processes used so far."""
        ...

    def kill_a_worker(self) -> None:
        """SIGKILL to its busiest worker; who supervises it starts another at once."""
        ...


#: Starts a service anew for a backend, and ends it.
Starter = Callable[[SinkProcess], AbstractContextManager[Side]]
