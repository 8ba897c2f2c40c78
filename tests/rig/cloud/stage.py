"""Where a bench plays: a sink, a local cloud that calls it back, and a client of that cloud."""

from __future__ import annotations

import signal
import sys
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass

from tests.rig.client import QueueClient
from tests.rig.cloud.local import LocalCloud
from tests.rig.measuring.report import say
from tests.rig.sink.process import SinkProcess

WORKSPACE_ID = "bench"


@dataclass(frozen=True, slots=True)
class Stage:
    """A running set."""

    sink: SinkProcess
    cloud: LocalCloud
    client: QueueClient


@contextmanager
def own_stage(settings: Mapping[str, str] | None = None) -> Generator[Stage]:
    """Start a sink and a local cloud whose callbacks go to it; `settings` are for `make run`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))
    with SinkProcess() as sink:
        say("Starting a local cloud …")
        backend = {"SMS_API_URL": sink.url, "EMAIL_API_URL": sink.url}
        with LocalCloud({**backend, **(settings or {})}) as cloud:
            say(f"ready {cloud.url}, its log is {cloud.log_path}")
            with closing(QueueClient(cloud.url, cloud.token)) as client:
                yield Stage(sink, cloud, client)
